#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "mlo/core/digest.h"
#include "mlo/core/progress.h"
#include "mlo/store/object_store.h"

namespace mlo::store {

struct CollectOptions {
  /// What must stay; chunks of what stays are kept by the store itself.
  std::function<bool(const Digest&)> keep;
  /// Younger objects stay whatever `keep` says: their writer may not have referred to them yet.
  std::chrono::seconds grace = std::chrono::hours(24 * 14);
  bool dry_run = false;
};
struct Collected {
  std::uint64_t objects = 0;  ///< removed, or that would be
  std::uint64_t bytes = 0;    ///< of disk that they took
  std::uint64_t kept_objects = 0;
  std::uint64_t kept_young = 0;  ///< unreferenced, but within the grace period
};
/// Mark and sweep. `mark` is called when no writer is at work any more (it reads what is referred
/// to, and fills what `keep` looks at). Throws conflict when a writer stays at work for long.
Collected collect(ObjectStore& store, const std::function<void()>& mark,
                  const CollectOptions& options, Progress& progress, const std::stop_token& stop);

/// Objects that are neither what `keep` says nor chunks of it. Takes no lock: a writer at work may
/// not have referred to its objects yet.
std::uint64_t count_dangling(const ObjectStore& store,
                             const std::function<bool(const Digest&)>& keep);

struct Fault {
  Digest digest;               ///< of the object that cannot be read any more; zero: none known
  std::filesystem::path file;  ///< of the store
  std::string what;            ///< "other bytes than its name says", …
};
struct Verified {
  std::uint64_t objects = 0;
  std::uint64_t bytes_read = 0;
  std::vector<Fault> faults;
};
/// Reads every byte of the store on all cores and compares it with its name.
/// Chunk lists are checked for chunks that are missing.
Verified verify(const ObjectStore& store, Progress& progress, const std::stop_token& stop);

/// Moves files with faults to `quarantine` (nothing is deleted) and keeps what is whole in them.
/// Afterwards the lost objects are not contained, so that adding them again mends the store.
void quarantine(ObjectStore& store, const std::vector<Fault>& faults,
                const std::filesystem::path& quarantine);

/// Bytes that an object takes in the store, with its chunks shared or not.
struct Usage {
  std::uint64_t objects = 0;
  std::uint64_t stored_bytes = 0;   ///< of disk
  std::uint64_t content_bytes = 0;  ///< of all objects as they are
  std::uint64_t packs = 0;
};
Usage usage(const ObjectStore& store);

}  // namespace mlo::store
