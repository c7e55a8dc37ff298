#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "mlo/core/error.h"
#include "mlo/store/tree.h"
#include "mlo/workspace/git.h"
#include "mlo/workspace/lock_file.h"
#include "mlo/workspace/settings.h"
#include "mlo/workspace/snapshot.h"
#include "mlo/workspace/track.h"

using namespace mlo;
using namespace mlo::workspace;
namespace fs = std::filesystem;

namespace {

/// A repository in a folder of its own, with keys and settings in another.
struct Place {
  World world = system_world();
  TemporaryFolder folder{fs::temp_directory_path(), world};
  fs::path root = folder.path() / "work";

  Place() {
    world.environment = [this](const std::string& name) -> std::optional<std::string> {
      if (name == "XDG_CONFIG_HOME" || name == "HOME") return (folder.path() / "home").string();
      if (name == "MLO_ACTOR") return "ana";
      return std::nullopt;
    };
    static_cast<void>(create_repository(root, world));
  }
  void write(const std::string& path, std::string_view content) const {
    fs::create_directories((root / path).parent_path());
    write_durably(root / path, bytes_of(content), world, "test");
  }
  [[nodiscard]] Repository open() const { return Repository::open(root, world); }
};

std::vector<Tracked> track_paths(Repository& repository, std::initializer_list<const char*> paths) {
  TrackOptions options{.reason = "because"};
  for (const auto* path : paths) options.paths.push_back(RepoPath::parse(path));
  return track(repository, options, no_progress(), {});
}

Error error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  }
  FAIL("nothing was thrown");
  return {ErrorKind::usage, ""};
}

}  // namespace

TEST_CASE("init makes a private folder, a project file that parses, and no second repository",
          "[workspace]") {
  Place place;
  CHECK((fs::status(place.root / ".mlo").permissions() & fs::perms::all) == fs::perms::owner_all);
  CHECK(read_project(place.root).name == "work");
  CHECK(error_of([&] { static_cast<void>(create_repository(place.root, place.world)); }).kind() ==
        ErrorKind::conflict);
  const auto nested =
      error_of([&] { static_cast<void>(create_repository(place.root / "inner", place.world)); });
  CHECK(nested.kind() == ErrorKind::conflict);
  CHECK(nested.message().find(fs::canonical(place.root).string()) != std::string::npos);
}

TEST_CASE("outside of a repository the way in is told", "[workspace]") {
  const auto world = system_world();
  const TemporaryFolder folder(fs::temp_directory_path(), world);
  const auto error = error_of([&] { static_cast<void>(Repository::open(folder.path(), world)); });
  CHECK(error.kind() == ErrorKind::not_found);
  CHECK(error.hint().find("mlo init") != std::string::npos);
}

TEST_CASE("a newer or broken format is refused and left as it is", "[workspace]") {
  const Place place;
  place.write(".mlo/format", "99\n");
  CHECK(error_of([&] { static_cast<void>(place.open()); }).kind() == ErrorKind::conflict);
  place.write(".mlo/format", "one\n");
  CHECK(error_of([&] { static_cast<void>(place.open()); }).kind() == ErrorKind::integrity);
  fs::remove(place.root / ".mlo/format");
  CHECK(error_of([&] { static_cast<void>(place.open()); }).kind() == ErrorKind::integrity);
}

TEST_CASE("tracked content has a version, a contract and a line in the lock", "[workspace]") {
  const Place place;
  place.write("data/a.csv", "x,y\n1,2\n3,4\n");
  auto repository = place.open();
  const auto first = track_paths(repository, {"data/a.csv"}).at(0);
  CHECK(first.changed);
  CHECK(first.version.number == 1);
  CHECK(first.version.rows == 2);
  CHECK(first.version.origin.reason == "because");
  CHECK(first.schema_written);
  CHECK(fs::exists(place.root / "schemas/a.yaml"));
  CHECK(read_lock_file(place.root).data.at("data/a.csv") == first.version.digest);
  CHECK_FALSE(track_paths(repository, {"data/a.csv"}).at(0).changed);
  place.write("data/a.csv", "x,y\n1,2\n");
  const auto second = track_paths(repository, {"data/a.csv"}).at(0);
  CHECK(second.version.number == 2);
  CHECK(second.version.parent == first.version.digest);
}

TEST_CASE("status tells what was modified, is missing or was never tracked", "[workspace]") {
  const Place place;
  place.write("mlo.yaml", "project: p\ndata: {c.txt: {}}\n");
  for (const auto* name : {"a.txt", "b.txt", "c.txt"}) place.write(name, name);
  auto repository = place.open();
  track_paths(repository, {"a.txt", "b.txt"});
  place.write("a.txt", "changed");
  fs::remove(place.root / "b.txt");
  const auto changes = status(repository, {});
  REQUIRE(changes.size() == 3);
  CHECK(changes[0].change == "modified");
  CHECK(changes[1].change == "missing");
  CHECK(changes[2].change == "untracked");
}

