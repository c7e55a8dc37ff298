#include "mlo/workspace/track.h"

#include <catch2/catch.hpp>

#include "mlo/workspace/lock_file.h"
#include "mlo/workspace/references.h"
#include "mlo/workspace/versions.h"
#include "place.h"

using namespace mlo;
using namespace mlo::workspace;
namespace fs = std::filesystem;

namespace {

/// Keeps what it is warned of.
struct Warnings final : Progress {
  void say(std::string_view /*line*/) override {}
  void advance(std::string_view /*what*/, std::uint64_t /*done*/,
               std::uint64_t /*total*/) override {}
  void warn(std::string_view line) override { lines.emplace_back(line); }
  std::vector<std::string> lines;
};

std::vector<Tracked> track_paths(Repository& repository, std::initializer_list<const char*> paths,
                                 Progress& progress = no_progress()) {
  TrackOptions options;
  for (const auto* path : paths) options.paths.push_back(RepoPath::parse(path));
  return track(repository, options, progress, {});
}

}  // namespace

TEST_CASE("a table that cannot be read is recorded, and where it is broken is told",
          "[workspace]") {
  const TestPlace place;
  place.write("ragged/t.csv", "a,b\n1,2\n3,4,5\n");
  place.write("latin/t.csv", "a,b\n1,caf\xE9\n");
  place.write("open/t.csv", "a,b\n\"1,2\n");
  place.write("empty.csv", "");
  place.write("mixed/orders.csv", "order,sum\n1,2\n");
  place.write("mixed/people.csv", "name,age\nAna,3\n");
  const auto* path = GENERATE("ragged/t.csv", "latin/t.csv", "open/t.csv", "empty.csv", "mixed");
  auto repository = place.open();
  Warnings warnings;
  const auto tracked = track_paths(repository, {path}, warnings).front();
  CHECK(tracked.version.number == 1);
  CHECK_FALSE(tracked.version.rows);
  CHECK_FALSE(tracked.version.profile);
  CHECK(tracked.schema_file.empty());
  CHECK_FALSE(fs::exists(place.root / "schemas"));
  CHECK(status(repository, {}).empty());
  REQUIRE(warnings.lines.size() == 1);
  CHECK(warnings.lines[0].find(tracked.unreadable) != std::string::npos);
  if (path == std::string_view("ragged/t.csv"))
    CHECK(tracked.unreadable.find("t.csv:3: 3 columns where the header has 2") !=
          std::string::npos);
}

TEST_CASE("wide numbers are recorded, and a contract only with its version", "[workspace]") {
  const TestPlace place;
  place.write("ids.csv", "id\n1730000000000000001\n1730000000000000009\n");
  auto repository = place.open();
  const auto tracked = track_paths(repository, {"ids.csv"}).front();
  CHECK(tracked.version.profile);
  CHECK(tracked.schema_written);
  CHECK(fs::exists(place.root / "schemas/ids.yaml"));
  place.write("next.csv", "id\n1\n");
  CHECK_THROWS_AS(track_paths(repository, {"next.csv", "nowhere.csv"}), Error);
  CHECK_FALSE(fs::exists(place.root / "schemas/next.yaml"));
}

TEST_CASE("a table that changes before it is profiled is not recorded", "[workspace]") {
  TestPlace place;
  place.write("t.csv", "a\n1\n2\n");
  std::vector<std::string> steps;
  place.world.before_step = [&](std::string_view step) {
    steps.emplace_back(step);
    // Its bytes are stored by then.
    if (steps.size() == 1) place.write("t.csv", "a\n1\n2\n3\n");
  };
  auto repository = place.open();
  CHECK_THROWS_WITH(track_paths(repository, {"t.csv"}),
                    Catch::Contains("'t.csv' changed while it was read"));
  CHECK_FALSE(ledger::latest_dataset(repository.ledger(), "t.csv"));
  CHECK(track_paths(repository, {"t.csv"}).front().version.rows == 3);
}

TEST_CASE("a broken version of a table keeps the contract that it breaks", "[workspace]") {
  const TestPlace place;
  place.write("t.csv", "a,b\n1,2\n");
  auto repository = place.open();
  const auto good = track_paths(repository, {"t.csv"}).front();
  place.write("t.csv", "a,b\n1,2\n3\n");
  const auto broken = track_paths(repository, {"t.csv"}).front();
  CHECK(broken.version.number == 2);
  CHECK(broken.schema_file == "schemas/t.yaml");
  CHECK(broken.version.schema == good.version.schema);
  CHECK_FALSE(broken.version.rows);
}

TEST_CASE("two tables of one name share a contract, which is told where it fits one only",
          "[workspace]") {
  const TestPlace place;
  place.write("one/t.csv", "a,b\n1,2\n");
  place.write("two/t.csv", "a,b\n3,4\n");
  place.write("three/t.csv", "name,age\nAna,3\n");
  auto repository = place.open();
  Warnings warnings;
  track_paths(repository, {"one/t.csv"}, warnings);
  track_paths(repository, {"two/t.csv"}, warnings);
  CHECK(warnings.lines.empty());
  track_paths(repository, {"three/t.csv"}, warnings);
  REQUIRE(warnings.lines.size() == 1);
  CHECK(warnings.lines[0].find("shares with 'one/t.csv'") != std::string::npos);
  CHECK(warnings.lines[0].find("data: {three/t.csv: {schema: schemas/three-t.yaml}}") !=
        std::string::npos);
}

