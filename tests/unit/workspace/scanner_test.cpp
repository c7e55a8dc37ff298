#include "workspace/scanner.h"

#include <stop_token>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mlo/workspace/snapshot.h"
#include "mlo/workspace/track.h"
#include "place.h"
#include "workspace/file_index.h"

using namespace mlo;
using namespace mlo::workspace;
namespace fs = std::filesystem;

namespace {

Digest digest_of(const TestPlace& place, const std::string& path) {
  auto repository = place.open();
  return snapshot(repository, RepoPath::parse(path)).digest;
}

/// The digest as it is without anything remembered.
Digest fresh_digest_of(const TestPlace& place, const std::string& path) {
  fs::remove(place.root / ".mlo/index");
  return digest_of(place, path);
}

/// Sets a file's times so that nothing but its content tells that it changed.
void put_back_times(const fs::path& file, const FileStatus& status) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const timespec moment{status.modified_ns / kSecond, status.modified_ns % kSecond};
  const std::array times = {moment, moment};
  REQUIRE(::utimensat(AT_FDCWD, file.c_str(), times.data(), 0) == 0);
}

void make_old(const fs::path& file) {
  const std::array times = {timespec{1'000'000, 0}, timespec{1'000'000, 0}};
  REQUIRE(::utimensat(AT_FDCWD, file.c_str(), times.data(), 0) == 0);
}

}  // namespace

TEST_CASE("a file that is changed within the clock's grain is not taken for the old one",
          "[workspace]") {
  const TestPlace place;
  for (int round = 0; round < 50; ++round) {
    place.write("data/a.bin", "content " + std::to_string(round % 10));
    CHECK(digest_of(place, "data") == fresh_digest_of(place, "data"));
    // The same size, at once, and the index was written before.
    place.write("data/a.bin", "CONTENT " + std::to_string(round % 10));
    CHECK(digest_of(place, "data") == fresh_digest_of(place, "data"));
  }
}

TEST_CASE("what is not looked at again stays unbelieved when it was racy", "[workspace]") {
  const TestPlace place;
  place.write("one/a.bin", "first");
  place.write("two/b.bin", "first");
  digest_of(place, "one");
  digest_of(place, "two");  // writes the index anew, later than one/a.bin
  const auto before = *status_of(place.root / "one/a.bin");
  {
    auto file = File::open(place.root / "one/a.bin", O_WRONLY);
    file.write_all(bytes_of("other"));
  }
  put_back_times(place.root / "one/a.bin", before);
  CHECK(digest_of(place, "one") == fresh_digest_of(place, "one"));
}

TEST_CASE("unchanged files are not read again, and changes in any depth are seen", "[workspace]") {
  const TestPlace place;
  place.write("data/x/y/z/deep.bin", "deep");
  place.write("data/top.bin", "top");
  for (const auto* path :
       {"data/x/y/z/deep.bin", "data/top.bin", "data/x/y/z", "data/x/y", "data/x", "data"})
    make_old(place.root / path);
  const auto first = digest_of(place, "data");
  ::chmod((place.root / "data/x/y/z/deep.bin").c_str(), 0);
  CHECK(digest_of(place, "data") == first);
  place.write("data/x/y/z/deep.bin", "DEEP");
  CHECK(digest_of(place, "data") != first);
  place.write("data/x/y/z/deep.bin", "deep");
  CHECK(digest_of(place, "data") == first);
  fs::remove_all(place.root / "data/x/y/z");
  CHECK(digest_of(place, "data") == fresh_digest_of(place, "data"));
}

TEST_CASE("a torn, foreign or hostile index is an empty one", "[workspace]") {
  const TestPlace place;
  place.write("data/a.bin", "content");
  make_old(place.root / "data/a.bin");
  make_old(place.root / "data");
  const auto digest = digest_of(place, "data");
  const auto index = place.root / ".mlo/index";
  const auto whole = read_file(index);
  FileIndex good(index);
  REQUIRE(good.find("data").has_value());
  for (std::size_t size : {std::size_t{0}, std::size_t{10}, whole.size() / 2, whole.size() - 1}) {
    write_durably(index, bytes_of(whole.substr(0, size)), place.world, "test");
    CHECK_FALSE(FileIndex(index).find("data").has_value());
  }
  for (std::size_t i = 0; i < whole.size(); i += 7) {
    auto torn = whole;
    torn[i] = static_cast<char>(torn[i] ^ 0x20);
    write_durably(index, bytes_of(torn), place.world, "test");
    CHECK_FALSE(FileIndex(index).find("data").has_value());
    CHECK(digest_of(place, "data") == digest);
  }
}

