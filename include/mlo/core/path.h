#pragma once

#include <compare>
#include <filesystem>
#include <string>
#include <string_view>

namespace mlo {

/// A place in the workspace: relative to its root, separated by '/', never empty, never "..".
class RepoPath {
 public:
  /// Reads a path as it stands in a file of ours ("data/train.csv"). Throws bad_input when it is
  /// absolute, holds "..", is empty, or reaches into `.mlo` or `.git`.
  static RepoPath parse(std::string_view text);
  /// From what a user typed in `folder`. Throws usage when it lies outside `root`.
  static RepoPath from_user(const std::filesystem::path& root, const std::filesystem::path& folder,
                            const std::filesystem::path& typed);

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::filesystem::path under(const std::filesystem::path& root) const {
    return root / text_;
  }
  /// True when this is `folder` or lies below it.
  [[nodiscard]] bool is_within(const RepoPath& folder) const;

  auto operator<=>(const RepoPath&) const = default;

 private:
  explicit RepoPath(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace mlo