TEST_CASE("a change within the clock's grain and of the same size is seen", "[workspace]") {
  const Place place;
  place.write("a.txt", "one");
  auto repository = place.open();
  track_paths(repository, {"a.txt"});
  for (int i = 0; i < 20; ++i) {
    place.write("a.txt", i % 2 == 0 ? "two" : "one");
    CHECK(status(repository, {}).size() == (i % 2 == 0 ? 1U : 0U));
  }
}

TEST_CASE("checkout restores, and never overwrites what is nowhere else", "[workspace]") {
  const Place place;
  place.write("d/a.txt", "one");
  place.write("d/sub/b.txt", "two");
  fs::create_symlink("/etc/passwd", place.root / "d/link");
  auto repository = place.open();
  track_paths(repository, {"d"});
  place.write("d/a.txt", "unsaved");
  const auto error =
      error_of([&] { checkout(repository, {}, Overwrite::never_unsaved, no_progress(), {}); });
  CHECK(error.kind() == ErrorKind::conflict);
  CHECK(read_file(place.root / "d/a.txt") == "unsaved");
  checkout(repository, {}, Overwrite::always, no_progress(), {});
  CHECK(read_file(place.root / "d/a.txt") == "one");
  fs::remove_all(place.root / "d");
  checkout(repository, {RepoPath::parse("d")}, Overwrite::never_unsaved, no_progress(), {});
  CHECK(read_file(place.root / "d/sub/b.txt") == "two");
  CHECK(fs::is_symlink(place.root / "d/link"));
  CHECK(status(repository, {}).empty());
}

TEST_CASE("a repository inside a tracked folder is neither tracked nor removed", "[workspace]") {
  const Place place;
  place.write("d/a.txt", "one");
  place.write("d/.git/config", "history");
  auto repository = place.open();
  track_paths(repository, {"d"});
  const auto first = read_lock_file(place.root);
  place.write("d/a.txt", "two");
  track_paths(repository, {"d"});
  write_lock_file(place.root, first, place.world);
  checkout(repository, {}, Overwrite::never_unsaved, no_progress(), {});
  CHECK(read_file(place.root / "d/a.txt") == "one");
  CHECK(read_file(place.root / "d/.git/config") == "history");
}

TEST_CASE("a stranger's tree without end is refused before anything is written", "[workspace]") {
  const Place place;
  auto repository = place.open();
  store::Batch batch(repository.store());
  auto digest = batch.add(store::encode_tree({}));
  for (int i = 0; i < 1000; ++i)
    digest = batch.add(store::encode_tree({{store::TreeEntry::Mode::folder, 0, digest, "a"}}));
  batch.commit();
  write_lock_file(place.root, {.data = {{"deep/", digest}}}, place.world);
  CHECK(error_of([&] { checkout(repository, {}, Overwrite::always, no_progress(), {}); }).kind() ==
        ErrorKind::integrity);
  CHECK_FALSE(fs::exists(place.root / "deep"));
}

TEST_CASE("nothing is written through a link that stands in the way", "[workspace]") {
  const Place place;
  const auto outside = place.folder.path() / "outside";
  fs::create_directory(outside);
  place.write("d/a.txt", "one");
  auto repository = place.open();
  track_paths(repository, {"d/a.txt"});
  fs::remove_all(place.root / "d");
  fs::create_directory_symlink(outside, place.root / "d");
  CHECK_THROWS_AS(checkout(repository, {}, Overwrite::always, no_progress(), {}), Error);
  CHECK(fs::is_empty(outside));
}

TEST_CASE("a link is not tracked as if it were what it points to", "[workspace]") {
  const Place place;
  fs::create_symlink("/etc/passwd", place.root / "link");
  auto repository = place.open();
  CHECK(error_of([&] { track_paths(repository, {"link"}); }).kind() == ErrorKind::bad_input);
}

TEST_CASE("names that no one expects survive the way there and back", "[workspace]") {
  const Place place;
  for (const auto* name : {"d/new\nline", "d/-dash", "d/\xff\xfe", "d/ space "})
    place.write(name, name);
  auto repository = place.open();
  track_paths(repository, {"d"});
  fs::remove_all(place.root / "d");
  checkout(repository, {}, Overwrite::never_unsaved, no_progress(), {});
  CHECK(read_file(place.root / "d/new\nline") == "d/new\nline");
  CHECK(read_file(place.root / "d/\xff\xfe") == "d/\xff\xfe");
}

TEST_CASE("a step's output is not tracked by hand", "[workspace]") {
  const Place place;
  place.write("mlo.yaml", "pipeline: {fit: {run: x, out: [out/model.onnx]}}\n");
  place.write("out/model.onnx", "m");
  auto repository = place.open();
  CHECK(error_of([&] { track_paths(repository, {"out/model.onnx"}); }).message().find("'fit'") !=
        std::string::npos);
  CHECK_THROWS_AS(track_paths(repository, {"out"}), Error);
}