TEST_CASE("single files of one folder are remembered beside each other", "[workspace]") {
  const TestPlace place;
  place.write("data/a.bin", "a");
  place.write("data/b.bin", "b");
  make_old(place.root / "data/a.bin");
  make_old(place.root / "data/b.bin");
  {
    auto repository = place.open();
    Scanner scanner(repository, Scanner::Keep::digests_only);
    scanner.scan(RepoPath::parse("data/a.bin"));
    scanner.scan(RepoPath::parse("data/b.bin"));
    scanner.commit();
  }
  const FileIndex index(place.root / ".mlo/index");
  const auto known = index.find("data");
  REQUIRE(known.has_value());
  CHECK(known->count() == 2);
  CHECK_FALSE(known->folder().whole);
  CHECK(known->find("b.bin")->digest == Digest::of("b"));
  // A folder of which only files are known is listed.
  place.write("data/c.bin", "c");
  CHECK(digest_of(place, "data") == fresh_digest_of(place, "data"));
  // A single file that changes makes the folder's tree another.
  place.write("data/a.bin", "A");
  CHECK(digest_of(place, "data/a.bin") == Digest::of("A"));
  CHECK(digest_of(place, "data") == fresh_digest_of(place, "data"));
}

TEST_CASE("what .mloignore names is neither tracked nor removed", "[workspace]") {
  const TestPlace place;
  place.write("data/a.bin", "a");
  const auto without = digest_of(place, "data");
  place.write("data/scratch/tmp.log", "noise");
  place.write("data/b.log", "noise");
  CHECK(digest_of(place, "data") != without);
  place.write(".mloignore", "*.log\nscratch/\n");
  CHECK(digest_of(place, "data") == without);
  CHECK(fresh_digest_of(place, "data") == without);

  static_cast<void>(place.track("data"));
  auto repository = place.open();
  place.write("data/a.bin", "changed");
  static_cast<void>(checkout(repository, {}, Overwrite::always, no_progress(), {}));
  CHECK(read_file(place.root / "data/a.bin") == "a");
  CHECK(fs::exists(place.root / "data/b.log"));
  CHECK(fs::exists(place.root / "data/scratch/tmp.log"));
}

TEST_CASE("after a checkout nothing is read again", "[workspace]") {
  const TestPlace place;
  place.write("data/a.bin", "a");
  place.write("data/sub/b.bin", "b");
  static_cast<void>(place.track("data"));
  auto repository = place.open();
  fs::remove_all(place.root / "data");
  static_cast<void>(checkout(repository, {}, Overwrite::never_unsaved, no_progress(), {}));
  const FileIndex index(place.root / ".mlo/index");
  const auto known = index.find("data/sub");
  REQUIRE(known.has_value());
  CHECK(same_stat(known->find("b.bin")->status, *status_of(place.root / "data/sub/b.bin")));
  CHECK(status(repository, {}).empty());
}

TEST_CASE("a checkout names the files whose content is nowhere else", "[workspace]") {
  const TestPlace place;
  place.write("data/a.bin", "a");
  place.write("data/b.bin", "b");
  static_cast<void>(place.track("data"));
  auto repository = place.open();
  fs::remove(place.root / "data/a.bin");  // nothing is lost by bringing it back
  static_cast<void>(checkout(repository, {}, Overwrite::never_unsaved, no_progress(), {}));
  CHECK(read_file(place.root / "data/a.bin") == "a");
  place.write("data/b.bin", "precious");
  const auto error = error_from([&] {
    static_cast<void>(checkout(repository, {}, Overwrite::never_unsaved, no_progress(), {}));
  });
  CHECK(error.kind() == ErrorKind::conflict);
  CHECK(error.message().find("data/b.bin") != std::string::npos);
  CHECK(error.message().find("data/a.bin") == std::string::npos);
}

namespace {

/// Presses Ctrl-C once some of a file has passed.
struct Impatient final : Progress {
  void say(std::string_view /*line*/) override {}
  void advance(std::string_view /*what*/, std::uint64_t /*done*/,
               std::uint64_t /*total*/) override {}
  void advance_files(std::string_view /*what*/, const FileAmount& done,
                     const FileAmount& /*total*/) override {
    if (done.size_bytes > 0 && stop.request_stop()) stopped_at = done.size_bytes;
  }
  void warn(std::string_view /*line*/) override {}

  std::stop_source stop;
  std::uint64_t stopped_at = 0;
};

}  // namespace

