#pragma once

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

/// Reads `input` to its end in pieces; `take` sees each. The digest of all.
Digest pump(File& input, const std::function<void(BytesView)>& take);

void make_folder(const std::filesystem::path& folder);

}  // namespace mlo::store
