#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "mlo/core/file.h"
#include "mlo/core/path.h"
#include "mlo/core/world.h"
#include "mlo/ledger/ledger.h"
#include "mlo/store/object_store.h"
#include "mlo/workspace/project.h"

namespace mlo::workspace {

class FileIndex;

/// An opened `.mlo/` and the workspace around it. Everything opens at its first use.
class Repository {
 public:
  /// Finds `.mlo/` in `start` or a folder above, or the workspace beside it that `start` lies in.
  /// Throws not_found with the way out, conflict for a newer format, integrity for a broken one.
  static Repository open(const std::filesystem::path& start, const World& world);
  /// Another workspace of the same repository, for work beside the user's: its files, their index,
  /// its lock and its mlo.lock are its own, store, ledger and settings are shared. It lies in
  /// `.mlo/workspaces/<name>/`; who asks for it fills and removes it.
  [[nodiscard]] Repository beside(const std::string& name) const;
  ~Repository();
  Repository(Repository&&) noexcept;
  Repository& operator=(Repository&&) noexcept;
  Repository(const Repository&) = delete;
  Repository& operator=(const Repository&) = delete;

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  /// What this workspace keeps for itself lies here: `.mlo/`, or the folder of one beside it.
  [[nodiscard]] std::filesystem::path own_folder() const;
  [[nodiscard]] const World& world() const { return *world_; }
  store::ObjectStore& store();
  ledger::Ledger& ledger();
  const Project& project();
  /// What the room itself remembers of the workspace's files.
  FileIndex& index();
  /// One writer of the workspace at a time (train, track, checkout, promote): `.mlo/lock`.
  /// Throws conflict naming the holder after `patience_ms`.
  [[nodiscard]] FileLock lock(int patience_ms = 5000) const;

 private:
  Repository(std::filesystem::path root, std::filesystem::path folder, const World& world);
  std::filesystem::path root_;
  std::filesystem::path folder_;
  const World* world_;
  std::unique_ptr<store::ObjectStore> store_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<Project> project_;
  std::unique_ptr<FileIndex> index_;
};

struct Created {
  std::filesystem::path root;
  std::string project;
  bool in_git = false;
  bool wrote_project_file = false;
  std::string actor;
};
/// Makes `.mlo/` in `folder` (and `mlo.yaml` where there is none), excluded from git.
/// Throws conflict when there is one already, or `folder` lies in a workspace of another.
Created create_repository(const std::filesystem::path& folder, const World& world);

}  // namespace mlo::workspace
