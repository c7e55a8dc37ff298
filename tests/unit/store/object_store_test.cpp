#include "mlo/store/object_store.h"

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/store/tree.h"

using namespace mlo;
using namespace mlo::store;
namespace fs = std::filesystem;

namespace {

struct Place {
  World world = system_world();
  TemporaryFolder folder{fs::temp_directory_path(), world};
  ObjectStore store{folder.path() / "objects", world};

  Digest put(std::string_view content) {
    Batch batch(store);
    const auto digest = batch.add(content);
    batch.commit();
    return digest;
  }
  [[nodiscard]] fs::path object(const Digest& digest) const {
    return folder.path() / "objects" / digest.hex().substr(0, 2) / digest.hex().substr(2);
  }
};

ErrorKind kind_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.kind();
  }
  FAIL("nothing was thrown");
  return ErrorKind::usage;
}

}  // namespace

TEST_CASE("an object reads back under the digest of its bytes", "[store]") {
  Place place;
  const std::string content = GENERATE("", "a", std::string(1'000'000, 'x'));
  const auto digest = place.put(content);
  CHECK(digest == Digest::of(content));
  CHECK(place.store.contains(digest));
  CHECK(place.store.read(digest) == content);
  CHECK(place.store.size_bytes(digest) == content.size());
  CHECK(place.store.list() == std::vector{digest});
}

TEST_CASE("one flipped bit is an integrity error wherever the object is read", "[store]") {
  Place place;
  const auto digest = place.put("some content");
  ::chmod(place.object(digest).c_str(), 0644);
  write_durably(place.object(digest), bytes_of("some konten"), place.world, "test");
  CHECK(kind_of([&] { static_cast<void>(place.store.read(digest)); }) == ErrorKind::integrity);
  CHECK(kind_of([&] { static_cast<void>(place.store.file(digest)); }) == ErrorKind::integrity);
  CHECK(kind_of([&] { place.store.restore(digest, place.folder.path() / "out", false); }) ==
        ErrorKind::integrity);
  CHECK_FALSE(fs::exists(place.folder.path() / "out"));
}

TEST_CASE("a missing object is named with a way out", "[store]") {
  Place place;
  CHECK(kind_of([&] { static_cast<void>(place.store.read(Digest::of("none"))); }) ==
        ErrorKind::not_found);
}

TEST_CASE("a write that stops leaves no object and no litter", "[store]") {
  Place place;
  place.world.before_step = [](std::string_view) { throw Error(ErrorKind::interrupted, "stop"); };
  CHECK_THROWS_AS(place.put("content"), Error);
  CHECK_FALSE(place.store.contains(Digest::of("content")));
  for (const auto& item : fs::recursive_directory_iterator(place.folder.path() / "objects"))
    CHECK(item.is_directory());
}

TEST_CASE("a restored file replaces the old one whole and can be executable", "[store]") {
  Place place;
  const auto digest = place.put("#!/bin/sh\n");
  const auto target = place.folder.path() / "run.sh";
  write_durably(target, bytes_of("old"), place.world, "test");
  place.store.restore(digest, target, true);
  CHECK(read_file(target) == "#!/bin/sh\n");
  CHECK(status_of(target)->executable);
}

TEST_CASE("reading more than is allowed is refused before it is kept", "[store]") {
  Place place;
  const auto digest = place.put("12345");
  CHECK(kind_of([&] { static_cast<void>(place.store.read(digest, 4)); }) == ErrorKind::bad_input);
}

TEST_CASE("a tree reads back what it writes, in the order of its names", "[tree]") {
  const std::vector<TreeEntry> entries{{TreeEntry::Mode::folder, 7, Digest::of("d"), "b"},
                                       {TreeEntry::Mode::file, 1, Digest::of("a"), "a b\n\\c"},
                                       {TreeEntry::Mode::link, 3, Digest::of("l"), "\xff odd"},
                                       {TreeEntry::Mode::executable, 0, Digest::of(""), "-x"}};
  const auto back = decode_tree(encode_tree(entries));
  REQUIRE(back.size() == 4);
  CHECK(back[0].name == "-x");
  CHECK(back[1].name == "a b\n\\c");
  CHECK(encode_tree(back) == encode_tree(entries));
}

TEST_CASE("a tree that we would not have written is refused", "[tree]") {
  const auto digest = Digest::of("x").hex();
  const std::string line = GENERATE_COPY(
      as<std::string>(), "f 1 " + digest + " ..\n", "d 1 " + digest + " .git\n",
      "d 1 " + digest + " .MLO\n", "f 1 " + digest + " a/b\n", "f 01 " + digest + " a\n",
      "f 1 " + digest + " a", "q 1 " + digest + " a\n", "f 1 abc a\n", "f 1 " + digest + " \n",
      "f 1 " + digest + " b\nf 1 " + digest + " a\n",
      "f 1 " + digest + " a\nf 1 " + digest + " a\n", "f -1 " + digest + " a\n",
      "f 1 " + digest + " \\x61\n", "f 1 " + digest + " a\\\n");
  INFO(line);
  CHECK(kind_of([&] { decode_tree("mlo-tree 1\n" + line); }) == ErrorKind::integrity);
  CHECK_THROWS_AS(decode_tree("mlo-tree 9\n"), Error);
}
