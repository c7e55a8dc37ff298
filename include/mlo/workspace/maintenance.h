#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "mlo/core/progress.h"
#include "mlo/core/registry.h"
#include "mlo/ledger/versions.h"
#include "mlo/store/maintenance.h"
#include "mlo/workspace/repository.h"

// What the store holds: letting go of what nothing needs, finding and mending what is broken.

namespace mlo::workspace {

/// Objects that a room above this one refers to outside of the ledger; `collect` keeps them. Each
/// adds itself from its own file; the name says what they are, for people.
using MarkSource = std::function<std::vector<Digest>(Repository&)>;
Registry<MarkSource>& mark_sources();

struct GarbageOptions {
  bool dry_run = false;
  std::chrono::seconds grace = std::chrono::hours(24 * 14);  ///< younger objects stay
  std::optional<std::int64_t> keep;                          ///< newest versions of each dataset
  std::optional<std::chrono::seconds> older_than;            ///< versions recorded before that
  std::string reason;
};

/// Objects that stay, by the first reason found.
struct KeptFor {
  std::string why;
  std::uint64_t objects = 0;
  std::uint64_t content_bytes = 0;
};
struct GarbageResult {
  bool dry_run = false;
  store::Collected store;
  std::vector<KeptFor> kept;
  std::vector<ledger::Collection::Version>
      given_up;  ///< their content goes by `keep`, `older_than`
};
/// Removes objects that nothing refers to: no entry of the ledger, no mlo.lock here or on any of
/// git's branches and tags, no mark source. With `keep` or `older_than` the content of old dataset
/// versions goes too, unless a tag, a lock, a model on a stage (through its lineage) or another
/// rule needs it, or they are within the grace period; that is an entry of the ledger, written
/// first. Throws integrity when a folder's tree that is needed cannot be read: what it holds is
/// unknown.
GarbageResult collect_garbage(Repository& repository, const GarbageOptions& options,
                              Progress& progress, const std::stop_token& stop);

struct RepairOptions {
  bool repair = false;
  std::vector<std::filesystem::path> from;  ///< folders, or other repositories
};
struct Finding {
  std::string kind;         ///< damaged, missing, ledger
  std::string what;         ///< the object, or the ledger's problem
  std::string where;        ///< who needs it, or the store's file
  std::string state;        ///< found, repaired, quarantined
  std::string source = {};  ///< of a repair: the path it came from
};
struct CheckResult {
  std::uint64_t objects = 0;
  std::uint64_t bytes_read = 0;
  std::int64_t entries = 0;     ///< of the ledger
  std::uint64_t collected = 0;  ///< versions whose content was given up on purpose
  std::uint64_t elsewhere =
      0;  ///< objects that a ledger which was imported names, and are not here
  /// Objects that nothing refers to, which gc may remove; not counted where something is broken:
  /// a lost tree hides what it names.
  std::optional<std::uint64_t> dangling = {};
  std::vector<Finding> findings;
  [[nodiscard]] bool whole() const;  ///< nothing is left that is only "found"
};
/// Reads every byte of the store, checks the ledger as `audit verify` does, and looks for objects
/// that the ledger or mlo.lock names and that are missing. With `repair` damaged files go to
/// `.mlo/quarantine`, and content is taken from the workspace and from `from`, hashed before use.
CheckResult check_repository(Repository& repository, const RepairOptions& options,
                             Progress& progress, const std::stop_token& stop);

}  // namespace mlo::workspace
