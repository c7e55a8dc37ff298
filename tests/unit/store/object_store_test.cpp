#include "mlo/store/object_store.h"

#include <catch2/catch.hpp>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/thread.h"
#include "mlo/store/maintenance.h"
#include "mlo/store/tree.h"
#include "store_place.h"

using namespace mlo;
using namespace mlo::store;
namespace fs = std::filesystem;

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
  const auto layout = GENERATE(Layout::packed, Layout::whole);
  const auto digest = place.put_file(place.file("a", "some content"), layout);
  const auto object = layout == Layout::whole ? place.loose(digest) : place.only_pack();
  place.flip(object, read_file(object).find("content"));
  CHECK(kind_of([&] { static_cast<void>(place.fresh().read(digest)); }) == ErrorKind::integrity);
  CHECK(kind_of([&] { static_cast<void>(place.fresh().file(digest)); }) == ErrorKind::integrity);
  CHECK(kind_of([&] { place.fresh().restore(digest, place.folder.path() / "out", false); }) ==
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
  const auto layout = GENERATE(Layout::packed, Layout::whole);
  const auto file = place.file("a", "content");
  place.world.before_step = [](std::string_view) { throw Error(ErrorKind::interrupted, "stop"); };
  CHECK_THROWS_AS(place.put_file(file, layout), Error);
  CHECK_FALSE(place.fresh().contains(Digest::of("content")));
  for (const auto& item : fs::directory_iterator(place.folder.path() / "objects"))
    CHECK_FALSE(item.path().filename().string().starts_with("tmp-"));
}

TEST_CASE("a file of any size reads back whole, in either layout", "[store]") {
  Place place;
  const auto size = GENERATE(0U, 1U, 1U << 20U, (1U << 20U) + 1, 9'000'000U);
  const bool random = GENERATE(true, false);
  const auto layout = GENERATE(Layout::packed, Layout::whole);
  const auto content = random ? random_text(size, size) : table_text(size);
  const auto digest = place.put_file(place.file("a", content), layout);
  CHECK(digest == Digest::of(content));
  auto store = place.fresh();
  CHECK(store.size_bytes(digest) == content.size());
  CHECK(store.read(digest) == content);
  store.restore(digest, place.folder.path() / "out", false);
  CHECK(read_file(place.folder.path() / "out") == content);
  CHECK(read_file(store.file(digest)) == content);
}

TEST_CASE("a large text in memory reads back", "[store]") {
  Place place;
  const auto content = table_text(5'000'000);
  const auto digest = place.put(content);
  CHECK(digest == Digest::of(content));
  CHECK(place.fresh().read(digest) == content);
}

TEST_CASE("an edited table shares all but the chunks around the edit", "[store]") {
  Place place;
  auto content = table_text(20'000'000);
  place.put_file(place.file("a", content));
  const auto first = usage(place.store).stored_bytes;
  CHECK(first < content.size() / 2);  // a table is compressed
  content.insert(content.size() / 2, table_text(20'000));
  content += table_text(200'000);
  place.put_file(place.file("a", content));
  CHECK(usage(place.store).stored_bytes - first < content.size() / 50);
  CHECK(place.fresh().read(Digest::of(content)) == content);
}

TEST_CASE("random bytes are kept as they are, text is compressed", "[store]") {
  Place place;
  place.put(random_text(500'000, 1));
  const auto random = usage(place.store).stored_bytes;
  CHECK(random > 500'000);
  place.put(table_text(500'000));
  CHECK(usage(place.store).stored_bytes - random < 250'000);
}

TEST_CASE("a file that is not as it was looked at is a conflict", "[store]") {
  Place place;
  const auto file = place.file("a", "one");
  const auto expected = *status_of(file);
  const auto later = GENERATE("longer than one", "x", "two");
  write_durably(file, bytes_of(later), place.world, "test");
  Batch batch(place.store);
  CHECK(kind_of([&] { batch.add_file(file, expected); }) == ErrorKind::conflict);
}

TEST_CASE("a link is not followed", "[store]") {
  Place place;
  place.file("a", "one");
  fs::create_symlink("a", place.folder.path() / "link");
  Batch batch(place.store);
  CHECK_THROWS_AS(batch.add_file(place.folder.path() / "link"), Error);
}

TEST_CASE("ten writers at once: every object is there once", "[store]") {
  Place place;
  constexpr std::size_t kWriters = 10;
  constexpr std::size_t kObjects = 40;
  parallel_for(kWriters, kWriters, [&](std::size_t writer) {
    ObjectStore store(place.folder.path() / "objects", place.world);
    for (std::size_t i = 0; i < kObjects; ++i) {
      Batch batch(store);
      batch.add("shared " + std::to_string(i));
      batch.add("own " + std::to_string(writer) + " " + std::to_string(i));
      batch.commit();
    }
  });
  auto store = place.fresh();
  const auto all = store.list();
  CHECK(all.size() == kObjects + kWriters * kObjects);
  CHECK(usage(store).objects == all.size());
  CHECK(usage(store).packs < 40);  // small packs became few
  for (const auto& digest : all) CHECK(Digest::of(store.read(digest)) == digest);
}

TEST_CASE("a reader finds what another process writes meanwhile", "[store]") {
  Place place;
  auto reader = place.fresh();
  const auto first = place.put("first");
  CHECK(reader.contains(first));
  const auto second = place.put("second");
  CHECK(reader.read(second) == "second");
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
