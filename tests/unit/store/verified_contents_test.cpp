#include "store/verified_contents.h"

#include "mlo/store/maintenance.h"
#include "store_place.h"

using namespace mlo;
using namespace mlo::store;
namespace fs = std::filesystem;

namespace {

/// Large, and made at once.
const std::string& large_content() {
  static const std::string kContent = [] {
    const auto piece = random_text(1U << 20U, 7);
    std::string content;
    while (content.size() < VerifiedContents::kWorthRemembering) content += piece;
    return content;
  }();
  return kContent;
}

/// A store with a large object, and the state folder of the user who put it there.
struct LargePlace : Place {
  explicit LargePlace(bool has_home = true) {
    world.environment = [this, has_home](const std::string& name) -> std::optional<std::string> {
      if (has_home && name == "XDG_STATE_HOME") return (folder.path() / "state").string();
      return std::nullopt;
    };
  }
  Digest put_large(Layout layout = Layout::packed) {
    return put_file(file("large", large_content()), layout);
  }
  [[nodiscard]] fs::path memory(const Digest& digest) const { return contents() / digest.hex(); }
  [[nodiscard]] fs::path contents() const { return folder.path() / "state/mlo/contents"; }
  [[nodiscard]] bool restores(const Digest& digest) const {
    const auto out = folder.path() / "out";
    fs::remove(out);
    fresh().restore(digest, out, false);
    return Digest::of_file(out) == digest;
  }
};

}  // namespace

TEST_CASE("what SHA-256 told of a large object is remembered, for its user alone", "[store]") {
  LargePlace place;
  const auto digest = place.put_large();
  REQUIRE(fs::exists(place.memory(digest)));
  CHECK((fs::status(place.contents() / "key").permissions() & fs::perms(0077)) == fs::perms::none);
  const auto first = read_file(place.memory(digest));
  CHECK(place.restores(digest));
  CHECK(read_file(place.memory(digest)) == first);  // it recognized the bytes

  fs::remove_all(place.contents());
  CHECK(place.restores(digest));
  CHECK(fs::exists(place.memory(digest)));
  CHECK(read_file(place.memory(digest)) != first);  // under another key
}

TEST_CASE("one flipped bit of a large object is found, whatever is remembered", "[store]") {
  LargePlace place;
  const auto layout = GENERATE(Layout::packed, Layout::whole);
  const auto digest = place.put_large(layout);
  REQUIRE(place.restores(digest));  // a whole file is remembered when it is read first
  REQUIRE(fs::exists(place.memory(digest)));
  place.flip(layout == Layout::whole ? place.loose(digest) : place.only_pack(), 500'000);
  const auto read = GENERATE(0, 1, 2);
  CHECK(kind_of([&] {
          const auto store = place.fresh();
          if (read == 0) static_cast<void>(place.restores(digest));
          if (read == 1) static_cast<void>(store.file(digest));
          if (read == 2) static_cast<void>(store.read(digest));
        }) == ErrorKind::integrity);
}

TEST_CASE("a memory that is damaged, of another object or of a lost key is no harm", "[store]") {
  LargePlace place;
  const auto digest = place.put_large();
  const auto first = read_file(place.memory(digest));
  const auto harm = GENERATE(0, 1, 2, 3);
  if (harm == 0) place.flip(place.memory(digest), 40);
  if (harm == 1) write_durably(place.memory(digest), bytes_of("?"), place.world, "test");
  if (harm == 2) {
    const auto other = place.put_file(place.file("other", large_content() + "more"));
    fs::copy_file(place.memory(other), place.memory(digest), fs::copy_options::overwrite_existing);
  }
  if (harm == 3) fs::remove(place.contents() / "key");
  CHECK(place.restores(digest));
  CHECK(read_file(place.memory(digest)).size() == first.size());
  const auto mended = read_file(place.memory(digest));
  CHECK(place.restores(digest));
  CHECK(read_file(place.memory(digest)) == mended);
}

TEST_CASE("without a home, and of small objects, nothing is remembered", "[store]") {
  LargePlace homeless(false);
  CHECK(homeless.restores(homeless.put_large()));
  LargePlace place;
  CHECK(place.restores(place.put_file(place.file("small", table_text(2'000'000)))));
  CHECK_FALSE(fs::exists(place.folder.path() / "state"));
}

TEST_CASE("gc forgets what it removes", "[store]") {
  LargePlace place;
  const auto digest = place.put_large(GENERATE(Layout::packed, Layout::whole));
  REQUIRE(place.restores(digest));
  const auto collect_with_grace = [&](std::chrono::seconds grace, bool dry_run) {
    return collect(
        place.store, [] {},
        {.keep = [](const Digest&) { return false; }, .grace = grace, .dry_run = dry_run},
        no_progress(), {});
  };
  collect_with_grace(std::chrono::hours(1), false);
  collect_with_grace(std::chrono::seconds(-1), true);
  CHECK(fs::exists(place.memory(digest)));
  collect_with_grace(std::chrono::seconds(-1), false);
  CHECK_FALSE(fs::exists(place.memory(digest)));
}