TEST_CASE("a crash between ledger and lock is completed by tracking again", "[workspace]") {
  Place place;
  place.write("a.txt", "one");
  {
    auto repository = place.open();
    place.world.before_step = [](std::string_view step) {
      if (step == "lock.rename") throw Error(ErrorKind::interrupted, "crash");
    };
    CHECK_THROWS_AS(track_paths(repository, {"a.txt"}), Error);
    place.world.before_step = [](std::string_view) {};
  }
  auto repository = place.open();
  CHECK_FALSE(track_paths(repository, {"a.txt"}).at(0).changed);
  CHECK(read_lock_file(place.root).data.contains("a.txt"));
  CHECK(repository.ledger().verify().verified());
}

TEST_CASE("the lock reads back what it writes, one fact a line", "[lock]") {
  const LockFile lock{.data = {{"a b.csv", Digest::of("a")}, {"d/", Digest::of("d")}},
                      .outputs = {{"m.onnx", Digest::of("m")}},
                      .steps = {{"fit", Digest::of("f")}}};
  const auto text = format_lock_file(lock);
  CHECK(parse_lock_file(text, "mlo.lock") == lock);
  CHECK(text.find("\n  d/: " + Digest::of("d").text() + "\n") != std::string::npos);
}

TEST_CASE("a lock from a stranger or a merge is refused", "[lock]") {
  const auto digest = Digest::of("x").text();
  CHECK(error_of([&] { parse_lock_file("<<<<<<< HEAD\n", "mlo.lock"); }).message() ==
        "mlo.lock:1: an unfinished merge");
  const auto text = GENERATE_COPY(as<std::string>(), "data: {../x: " + digest + "}",
                                  "data: {/etc/x: " + digest + "}",
                                  "data: {.mlo/x: " + digest + "}", "data: {x: nonsense}",
                                  "data: [1]", "data: {./x: " + digest + "}", "unknown: 1");
  INFO(text);
  CHECK_THROWS_AS(parse_lock_file("version: 1\n" + text, "mlo.lock"), Error);
}

TEST_CASE("a lock says its version, and only a higher one is newer", "[lock]") {
  const auto refusal = [](const char* text) {
    return error_of([&] { parse_lock_file(text, "mlo.lock"); });
  };
  CHECK(refusal("data: {}").message() == "mlo.lock:1:1: the lock file does not say its version");
  CHECK(refusal("").message().ends_with("the lock file does not say its version"));
  CHECK(refusal("version: 0").message() == "mlo.lock:1:10: the lock file has no version 0");
  CHECK(refusal("version: 2").message() ==
        "mlo.lock:1:10: version 2 of the lock file is newer than this mlo");
  CHECK(refusal("version: 2").hint() == "upgrade mlo");
}

TEST_CASE("settings nearer to the work win, and unknown ones are refused", "[settings]") {
  Place place;
  const auto folder = place.root / ".mlo";
  change_setting("threads", "2", SettingLevel::user, {}, place.world);
  CHECK(find_setting("threads", folder, place.world)->origin == "user");
  change_setting("threads", "3", SettingLevel::repository, folder, place.world);
  CHECK(find_setting("threads", folder, place.world)->value == "3");
  change_setting("threads", std::nullopt, SettingLevel::repository, folder, place.world);
  CHECK(find_setting("threads", folder, place.world)->value == "2");
  CHECK(error_of([&] { static_cast<void>(find_setting("thread", folder, place.world)); })
            .hint()
            .find("threads") != std::string::npos);
}

TEST_CASE("a setting takes no value that nobody could use, and names itself", "[settings]") {
  Place place;
  const auto folder = place.root / ".mlo";
  const auto [key, bad, good] = GENERATE(
      table<const char*, const char*, const char*>({{"data.profile_limit", "abc", "1 GB"},
                                                    {"hooks.max_file_size", "-1 MB", "0 B"},
                                                    {"threads", "many", "8"},
                                                    {"threads", "1025", "1"},
                                                    {"workspace.link", "symlink", "auto"}}));
  CAPTURE(key, bad);
  const auto set = [&](const char* value) {
    change_setting(key, value, SettingLevel::repository, folder, place.world);
  };
  const auto refused = error_of([&] { set(bad); });
  CHECK(refused.kind() == ErrorKind::usage);
  CHECK(refused.message().find(key) != std::string::npos);
  CHECK(setting_or_default(key, folder, place.world).origin == "default");
  set(good);
  CHECK(setting_or_default(key, folder, place.world).value == good);
  // By other means than `mlo config`.
  place.write(".mlo/config.yaml", fmt::format("{}: '{}'\n", key, bad));
  const auto found = error_of([&] { static_cast<void>(find_setting(key, folder, place.world)); });
  CHECK(found.kind() == ErrorKind::bad_input);
  CHECK(found.message().find(fmt::format("{}, set by repository: '{}'", key, bad)) !=
        std::string::npos);
}
