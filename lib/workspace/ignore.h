#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/digest.h"
#include "mlo/core/file.h"

namespace mlo::workspace {

/// What `.mloignore` leaves out of data, for one folder of a walk from the workspace's root down.
///
/// The files are written as gitignore(5) says, and mean the same; one may lie in any folder and
/// overrules those above it. As in git, nothing inside a left out folder comes back in: a walk does
/// not enter it. A path that a user names is not asked about, only what lies in it.
/// A value that never changes: threads may share it.
class Ignores {
 public:
  static constexpr std::string_view kFileName = ".mloignore";
  static constexpr std::size_t kMaxFileBytes = std::size_t{1} << 20U;

  /// Nothing is left out.
  Ignores() = default;
  /// The rules in `folder` ("data/raw", "" for the root) of the workspace that `root` is open on.
  /// A folder that is not there brings no rules. Throws bad_input when a `.mloignore` on the way is
  /// a link, no plain file or larger than `kMaxFileBytes`; not_allowed when one cannot be read.
  static Ignores of(const File& root, const std::string& folder = "");

  /// The rules in the folder `name` inside this one, which `folder` is open on. Throws like `of`.
  [[nodiscard]] Ignores enter(const std::string& name, const File& folder) const;
  /// The same, when `.mloignore` there holds `rules`.
  [[nodiscard]] Ignores enter(const std::string& name, std::string_view rules) const;
  /// The same folder, when its `.mloignore` holds `rules`.
  [[nodiscard]] Ignores with(std::string_view rules) const;

  /// True when the file, link or folder `name` of this folder is left out.
  [[nodiscard]] bool ignored(std::string_view name, bool is_folder) const;
  /// True when no rule holds here.
  [[nodiscard]] bool empty() const { return rules_ == nullptr; }
  /// Differs when other rules hold here; all zero when there are none.
  [[nodiscard]] Digest digest() const;

 private:
  struct Rules;
  [[nodiscard]] Ignores reading(const File& folder) const;
  [[nodiscard]] std::string path_of_rules() const;

  std::vector<std::string> folders_;    ///< from the root to here
  std::shared_ptr<const Rules> rules_;  ///< the innermost file's, which knows those above
};

}  // namespace mlo::workspace
