#include "mlo/store/maintenance.h"

#include <atomic>
#include <set>
#include <thread>

#include "store_place.h"

using namespace mlo;
using namespace mlo::store;
namespace fs = std::filesystem;

namespace {

Collected collect_all_but(Place& place, const std::set<Digest>& kept, bool dry_run = false) {
  return collect(place.store, [] {},
                 {.keep = [&](const Digest& digest) { return kept.contains(digest); },
                  .grace = std::chrono::seconds(-1),
                  .dry_run = dry_run},
                 no_progress(), {});
}

Verified check(const Place& place) {
  return verify(place.fresh(), no_progress(), {});
}

/// Small, large and compressed objects, in one pack.
std::vector<Digest> fill(Place& place) {
  std::vector<Digest> digests;
  Batch batch(place.store);
  for (int i = 0; i < 20; ++i) digests.push_back(batch.add(random_text(200 + i, i)));
  digests.push_back(batch.add(table_text(30'000)));
  digests.push_back(batch.add_file(place.file("large", random_text(1'300'000, 99))));
  batch.commit();
  return digests;
}

}  // namespace

TEST_CASE("gc removes what nothing keeps and leaves the rest readable", "[store]") {
  Place place;
  const auto kept = place.put(table_text(3'000'000));  // chunked
  const auto lost = place.put(random_text(2'000'000, 1));
  const auto whole = place.put_file(place.file("w", random_text(1000, 3)), Layout::whole);

  const auto plan = collect_all_but(place, {kept}, true);
  CHECK(place.fresh().contains(lost));
  const auto done = collect_all_but(place, {kept});
  CHECK(done.objects == plan.objects);
  CHECK(done.bytes == plan.bytes);
  CHECK(done.bytes > 2'000'000);
  auto store = place.fresh();
  CHECK_FALSE(store.contains(lost));
  CHECK_FALSE(store.contains(whole));
  CHECK(store.read(kept) == table_text(3'000'000));
  CHECK(check(place).faults.empty());
}

TEST_CASE("gc takes single objects out of a pack", "[store]") {
  Place place;
  const auto digests = fill(place);
  const std::set<Digest> kept(digests.begin(), digests.begin() + 3);
  collect_all_but(place, kept);
  const auto left = place.fresh().list();
  CHECK(std::set<Digest>(left.begin(), left.end()) == kept);
}

TEST_CASE("gc leaves young objects alone", "[store]") {
  Place place;
  const auto digest = place.put("just written");
  const auto result =
      collect(place.store, [] {}, {.keep = [](const Digest&) { return false; }}, no_progress(), {});
  CHECK(result.objects == 0);
  CHECK(result.kept_young == 1);
  CHECK(place.fresh().contains(digest));
}

TEST_CASE("gc waits until writers have ended", "[store]") {
  Place place;
  const auto digest = place.put("something");
  auto other = place.fresh();
  auto at_work = std::make_unique<Batch>(other);
  std::atomic<bool> ended = false;
  std::jthread writer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    ended = true;
    at_work.reset();
  });
  bool marked_after = false;
  collect(place.store, [&] { marked_after = ended; },
          {.keep = [&](const Digest& one) { return one == digest; }}, no_progress(), {});
  CHECK(marked_after);
}

TEST_CASE("gc removes what writers left that died", "[store]") {
  Place place;
  place.put("something");
  const auto litter = place.file("objects/tmp-dead", "torn");
  collect_all_but(place, {});
  CHECK_FALSE(fs::exists(litter));
}

TEST_CASE("a whole store is verified without a fault", "[store]") {
  Place place;
  const auto digests = fill(place);
  place.put_file(place.file("w", random_text(5000, 3)), Layout::whole);
  const auto result = check(place);
  CHECK(result.faults.empty());
  CHECK(result.objects > digests.size());
}

TEST_CASE("a thousand flipped bits are found, each of them", "[store]") {
  Place place;
  fill(place);
  const auto pack = place.only_pack();
  const auto whole = read_file(pack);
  std::mt19937_64 random(11);
  int found = 0;
  constexpr int kFlips = 1000;
  for (int i = 0; i < kFlips; ++i) {
    // Every second one in the small records, their headers, the index or the trailer.
    const auto offset = i % 2 == 0   ? random() % whole.size()
                        : i % 4 == 1 ? random() % 6000
                                     : whole.size() - 1 - random() % 3000;
    const auto mask = static_cast<unsigned char>(1U << (random() % 8));
    place.flip(pack, offset, mask);
    if (!check(place).faults.empty())
      ++found;
    else
      WARN("offset " << offset << " of " << whole.size());
    place.flip(pack, offset, mask);
  }
  CHECK(found == kFlips);
  CHECK(read_file(pack) == whole);
}

TEST_CASE("quarantine keeps what is whole and moves the damaged file away", "[store]") {
  Place place;
  const auto digests = fill(place);
  const auto pack = place.only_pack();
  const auto size = fs::file_size(pack);
  // A payload, a record's header, the index, the trailer: whatever is hit, others survive.
  const std::size_t offset = GENERATE_COPY(as<std::size_t>(), 100, 20, size - 200, size - 60, 3);
  place.flip(pack, offset);
  auto store = place.fresh();
  const auto faults = verify(store, no_progress(), {}).faults;
  REQUIRE_FALSE(faults.empty());
  quarantine(store, faults, place.folder.path() / "quarantine");
  CHECK(check(place).faults.empty());
  const auto left = std::ranges::count_if(
      digests, [&](const Digest& digest) { return place.fresh().contains(digest); });
  CHECK(left >= static_cast<std::ptrdiff_t>(digests.size()) - 1);
  CHECK_FALSE(fs::is_empty(place.folder.path() / "quarantine"));
  for (const auto& digest : place.fresh().list()) {
    const auto content = place.fresh().read(digest);
    CHECK(Digest::of(content) == digest);
  }
}

TEST_CASE("adding again mends what quarantine took away", "[store]") {
  Place place;
  const auto content = random_text(3'000'000, 5);
  const auto file = place.file("a", content);
  const auto digest = place.put_file(file);
  place.flip(place.only_pack(), 1'000'000);
  auto store = place.fresh();
  quarantine(store, verify(store, no_progress(), {}).faults, place.folder.path() / "quarantine");
  CHECK(verify(store, no_progress(), {}).faults.empty());
  CHECK_FALSE(store.contains(digest));  // its list went with its chunk
  place.put_file(file);
  CHECK(place.fresh().read(digest) == content);
  CHECK(check(place).faults.empty());
}
