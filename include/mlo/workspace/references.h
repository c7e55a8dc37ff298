#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "mlo/core/path.h"
#include "mlo/ledger/records.h"
#include "mlo/workspace/lock_file.h"
#include "mlo/workspace/repository.h"

// How people name versions: PATH@VERSION, where VERSION is v3 or 3, latest, a tag, the first six or
// more digits of a digest, lock (what mlo.lock says), or git:REV (what mlo.lock said in that
// commit). A path alone is what mlo.lock says, else the newest recorded version. Tags and digests
// of versions from before `mlo mv` hold for the new path too; numbers are of each path alone.

namespace mlo::workspace {

/// What somebody typed, and the folder in which it was typed: paths are relative to that.
struct Typed {
  std::string text;
  std::filesystem::path folder;
};

/// One recorded content of a path.
struct DatasetReference {
  RepoPath path;
  Digest digest;
  bool folder = false;
  bool output = false;                            ///< a step made it: nobody tracked it
  std::optional<ledger::DatasetVersion> version;  ///< when the ledger has it as one of this path

  /// "data/train.csv@v3", by the path that it was recorded under; or with the digest's beginning
  /// where there is no number.
  [[nodiscard]] std::string name() const;
};

/// Nothing when no path of `typed` was ever recorded. Throws not_found when the path is known and
/// has no such version (naming those there are), bad_input when a digest could be several.
std::optional<DatasetReference> find_dataset(Repository& repository, const Typed& typed);
/// The same; throws not_found when there is nothing.
DatasetReference dataset(Repository& repository, const Typed& typed);

/// Anything that has a digest: a dataset version, "churn", "churn@3", "churn@production", a digest
/// or its beginning, a run. Throws not_found, or bad_input when it could be several.
Digest find_reference(Repository& repository, const Typed& typed);

/// `mlo.lock` as a commit has it. Throws not_found for an unknown revision or one without the file,
/// and outside of git.
LockFile lock_file_at(Repository& repository, const std::string& revision);

/// What to type for a `mlo.lock` that is not there though git's HEAD has it, or the ledger knows of
/// tracked data; nothing where it is there, or never was.
std::optional<std::string> remedy_for_lost_lock(Repository& repository);

}  // namespace mlo::workspace