TEST_CASE("Ctrl-C ends the work within one large file, and leaves nothing behind", "[workspace]") {
  constexpr std::uintmax_t kLargeBytes = 512U << 20U;  // beyond what passes between two reports
  const TestPlace place;
  place.write("large.bin", "");
  fs::resize_file(place.root / "large.bin", kLargeBytes);
  auto repository = place.open();
  const auto path = RepoPath::parse("large.bin");
  const auto interrupted = [&](const std::function<void(Impatient&)>& work) {
    Impatient user;
    CHECK(error_from([&] { work(user); }).kind() == ErrorKind::interrupted);
    CHECK(user.stopped_at < kLargeBytes);
    for (const auto& entry : fs::recursive_directory_iterator(place.root))
      CHECK(entry.path().filename().string().find("tmp-") == std::string::npos);
  };
  const auto tracking = [&](Impatient& user) {
    static_cast<void>(track(repository, {.paths = {path}}, user, user.stop.get_token()));
  };
  interrupted(tracking);
  CHECK(ledger::dataset_versions(repository.ledger()).empty());
  static_cast<void>(place.track("large.bin"));
  fs::remove(place.root / "large.bin");
  interrupted([&](Impatient& user) {
    static_cast<void>(
        checkout(repository, {}, Overwrite::never_unsaved, user, user.stop.get_token()));
  });
  CHECK_FALSE(fs::exists(place.root / "large.bin"));
  for (const auto& entry : fs::directory_iterator(place.root))
    CHECK_FALSE(entry.path().filename().string().starts_with(".mlo-restore-"));
}

TEST_CASE("a table beyond the limit is stored, not profiled", "[workspace]") {
  const TestPlace place;
  place.write("data/a.csv", "x,y\n1,2\n3,4\n");
  place.write(".mlo/config.yaml", "data.profile_limit: 5 B\n");
  auto repository = place.open();
  const auto tracked =
      track(repository, {.paths = {RepoPath::parse("data/a.csv")}}, no_progress(), {});
  CHECK(tracked.front().too_large);
  CHECK_FALSE(tracked.front().version.rows.has_value());
  CHECK_FALSE(fs::exists(place.root / "schemas"));
}

TEST_CASE("a part of a tracked folder is restored by its own path", "[workspace]") {
  const TestPlace place;
  place.write("data/a.bin", "a");
  place.write("data/sub/b.bin", "b");
  place.write("data/sub/c.sh", "c");
  ::chmod((place.root / "data/sub/c.sh").c_str(), 0755);
  static_cast<void>(place.track("data"));
  auto repository = place.open();
  fs::remove_all(place.root / "data");
  const auto restore = [&](const char* path) {
    static_cast<void>(
        checkout(repository, {RepoPath::parse(path)}, Overwrite::never_unsaved, no_progress(), {}));
  };
  restore("data/a.bin");
  CHECK(place.read("data/a.bin") == "a");
  CHECK_FALSE(fs::exists(place.root / "data/sub"));
  restore("data/sub/c.sh");
  CHECK(status_of(place.root / "data/sub/c.sh")->executable);
  restore("data/sub");
  CHECK(place.read("data/sub/b.bin") == "b");
  CHECK(error_from([&] { restore("data/none.bin"); }).kind() == ErrorKind::not_found);
  CHECK(status(repository, {}).empty());
}

TEST_CASE("hard links share the store's file, read-only, and a changed one is seen",
          "[workspace]") {
  const TestPlace place;
  place.write(".mlo/config.yaml", "workspace.link: hardlink\n");
  place.write("data/a.bin", "content");
  static_cast<void>(place.track("data"));
  fs::remove_all(place.root / "data");
  auto repository = place.open();
  static_cast<void>(checkout(repository, {}, Overwrite::never_unsaved, no_progress(), {}));
  const auto file = place.root / "data/a.bin";
  CHECK(place.read("data/a.bin") == "content");
  CHECK(fs::hard_link_count(file) == 2);
  CHECK((fs::status(file).permissions() & fs::perms::owner_write) == fs::perms::none);
  CHECK(status(repository, {}).empty());
  // Whoever makes it writable all the same damages the store's copy: it is told, not believed.
  ::chmod(file.c_str(), 0644);
  File::open(file, O_WRONLY).write_all(bytes_of("CONTENT"));
  CHECK(status(repository, {}).size() == 1);
  CHECK(error_from([&] {
          static_cast<void>(repository.store().read(Digest::of("content")));
        }).kind() == ErrorKind::integrity);
}

TEST_CASE("reflinks fall back to copies where the file system has none", "[workspace]") {
  const TestPlace place;
  place.write(".mlo/config.yaml", "workspace.link: reflink\n");
  place.write("data/a.bin", "content");
  static_cast<void>(place.track("data"));
  fs::remove_all(place.root / "data");
  auto repository = place.open();
  static_cast<void>(checkout(repository, {}, Overwrite::never_unsaved, no_progress(), {}));
  CHECK(place.read("data/a.bin") == "content");
  CHECK(fs::hard_link_count(place.root / "data/a.bin") == 1);
}
