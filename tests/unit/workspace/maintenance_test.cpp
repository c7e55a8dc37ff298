#include "mlo/workspace/maintenance.h"

#include <algorithm>

#include "mlo/store/tree.h"
#include "mlo/workspace/references.h"
#include "mlo/workspace/versions.h"
#include "unit/workspace/place.h"

using namespace mlo;
using namespace mlo::workspace;

namespace {

GarbageResult collect(const TestPlace& place, GarbageOptions options) {
  options.grace = std::chrono::seconds(0);
  auto repository = place.open();
  return collect_garbage(repository, options, no_progress(), {});
}

bool is_stored(const TestPlace& place, const Digest& digest) {
  auto repository = place.open();
  return repository.store().contains(digest);
}

CheckResult check(const TestPlace& place, const RepairOptions& options = {}) {
  auto repository = place.open();
  return check_repository(repository, options, no_progress(), {});
}

}  // namespace

TEST_CASE("gc removes what nothing refers to and keeps every recorded version", "[gc]") {
  const TestPlace place;
  const auto first = place.track("data/a.txt", "one");
  const auto second = place.track("data/a.txt", "two");
  Digest stray;
  {
    auto repository = place.open();
    store::Batch batch(repository.store());
    stray = batch.add("stray");
    batch.commit();
  }
  CHECK(collect(place, {.dry_run = true}).store.objects == 1);
  CHECK(is_stored(place, stray));
  CHECK(collect(place, {}).store.objects == 1);
  CHECK_FALSE(is_stored(place, stray));
  CHECK(is_stored(place, first.digest));
  CHECK(is_stored(place, second.digest));
}

TEST_CASE("old content goes by rule, on record, and never what a tag or another branch needs",
          "[gc]") {
  const TestPlace place;
  place.init_git();
  std::vector<Digest> versions;
  for (const auto* text : {"one", "two", "three", "four", "five"}) {
    versions.push_back(place.track("a.txt", text).digest);
    if (text == std::string("two"))
      place.git("add mlo.lock && git commit -qm two && git checkout -q -b other");
  }
  {
    auto repository = place.open();
    add_tag(repository, dataset(repository, {"a.txt@v3", place.root}), "agreed", "");
  }
  const auto result = collect(place, {.keep = 1, .reason = "space"});
  REQUIRE(result.given_up.size() == 2);
  const std::vector<bool> stays{false, true, true, false, true};
  for (std::size_t i = 0; i < versions.size(); ++i)
    CHECK(is_stored(place, versions[i]) == stays[i]);
  auto repository = place.open();
  CHECK(ledger::collection_of(repository.ledger(), versions[0])->origin.reason == "space");
  CHECK(error_from([&] {
          require_content(repository, dataset(repository, {"a.txt@v1", place.root}));
        })
            .message()
            .find("was collected on") != std::string::npos);
  CHECK(check(place).whole());
  CHECK(collect(place, {.keep = 1}).given_up.empty());
}

TEST_CASE("versions within the grace period keep their content", "[gc]") {
  const TestPlace place;
  static_cast<void>(place.track("a.txt", "one"));
  static_cast<void>(place.track("a.txt", "two"));
  auto repository = place.open();
  CHECK(collect_garbage(repository, {.keep = 1}, no_progress(), {}).given_up.empty());
}

TEST_CASE("a missing tree stops gc: what it names is unknown", "[gc]") {
  const TestPlace place;
  place.write("folder/inner/a.txt", "one");
  const auto version = place.track("folder");
  const auto inner = [&] {
    auto repository = place.open();
    return store::decode_tree(repository.store().read(version.digest)).front().digest;
  }();
  for (const auto& item : std::filesystem::directory_iterator(place.root / ".mlo/objects"))
    std::filesystem::remove_all(item.path());
  {
    // All but the inner tree comes back.
    auto repository = place.open();
    store::Batch batch(repository.store());
    batch.add(store::encode_tree({{store::TreeEntry::Mode::folder, 3, inner, "inner"}}));
    batch.commit();
  }
  CHECK(error_from([&] { static_cast<void>(collect(place, {})); }).kind() == ErrorKind::integrity);
  CHECK_FALSE(check(place).whole());
  CHECK(check(place, {.repair = true, .from = {}}).whole());
  CHECK(collect(place, {}).store.objects == 0);
}

TEST_CASE("lost content comes back from a folder of files, by its bytes", "[fsck]") {
  const TestPlace place;
  const auto version = place.track("a.txt", "one");
  for (const auto& item : std::filesystem::directory_iterator(place.root / ".mlo/objects"))
    std::filesystem::remove_all(item.path());
  place.write("a.txt", "changed since");
  const auto found = check(place);
  REQUIRE(found.findings.size() == 1);
  CHECK(found.findings.front().kind == "missing");
  CHECK_FALSE(check(place, {.repair = true, .from = {}}).whole());
  const auto copies = place.folder.path() / "copies";
  std::filesystem::create_directories(copies);
  write_durably(copies / "named otherwise", bytes_of("one"), place.world, "test");
  const auto repaired = check(place, {.repair = true, .from = {copies}});
  CHECK(repaired.whole());
  CHECK(is_stored(place, version.digest));
  CHECK(place.read("a.txt") == "changed since");
}

TEST_CASE("a damaged chunk is mended in one go, whichever it is", "[fsck]") {
  const TestPlace place;
  std::string content;
  for (int i = 0; i < 400'000; ++i) content += fmt::format("{},", i * 7919 % 1'000'003);
  place.write("big.txt", content);
  static_cast<void>(place.track("big.txt"));
  for (const auto& item : std::filesystem::directory_iterator(place.root / ".mlo/objects")) {
    if (item.path().extension() != ".pack") continue;
    auto bytes = read_file(item.path());
    bytes[100] = static_cast<char>(bytes[100] ^ 1);  // in the first record: a chunk
    std::filesystem::remove(item.path());
    write_durably(item.path(), bytes_of(bytes), place.world, "test");
  }
  CHECK_FALSE(check(place).whole());
  CHECK(check(place, {.repair = true, .from = {}}).whole());
  CHECK(check(place).findings.empty());
}

TEST_CASE("a damaged product of a run ends no check: all faults are told", "[fsck]") {
  const TestPlace place;
  std::vector<Digest> products;
  {
    auto repository = place.open();
    ledger::Run run{.id = "01JRUN00000000000000000101", .status = "finished"};
    store::Batch batch(repository.store());
    for (const auto* text : {"first", "second"}) {
      products.push_back(batch.add(text));
      run.products.push_back({.path = text, .digest = products.back()});
    }
    batch.commit();
    repository.ledger().append(ledger::statements_of(run), {.command = "test", .reason = ""});
  }
  CHECK(check(place).whole());
  for (const auto& file : folder_entries(place.root / ".mlo" / "objects")) {
    if (file.extension() != ".pack") continue;
    auto bytes = read_file(file);
    for (const auto* text : {"first", "second"}) bytes[bytes.find(text)] ^= 1;
    write_durably(file, bytes_of(bytes), place.world, "test");
  }
  const auto result = check(place);
  REQUIRE(result.findings.size() == 2);
  for (const auto& finding : result.findings) {
    CHECK(finding.kind == "damaged");
    CHECK(std::ranges::find(products, *Digest::try_parse(finding.what)) != products.end());
  }
}
