#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "mlo/core/progress.h"
#include "mlo/workspace/repository.h"
#include "workspace/inside.h"
#include "workspace/link_mode.h"
#include "workspace/plan.h"

namespace mlo::workspace {

/// Writes files of the store below one open folder. Nothing is written through a link, whoever puts
/// one there. Members may be called from several threads at once.
class TreeWriter {
 public:
  /// As many threads as keep a file system busy with small files.
  static constexpr int kThreads = 4;

  /// `place` is where `folder` lies, for errors.
  TreeWriter(Repository& repository, const File& folder, std::filesystem::path place, LinkMode mode,
             FileCounter& counter)
      : repository_(repository),
        mode_(mode),
        folder_(folder),
        place_(std::move(place)),
        counter_(counter) {}

  /// A file that is not there yet. What it is then, so that nobody need read it again.
  [[nodiscard]] FileStatus create(const std::string& path, const Plan::Item& item) const;
  /// In place of what is there: the old or the new file, never a mixture.
  [[nodiscard]] FileStatus replace(const std::string& path, const Plan::Item& item) const;

 private:
  [[nodiscard]] Spot spot_of(const std::string& path) const;
  [[nodiscard]] FileStatus create(const Spot& spot, const std::string& name,
                                  const Plan::Item& item) const;
  void make_link(const Spot& spot, const std::string& name, const Plan::Item& item) const;
  [[nodiscard]] std::optional<FileStatus> link_to_store(const Spot& spot, const std::string& name,
                                                        const Plan::Item& item) const;

  Repository& repository_;
  LinkMode mode_;
  const File& folder_;
  std::filesystem::path place_;
  FileCounter& counter_;
};

/// Makes a folder that is not there yet; another may have been faster.
void make_folder(const File& root, const std::string& path);

/// One file that is in no tree, as if it were.
Plan::Item file_item(Repository& repository, const Digest& digest, bool executable);
FileAmount amount_of(const std::vector<Plan::Item>& items);

}  // namespace mlo::workspace
