#include <atomic>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mlo/store/tree.h"
#include "mlo/workspace/diff.h"
#include "mlo/workspace/lock_file.h"
#include "unit/workspace/place.h"
#include "workspace/tree_files.h"

using namespace mlo;
using namespace mlo::workspace;
namespace fs = std::filesystem;

namespace {

using Mode = store::TreeEntry::Mode;

/// A repository that somebody else made, beside a folder that is none of its business.
struct CraftedPlace : TestPlace {
  fs::path outside = fs::canonical(folder.path()) / "outside";

  CraftedPlace() {
    fs::create_directories(outside / "s");
    for (const auto* name : {"a.txt", "keep", "s/a.txt", "s/keep"})
      write_durably(outside / name, bytes_of("theirs"), world, "test");
  }
  [[nodiscard]] Digest put(std::string_view content) const {
    auto repository = open();
    store::Batch batch(repository.store());
    const auto digest = batch.add(content);
    batch.commit();
    return digest;
  }
  [[nodiscard]] Digest put_tree(std::vector<store::TreeEntry> entries) const {
    return put(store::encode_tree(std::move(entries)));
  }
  void lock(std::map<std::string, Digest> data) const {
    write_lock_file(root, {.data = std::move(data)}, world);
  }
  void checkout_all() const {
    auto repository = open();
    checkout(repository, {}, Overwrite::always, no_progress(), {});
  }
  [[nodiscard]] bool outside_is_as_it_was() const {
    std::size_t found = 0;
    for (const auto& item : fs::recursive_directory_iterator(outside)) {
      ++found;
      if (item.is_regular_file() && read_file(item.path()) != "theirs") return false;
    }
    return found == 5;
  }
};

}  // namespace

TEST_CASE("a tree with a name that leads elsewhere is refused, nothing is written", "[crafted]") {
  const CraftedPlace place;
  const auto content = place.put("evil");
  const auto line = [&](std::string_view name) {
    return fmt::format("f 4 {} {}\n", content.hex(), name);
  };
  const auto tree =
      "mlo-tree 1\n" + GENERATE_COPY(line(".."), line("."), line(""), line("../outside/a.txt"),
                                     line("/etc/evil"), line("a/b"), line(".git"), line(".GIT"),
                                     line(".mlo"), line("a") + line("a"), line("b") + line("a"));
  CAPTURE(tree);
  place.lock({{"d/", place.put(tree)}});
  CHECK(error_from([&] { place.checkout_all(); }).kind() == ErrorKind::integrity);
  CHECK_FALSE(fs::exists(place.root / "d"));
  CHECK(place.outside_is_as_it_was());
}

TEST_CASE("a lock whose paths leave the workspace is refused", "[crafted]") {
  const CraftedPlace place;
  const auto digest = place.put("evil");
  const std::string path = GENERATE("../outside/a.txt", "a/../../outside/a.txt", "/tmp/evil",
                                    ".git/hooks/post-checkout", ".mlo/config.yaml", "..", "./a");
  CAPTURE(path);
  place.write("mlo.lock", fmt::format("version: 1\ndata:\n  \"{}\": {}\n", path, digest.text()));
  CHECK_THROWS_AS(place.checkout_all(), Error);
  CHECK(place.outside_is_as_it_was());
  CHECK_FALSE(fs::exists(place.root / ".git"));
}

TEST_CASE("a file is not put below a link that the same lock restores", "[crafted]") {
  const CraftedPlace place;
  const auto evil = place.put("evil");
  const auto link = place.put(place.outside.string());
  place.lock({{"d/", place.put_tree({{Mode::link, 0, link, "x"}})}, {"d/x/a.txt", evil}});
  CHECK(error_from([&] { place.checkout_all(); }).kind() == ErrorKind::not_allowed);
  CHECK(place.outside_is_as_it_was());
}

TEST_CASE("folders nested without end are refused", "[crafted]") {
  const CraftedPlace place;
  auto repository = place.open();
  store::Batch batch(repository.store());
  auto digest = batch.add(store::encode_tree({}));
  for (int i = 0; i < 200; ++i)
    digest = batch.add(store::encode_tree({{Mode::folder, 0, digest, "a"}}));
  batch.commit();
  place.lock({{"d/", digest}});
  CHECK(error_from([&] { place.checkout_all(); }).kind() == ErrorKind::integrity);
  CHECK_FALSE(fs::exists(place.root / "d"));
}

TEST_CASE("few trees that unfold to a billion files are refused at once", "[crafted]") {
  const CraftedPlace place;
  auto repository = place.open();
  store::Batch batch(repository.store());
  const auto laughs = [&](std::string_view content) {
    const auto file = batch.add(content);
    auto digest = batch.add(store::encode_tree({{Mode::file, 1, file, "f"}}));
    for (int i = 0; i < 30; ++i)
      digest = batch.add(
          store::encode_tree({{Mode::folder, 0, digest, "a"}, {Mode::folder, 0, digest, "b"}}));
    return digest;
  };
  const auto one = laughs("1");
  const auto other = laughs("2");
  batch.commit();
  place.lock({{"d/", one}});
  CHECK(error_from([&] { place.checkout_all(); }).kind() == ErrorKind::integrity);
  CHECK_FALSE(fs::exists(place.root / "d"));
  CHECK(error_from([&] { tree_files(repository.store(), one); }).kind() == ErrorKind::integrity);
  CHECK(one != other);
}

TEST_CASE("a folder that becomes a link while it is restored leads nothing outside", "[crafted]") {
  const CraftedPlace place;
  for (const auto* name : {"p/d/a.txt", "p/d/s/a.txt", "p/d/s/b.txt"}) place.write(name, "ours");
  static_cast<void>(place.track("p/d"));
  // What is restored into, or what holds it; each may be swapped for a link at any instruction.
  const std::string swapped = GENERATE("p", "p/d", "p/d/s");
  fs::create_directory_symlink(place.outside, place.root / "link");
  std::atomic<bool> done = false;
  std::atomic<int> swaps = 0;
  std::jthread attacker([&] {
    while (!done)
      if (::syscall(SYS_renameat2, AT_FDCWD, (place.root / swapped).c_str(), AT_FDCWD,
                    (place.root / "link").c_str(), RENAME_EXCHANGE) == 0)
        ++swaps;
  });
  int restored = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(150);
  for (int round = 0; std::chrono::steady_clock::now() < end; ++round) {
    try {
      // Something to write each time: a file that is gone, one that is left over.
      std::error_code ignored;
      fs::remove(place.root / "p/d/s/b.txt", ignored);
      place.checkout_all();
      ++restored;
    } catch (const Error& refused) {
      CHECK_FALSE(std::string(refused.what()).empty());
    }
  }
  done = true;
  attacker.join();
  CAPTURE(swapped, swaps.load(), restored);
  CHECK(swaps > 0);
  CHECK(place.outside_is_as_it_was());
}
