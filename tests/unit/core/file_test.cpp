#include "mlo/core/file.h"

#include <thread>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "mlo/core/digest.h"
#include "mlo/core/error.h"

using namespace mlo;
namespace fs = std::filesystem;

namespace {

struct Place {
  World world = system_world();
  TemporaryFolder folder{fs::temp_directory_path(), world};
  [[nodiscard]] fs::path operator/(const char* name) const { return folder.path() / name; }
};

std::size_t entries(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), {}));
}

}  // namespace

TEST_CASE("looking around finds what is there, in order, and no error where nothing is", "[file]") {
  const Place place;
  for (const auto* name : {"b", "a", "c"}) write_durably(place / name, {}, place.world, "test");
  CHECK(folder_entries(place.folder.path()) ==
        std::vector<fs::path>{place / "a", place / "b", place / "c"});
  CHECK(folder_entries(place / "nowhere").empty());
  CHECK(folder_entries(place / "a").empty());
}

TEST_CASE("a durable write replaces a file whole", "[file]") {
  const Place place;
  write_durably(place / "a", bytes_of("one"), place.world, "test");
  write_durably(place / "a", bytes_of("two"), place.world, "test");
  CHECK(read_file(place / "a") == "two");
  CHECK(entries(place.folder.path()) == 1);
}

TEST_CASE("a write that stops before the rename leaves the old file and no litter", "[file]") {
  Place place;
  write_durably(place / "a", bytes_of("old"), place.world, "test");
  place.world.before_step = [](std::string_view) { throw Error(ErrorKind::interrupted, "stop"); };
  CHECK_THROWS_AS(write_durably(place / "a", bytes_of("new"), place.world, "test"), Error);
  CHECK(read_file(place / "a") == "old");
  CHECK(entries(place.folder.path()) == 1);
}

TEST_CASE("a missing file and one that is too large are told apart", "[file]") {
  const Place place;
  try {
    read_file(place / "none");
    FAIL("it was read");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::not_found);
  }
  write_durably(place / "big", bytes_of("12345"), place.world, "test");
  CHECK_THROWS_AS(read_file(place / "big", 4), Error);
}

TEST_CASE("a lock that is held is refused and says by whom", "[file]") {
  const Place place;
  const FileLock held(place / "lock", 0);
  try {
    const FileLock second(place / "lock", 50);
    FAIL("two hold it");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::conflict);
    CHECK(error.message().find(std::to_string(getpid())) != std::string::npos);
  }
}

TEST_CASE("links are not followed by status", "[file]") {
  const Place place;
  fs::create_symlink("/etc/passwd", place / "link");
  CHECK(status_of(place / "link")->type == FileStatus::Type::link);
  CHECK_FALSE(status_of(place / "none"));
}

TEST_CASE("a copy has the same bytes", "[file]") {
  const Place place;
  const std::string content(3'000'000, 'x');
  write_durably(place / "a", bytes_of(content), place.world, "test");
  copy_bytes(place / "a", place / "b", 0644);
  CHECK(Digest::of_file(place / "b") == Digest::of(content));
  CHECK_THROWS_AS(copy_bytes(place / "a", place / "b", 0644), Error);
}