TEST_CASE("the project's own files are no data", "[workspace]") {
  const TestPlace place;
  place.write("a.txt", "one");
  place.write("schemas/a.yaml", "x");
  auto repository = place.open();
  track_paths(repository, {"a.txt"});
  const auto* own = GENERATE("mlo.lock", "mlo.yaml", "schemas", "schemas/a.yaml");
  CHECK(error_from([&] { track_paths(repository, {own}); }).kind() == ErrorKind::bad_input);
  CHECK(error_from([&] {
          static_cast<void>(move(repository, {RepoPath::parse("a.txt"), RepoPath::parse(own)},
                                 no_progress(), {}));
        }).kind() == ErrorKind::bad_input);
  CHECK(read_lock_file(place.root).data.size() == 1);
}

TEST_CASE("no tracked path lies within another", "[workspace]") {
  const TestPlace place;
  place.write("d/x.txt", "x");
  place.write("d/sub/y.txt", "y");
  place.write("e/z.txt", "z");
  place.write("d.txt", "another");
  auto repository = place.open();
  track_paths(repository, {"d/sub/y.txt", "e", "d.txt"});
  const auto refused = [&](const std::function<void()>& work) {
    const auto error = error_from(work);
    CHECK(error.kind() == ErrorKind::conflict);
    return error;
  };
  CHECK(refused([&] { track_paths(repository, {"d"}); }).hint().find("untrack d/sub/y.txt") !=
        std::string::npos);
  CHECK(refused([&] { track_paths(repository, {"e/z.txt"}); }).message() ==
        "'e/z.txt' lies in 'e', which is tracked");
  refused([&] { track_paths(repository, {"d/x.txt", "d"}); });
  refused([&] {
    static_cast<void>(move(repository, {RepoPath::parse("d.txt"), RepoPath::parse("e/d.txt")},
                           no_progress(), {}));
  });
  CHECK(read_lock_file(place.root).data.size() == 3);

  static_cast<void>(untrack(repository, {RepoPath::parse("d/sub/y.txt")}, ""));
  track_paths(repository, {"d", "e"});
  // An old version of what is part of a folder now.
  const auto old = dataset(repository, {"d/sub/y.txt@v1", place.root});
  refused([&] { static_cast<void>(checkout_version(repository, old, Overwrite::always)); });
}

TEST_CASE("a checkout in a clone names what is missing and where to get it", "[workspace]") {
  const TestPlace place;
  place.write("a.txt", "one");
  place.write("d/b.txt", "two");
  {
    auto repository = place.open();
    track_paths(repository, {"a.txt", "d"});
  }
  for (const auto* lost : {".mlo/objects", "d", "a.txt"}) fs::remove_all(place.root / lost);
  fs::create_directory(place.root / ".mlo/objects");
  auto repository = place.open();
  const auto error = error_from([&] {
    static_cast<void>(checkout(repository, {}, Overwrite::never_unsaved, no_progress(), {}));
  });
  CHECK(error.kind() == ErrorKind::not_found);
  CHECK(error.message() == "the store lacks the content of a.txt, d");
  CHECK(error.hint().find("mlo fsck --repair --from") != std::string::npos);
}

TEST_CASE("a path without a history is met by the nearest with one", "[workspace]") {
  const TestPlace place;
  place.write("data/people.csv", "name\nAna\n");
  place.write("images/1.txt", "1");
  auto repository = place.open();
  track_paths(repository, {"data/people.csv", "images"});
  const auto hint_for = [&](const char* path) {
    const auto error =
        error_from([&] { static_cast<void>(history_of(repository, RepoPath::parse(path), 10)); });
    CHECK(error.kind() == ErrorKind::not_found);
    return error.hint();
  };
  CHECK(hint_for("data") == "mlo log data/people.csv");
  CHECK(hint_for("data/people") == "mlo log data/people.csv");
  CHECK(hint_for("images/1.txt") == "mlo log images");
  CHECK(hint_for("data/peopl.csv") == "did you mean 'mlo log data/people.csv'?");
  CHECK(history_of(repository, RepoPath::parse("images"), 10).size() == 1);
}

TEST_CASE("a lost mlo.lock is told, with what brings it back", "[workspace]") {
  const TestPlace place;
  auto repository = place.open();
  CHECK(status(repository, {}).empty());  // there was never one
  static_cast<void>(place.track("a.txt", "one"));
  const auto lose = [&] { fs::remove(place.root / "mlo.lock"); };
  lose();
  const auto seen = status(repository, {});
  REQUIRE(seen.size() == 1);
  CHECK(seen.front().path == "mlo.lock");
  CHECK(seen.front().change == "missing");
  const auto refused =
      error_from([&] { checkout(repository, {}, Overwrite::never_unsaved, no_progress(), {}); });
  CHECK(refused.kind() == ErrorKind::not_found);
  CHECK(refused.hint().find("mlo track PATH") != std::string::npos);

  place.write("b.txt", "two");
  Warnings warnings;
  track_paths(repository, {"b.txt"}, warnings);
  CHECK(warnings.lines.size() == 1);
  CHECK(status(repository, {}).empty());

  place.init_git();
  place.git("add mlo.lock && git commit -qm lock");
  lose();
  CHECK(remedy_for_lost_lock(repository) ==
        "git checkout HEAD -- " + fs::proximate(repository.root() / "mlo.lock").string());
}
