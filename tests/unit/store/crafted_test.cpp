#include <limits>

#include "mlo/core/progress.h"
#include "mlo/store/maintenance.h"
#include "store/chunk_list.h"
#include "unit/store/crafted_pack.h"
#include "unit/store/store_place.h"

using namespace mlo;
using namespace mlo::store;
namespace fs = std::filesystem;

namespace {

constexpr auto kAnySize = std::numeric_limits<std::uint64_t>::max();

struct CraftedPlace : Place {
  CraftedPlace() { fs::create_directories(folder.path() / "objects"); }
  void write(const CraftedPack& pack) const { pack.write(folder.path() / "objects/crafted.pack"); }
  [[nodiscard]] Verified verified() const { return verify(fresh(), no_progress(), {}); }
  /// Every way to the bytes is refused, and nothing stays behind.
  void refuses(const Digest& digest, ErrorKind kind = ErrorKind::integrity) const {
    const auto target = folder.path() / "target";
    write_durably(target, bytes_of("before"), world, "test");
    const auto other = fresh();
    CHECK(kind_of([&] { static_cast<void>(other.read(digest, kAnySize)); }) == kind);
    CHECK(kind_of([&] { static_cast<void>(other.file(digest)); }) == kind);
    CHECK(kind_of([&] { other.restore(digest, target, false); }) == kind);
    CHECK(kind_of([&] {
            auto output = File::open(folder.path() / "output", O_WRONLY | O_CREAT);
            other.copy_to(digest, output);
          }) == kind);
    CHECK(read_file(target) == "before");
    CHECK_FALSE(fs::exists(loose(digest)));
    for (const auto& item : fs::recursive_directory_iterator(folder.path())) {
      CAPTURE(item.path().string());
      CHECK_FALSE(item.path().filename().string().starts_with("tmp-"));
      CHECK_FALSE(item.path().filename().string().starts_with(".mlo-restore-"));
    }
  }
};

Bytes bomb(std::size_t size) {
  Bytes buffer;
  const auto frame = compress(Bytes(size), buffer);
  REQUIRE(frame);
  return {frame->begin(), frame->end()};
}

}  // namespace

TEST_CASE("a frame that unfolds to more than its header says is refused", "[crafted]") {
  const CraftedPlace place;
  const auto digest = Digest::of("bomb");
  CraftedPack pack;
  pack.add(Encoding::zstd, kMaxPlainBytes, bomb(64U << 20U), digest);
  place.write(pack);
  place.refuses(digest);
  CHECK(place.verified().faults.size() == 1);
}

TEST_CASE("a header that says more than a record can hold is refused before memory is taken",
          "[crafted]") {
  const auto encoding = GENERATE(Encoding::raw, Encoding::zstd, Encoding::chunks);
  const CraftedPlace place;
  const auto digest = Digest::of("huge");
  CraftedPack pack;
  pack.add(encoding, 1ULL << 60U, bomb(1000), digest);
  place.write(pack);
  place.refuses(digest);
  CHECK(kind_of([&] { static_cast<void>(place.fresh().read(digest)); }) == ErrorKind::bad_input);
  CHECK_FALSE(place.verified().faults.empty());
}

TEST_CASE("an index that says other than its records is refused", "[crafted]") {
  const CraftedPlace place;
  CraftedPack pack;
  const auto digest = pack.add("content");
  auto& entry = pack.entries.front();
  SECTION("a size of its own") {
    entry.header.content_bytes = 1ULL << 60U;
  }
  SECTION("an encoding that there is not") {
    entry.header.encoding = static_cast<Encoding>(9);
  }
  SECTION("bytes beyond the file") {
    entry.header.stored_bytes = 1ULL << 60U;
  }
  SECTION("a place in the pack's own header") {
    entry.offset = 3;
  }
  SECTION("a place beyond the end") {
    entry.offset = kAnySize - 20;
  }
  place.write(pack);
  place.refuses(digest);
  CHECK_FALSE(place.verified().faults.empty());
}

TEST_CASE("a trailer with a count of its own makes no pack", "[crafted]") {
  const auto count = GENERATE(0ULL, 2ULL, 1ULL << 58U, (1ULL << 58U) + 1, kAnySize);
  const CraftedPlace place;
  CraftedPack pack;
  const auto digest = pack.add("content");
  pack.write(place.folder.path() / "objects/crafted.pack", count);
  CHECK_FALSE(place.fresh().contains(digest));
  CHECK(place.verified().faults.size() == 1);
}

TEST_CASE("a hole in a pack takes no memory", "[crafted]") {
  const CraftedPlace place;
  CraftedPack pack;
  const auto digest = pack.add("content");
  pack.hole_bytes = 1ULL << 38U;
  place.write(pack);
  CHECK(place.fresh().read(digest) == "content");
  CHECK(place.verified().faults.size() == 1);
}

TEST_CASE("a chunk list does not name chunk lists", "[crafted]") {
  const CraftedPlace place;
  CraftedPack pack;
  const auto chunk = pack.add("content");
  const auto inner = Digest::of("contentcontent");
  pack.add(Encoding::chunks, 14, encode_chunk_list({{chunk, 7}, {chunk, 7}}), inner);
  const auto outer = Digest::of("contentcontentcontentcontent");
  pack.add(Encoding::chunks, 28, encode_chunk_list({{inner, 14}, {inner, 14}}), outer);
  place.write(pack);
  CHECK(place.fresh().read(inner) == "contentcontent");
  place.refuses(outer);
}

TEST_CASE("chunks that are whole but make up other bytes are refused", "[crafted]") {
  const CraftedPlace place;
  CraftedPack pack;
  const auto chunk = pack.add("content");
  const auto digest = Digest::of("what it should be");
  pack.add(Encoding::chunks, 14, encode_chunk_list({{chunk, 7}, {chunk, 7}}), digest);
  place.write(pack);
  place.refuses(digest);
}

TEST_CASE("a chunk of another size than the list says is refused", "[crafted]") {
  const CraftedPlace place;
  CraftedPack pack;
  const auto chunk = pack.add("content");
  const auto digest = Digest::of("contentcontent");
  pack.add(Encoding::chunks, 14, encode_chunk_list({{chunk, 8}, {chunk, 6}}), digest);
  place.write(pack);
  place.refuses(digest);
}
