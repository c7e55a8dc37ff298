#include "mlo/workspace/mirror.h"

#include <fstream>

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "mlo/core/file.h"

namespace mlo::workspace {
namespace fs = std::filesystem;
namespace {

struct Place {
  TemporaryFolder folder{fs::temp_directory_path(), system_world()};
  World world = system_world();
  Place() {
    fs::create_directories(root());
    world.environment = [home = folder.path().string()](const std::string& name) {
      return name == "MLO_ACTOR"                           ? std::optional<std::string>("ana")
             : name == "HOME" || name == "XDG_CONFIG_HOME" ? std::optional<std::string>(home)
                                                           : std::nullopt;
    };
    create_repository(root(), world);
  }
  [[nodiscard]] fs::path root() const { return folder.path() / "work"; }
  void write(const std::string& path, const std::string& content) const {
    fs::create_directories((root() / path).parent_path());
    std::ofstream(root() / path) << content;
  }
};

ino_t inode(const fs::path& path) {
  struct stat status {};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status.st_ino;
}

}  // namespace

TEST_CASE("a workspace beside holds what the user's holds", "[mirror]") {
  Place place;
  place.write("a.txt", "one");
  place.write("sub/b.sh", "two");
  fs::permissions(place.root() / "sub/b.sh", fs::perms::owner_all);
  place.write("out/made", "no");
  place.write("venv/pyvenv.cfg", "x");
  fs::create_symlink("a.txt", place.root() / "link");
  const auto home = Repository::open(place.root(), place.world);
  const auto beside = home.beside("try-1");
  mirror(home, beside, {"out/made"});
  const auto& root = beside.root();
  CHECK(root == place.root() / ".mlo/workspaces/try-1/files");
  CHECK(read_file(root / "a.txt") == "one");
  CHECK(read_file(root / "sub/b.sh") == "two");
  CHECK(status_of(root / "sub/b.sh")->executable);
  CHECK(fs::exists(root / "out"));
  CHECK(!fs::exists(root / "out/made"));
  CHECK(!fs::exists(root / ".mlo"));
  CHECK(fs::read_symlink(root / "link") == "a.txt");
  CHECK(fs::read_symlink(root / "venv") == fs::canonical(place.root() / "venv"));
  // From inside, commands see this workspace and the same repository.
  const auto inside = Repository::open(root / "sub", place.world);
  CHECK(inside.root() == root);
  CHECK(inside.folder() == home.folder());
}

TEST_CASE("mirroring again undoes what happened there, and only that", "[mirror]") {
  Place place;
  place.write("a.txt", "one");
  place.write("b.txt", "two");
  const auto home = Repository::open(place.root(), place.world);
  const auto beside = home.beside("try-1");
  mirror(home, beside, {});
  const auto untouched = inode(beside.root() / "b.txt");
  std::ofstream(beside.root() / "a.txt") << "changed";
  std::ofstream(beside.root() / "stray") << "x";
  fs::create_directories(beside.root() / "folder/deep");
  CHECK(read_file(place.root() / "a.txt") == "one");
  mirror(home, beside, {});
  CHECK(read_file(beside.root() / "a.txt") == "one");
  CHECK(!fs::exists(beside.root() / "stray"));
  CHECK(!fs::exists(beside.root() / "folder"));
  CHECK(inode(beside.root() / "b.txt") == untouched);
}

TEST_CASE("a large file is not copied", "[mirror]") {
  Place place;
  place.write("large", std::string(2U << 20U, 'x'));
  const auto home = Repository::open(place.root(), place.world);
  const auto beside = home.beside("try-1");
  mirror(home, beside, {});
  const bool linked = inode(beside.root() / "large") == inode(place.root() / "large");
  // A hard link, or, where the file system can, a clone.
  CHECK((linked || fs::file_size(beside.root() / "large") == 2U << 20U));
}

}  // namespace mlo::workspace
