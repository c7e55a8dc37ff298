#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "mlo/core/progress.h"
#include "mlo/workspace/repository.h"

namespace mlo::workspace {

/// Looks for lost content and brings it back into the store. Bytes are hashed as they are stored:
/// what a file is said to be does not count.
class Repair {
 public:
  Repair(Repository& repository, Progress& progress, std::stop_token stop)
      : repository_(repository), progress_(progress), stop_(std::move(stop)) {}

  /// From the tracked files and folders of the workspace that lie there.
  void from_workspace(const std::set<Digest>& wanted);
  /// From a folder of files, or another repository's store.
  void from_folder(const std::filesystem::path& folder, const std::set<Digest>& wanted);
  /// Where each object that was brought back came from.
  [[nodiscard]] const std::map<Digest, std::string>& sources() const { return sources_; }

 private:
  void from_store(const std::filesystem::path& objects, const std::set<Digest>& wanted);
  void from_files(const std::filesystem::path& folder, const std::set<Digest>& wanted);
  void note(const std::set<Digest>& wanted, const std::string& source);

  Repository& repository_;
  Progress& progress_;
  std::stop_token stop_;
  std::map<Digest, std::string> sources_;
};

}  // namespace mlo::workspace
