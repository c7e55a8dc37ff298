#include "mlo/workspace/sighting.h"

#include <chrono>
#include <filesystem>
#include <thread>

#include <catch2/catch.hpp>
#include <fcntl.h>

#include "unit/workspace/place.h"

namespace mlo::workspace {
namespace {

namespace fs = std::filesystem;

constexpr auto kName = "seen";

/// Past the clock's grain: what was written before is older than what begins after it.
void wait_a_grain() {
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
}

/// A workspace of which `noted` was looked at and the answer kept.
struct Seen {
  explicit Seen(const std::vector<std::string>& noted) {
    place.write("raw/a.csv", "1\n");
    place.write("raw/deep/b.csv", "2\n");
    place.write("code.py", "pass\n");
    wait_a_grain();
    Sighting sighting(repository, kName);
    for (const auto& path : noted) sighting.note(path);
    sighting.keep("all is well");
  }
  std::optional<std::string> recall() { return Sighting::recall(repository, kName); }

  TestPlace place;
  Repository repository = place.open();
};

}  // namespace

TEST_CASE("an answer is recalled as long as what it rests on is as it was", "[sighting]") {
  Seen seen({"raw", "code.py", "absent.yaml"});
  REQUIRE(seen.recall() == "all is well");

  SECTION("another file matters to nobody") {
    seen.place.write("other.txt", "x");
    CHECK(seen.recall() == "all is well");
  }
  SECTION("another content") {
    seen.place.write("code.py", "exit\n");
    CHECK_FALSE(seen.recall());
  }
  SECTION("the same size and modification time, but changed") {
    const auto file = seen.place.root / "code.py";
    const auto time = fs::last_write_time(file);
    seen.place.write("code.py", "fail\n");
    fs::last_write_time(file, time);
    CHECK_FALSE(seen.recall());
  }
  SECTION("a permission") {
    fs::permissions(seen.place.root / "code.py", fs::perms::owner_exec, fs::perm_options::add);
    CHECK_FALSE(seen.recall());
  }
  SECTION("a new file deep in a folder") {
    seen.place.write("raw/deep/c.csv", "3\n");
    CHECK_FALSE(seen.recall());
  }
  SECTION("a file that is gone") {
    fs::remove(seen.place.root / "raw/deep/b.csv");
    CHECK_FALSE(seen.recall());
  }
  SECTION("what was not there is there") {
    seen.place.write("absent.yaml", "");
    CHECK_FALSE(seen.recall());
  }
  SECTION("rules for what counts in the folder") {
    seen.place.write(".mloignore", "*.csv\n");
    CHECK_FALSE(seen.recall());
  }
  SECTION("forgotten") {
    Sighting::forget(seen.repository, kName);
    CHECK_FALSE(seen.recall());
  }
}

TEST_CASE("rules on the way to a path count", "[sighting]") {
  Seen seen({"raw/deep/b.csv"});
  REQUIRE(seen.recall());
  seen.place.write("raw/.mloignore", "deep/\n");
  CHECK_FALSE(seen.recall());
}

TEST_CASE("what changed after the sighting began makes it worth nothing", "[sighting]") {
  TestPlace place;
  auto repository = place.open();
  Sighting sighting(repository, kName);
  place.write("code.py", "pass\n");
  sighting.note("code.py");
  sighting.keep("all is well");
  CHECK_FALSE(Sighting::recall(repository, kName));
}

TEST_CASE("a torn or made-up sighting is none", "[sighting]") {
  Seen seen({"code.py"});
  const auto file = seen.repository.folder() / kName;
  const auto whole = read_file(file);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    fs::resize_file(file, size);
    CHECK_FALSE(seen.recall());
    File::open(file, O_WRONLY | O_TRUNC).write_all(bytes_of(whole));
  }
  for (std::size_t at = 0; at + Digest::kSize < whole.size(); ++at) {
    auto other = whole.substr(0, whole.size() - Digest::kSize);
    other[at] = static_cast<char>(other[at] ^ 0x40);
    other += text_of(Digest::of(other).bytes());
    File::open(file, O_WRONLY | O_TRUNC).write_all(bytes_of(other));
    const auto recalled = seen.recall();
    // Only the answer itself may read differently.
    CHECK((!recalled || recalled->size() == std::string_view("all is well").size()));
  }
}

TEST_CASE("where no file can be made, a sighting is looked into and not kept", "[sighting]") {
  TestPlace place;
  place.write("code.py", "pass\n");
  auto repository = place.open();
  wait_a_grain();
  // A folder that is not there stands for a full disk: root may write everywhere else.
  Sighting sighting(repository, "nowhere/seen");
  sighting.note("code.py");
  fs::create_directory(repository.folder() / "nowhere");
  sighting.keep("all is well");
  CHECK_FALSE(Sighting::recall(repository, "nowhere/seen"));
}

TEST_CASE("nothing of a sighting that was not kept stays behind", "[sighting]") {
  TestPlace place;
  const auto repository = place.open();
  { const Sighting sighting(repository, kName); }
  for (const auto& entry : folder_entries(repository.folder()))
    CHECK(entry.filename().string().find(kName) == std::string::npos);
}

}  // namespace mlo::workspace
