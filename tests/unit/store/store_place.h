#pragma once

#include <filesystem>
#include <functional>
#include <random>
#include <string>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/stat.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/store/object_store.h"

/// A store in a folder of its own, and what tests do to it.
struct Place {
  mlo::World world = mlo::system_world();
  mlo::TemporaryFolder folder{std::filesystem::temp_directory_path(), world};
  mlo::store::ObjectStore store{folder.path() / "objects", world};

  mlo::Digest put(std::string_view content) {
    mlo::store::Batch batch(store);
    const auto digest = batch.add(content);
    batch.commit();
    return digest;
  }
  mlo::Digest put_file(const std::filesystem::path& path,
                       mlo::store::Layout layout = mlo::store::Layout::packed) {
    mlo::store::Batch batch(store);
    const auto digest = batch.add_file(path, layout);
    batch.commit();
    return digest;
  }
  std::filesystem::path file(const std::string& name, std::string_view content) const {
    const auto path = folder.path() / name;
    mlo::write_durably(path, mlo::bytes_of(content), world, "test");
    return path;
  }
  /// The same store as another process sees it.
  [[nodiscard]] mlo::store::ObjectStore fresh() const {
    return mlo::store::ObjectStore(folder.path() / "objects", world);
  }
  [[nodiscard]] std::filesystem::path loose(const mlo::Digest& digest) const {
    return folder.path() / "objects" / digest.hex().substr(0, 2) / digest.hex().substr(2);
  }
  [[nodiscard]] std::filesystem::path only_pack() const {
    std::filesystem::path found;
    for (const auto& item : std::filesystem::directory_iterator(folder.path() / "objects"))
      if (item.path().extension() == ".pack") {
        REQUIRE(found.empty());
        found = item.path();
      }
    REQUIRE_FALSE(found.empty());
    return found;
  }
  /// Flips the lowest bit of a byte, behind everybody's back.
  void flip(const std::filesystem::path& path, std::size_t offset, unsigned char mask = 1) const {
    ::chmod(path.c_str(), 0644);
    auto file = mlo::File::open(path, O_RDWR);
    std::array<std::byte, 1> byte{};
    REQUIRE(file.read_at(byte, offset) == 1);
    byte[0] ^= std::byte{mask};
    file.write_at(byte, offset);
  }
};

inline mlo::ErrorKind kind_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const mlo::Error& error) {
    return error.kind();
  }
  FAIL("nothing was thrown");
  return mlo::ErrorKind::usage;
}

inline std::string random_text(std::size_t size, unsigned seed) {
  std::mt19937_64 random(seed);
  std::string text(size, '\0');
  for (auto& c : text) c = static_cast<char>(random());
  return text;
}

/// Lines of numbers, each another.
inline std::string table_text(std::size_t size) {
  std::mt19937_64 random(size);
  std::string text;
  for (std::size_t row = 0; text.size() < size; ++row)
    text += std::to_string(row) + "," + std::to_string(random() % 100'000) + "," +
            std::to_string(static_cast<double>(random() % 10'000) / 100) + "\n";
  text.resize(size);
  return text;
}
