#pragma once

#include <array>
#include <atomic>
#include <filesystem>
#include <functional>
#include <optional>

#include "mlo/core/digest.h"
#include "mlo/core/file.h"
#include "mlo/core/world.h"

namespace mlo::store {

/// A file that is removed unless it is moved to its place.
class Pending {
 public:
  Pending(const std::filesystem::path& folder, std::string_view prefix, const World& world);
  ~Pending();
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  void place(const std::filesystem::path& target);

 private:
  std::filesystem::path path_;
  bool placed_ = false;
};

/// `objects/ab/cdef…`: where an object is kept whole, as a raw file of its own.
std::filesystem::path loose_path(const std::filesystem::path& folder, const Digest& digest);
/// Every object that is kept whole.
void for_each_loose(const std::filesystem::path& folder,
                    const std::function<void(const Digest&, const std::filesystem::path&)>& take);

/// Which of the folders of whole objects are there. Most stores have none, and a question that need
/// not be asked saves a path lookup for every object that is added.
class LooseShards {
 public:
  explicit LooseShards(const std::filesystem::path& folder);
  [[nodiscard]] bool may_hold(const Digest& digest) const { return there_[shard_of(digest)]; }
  void add(const Digest& digest) { there_[shard_of(digest)] = true; }

 private:
  static std::size_t shard_of(const Digest& digest) {
    return std::to_integer<std::size_t>(digest.bytes()[0]);
  }
  std::array<std::atomic<bool>, 256> there_{};
};

/// Reads `input` to its end in pieces; `take` sees each. The digest of all.
Digest pump(File& input, const std::function<void(BytesView)>& take);

void make_folder(const std::filesystem::path& folder);

}  // namespace mlo::store
