#include "mlo/workspace/references.h"

#include <algorithm>

#include "mlo/ledger/lineage.h"
#include "mlo/workspace/git.h"
#include "mlo/workspace/versions.h"
#include "unit/workspace/place.h"

using namespace mlo;
using namespace mlo::workspace;

namespace {

Digest digest_of(const TestPlace& place, const std::string& text) {
  auto repository = place.open();
  return dataset(repository, {text, place.root}).digest;
}

Error error_of(const TestPlace& place, const std::string& text) {
  return error_from([&] { static_cast<void>(digest_of(place, text)); });
}

}  // namespace

TEST_CASE("a version is found by number, tag, digest, lock, latest and commit", "[references]") {
  const TestPlace place;
  place.init_git();
  const auto first = place.track("data/a.txt", "one");
  place.git("add mlo.lock && git commit -qm first && git tag one");
  const auto second = place.track("data/a.txt", "two");
  CHECK(digest_of(place, "data/a.txt") == second.digest);
  CHECK(digest_of(place, "data/a.txt@v1") == first.digest);
  CHECK(digest_of(place, "data/a.txt@2") == second.digest);
  CHECK(digest_of(place, "data/a.txt@latest") == second.digest);
  CHECK(digest_of(place, "data/a.txt@lock") == second.digest);
  CHECK(digest_of(place, "data/a.txt@" + first.digest.hex().substr(0, 8)) == first.digest);
  CHECK(digest_of(place, "data/a.txt@" + first.digest.text()) == first.digest);
  CHECK(digest_of(place, "data/a.txt@git:HEAD") == first.digest);
  CHECK(digest_of(place, "data/a.txt@git:one") == first.digest);
  auto repository = place.open();
  add_tag(repository, dataset(repository, {"data/a.txt@v1", place.root}), "q3", "");
  CHECK(digest_of(place, "data/a.txt@q3") == first.digest);
  CHECK(dataset(repository, {"a.txt@q3", place.root / "data"}).name() == "data/a.txt@v1");
}

TEST_CASE("a version that is not there is named with the nearest that is", "[references]") {
  const TestPlace place;
  place.init_git();
  static_cast<void>(place.track("data/a.txt", "one"));
  CHECK(error_of(place, "data/a.txt@v2").hint() == "did you mean 'data/a.txt@v1'?");
  CHECK(error_of(place, "data/b.txt@v1").kind() == ErrorKind::not_found);
  CHECK(error_of(place, "data/a.txt@git:nothing").message() == "git knows no revision 'nothing'");
  place.git("commit -q --allow-empty -m empty");
  CHECK(error_of(place, "data/a.txt@git:HEAD").message() ==
        "git's revision 'HEAD' has no mlo.lock");
}

TEST_CASE("a path begins where the user is, also when the root has the same one", "[references]") {
  const TestPlace place;
  const auto version = place.track("data/a.txt", "one");
  const auto inner = place.track("sub/data/b.txt", "two");
  auto repository = place.open();
  const auto top = place.track("top.txt", "three");
  const auto sub = place.root / "sub";
  CHECK(find_reference(repository, {"../top.txt", sub}) == top.digest);
  CHECK_THROWS_AS(find_reference(repository, {"top.txt", sub}), Error);
  CHECK(find_reference(repository, {"data/b.txt", sub}) == inner.digest);
  CHECK(find_reference(repository, {"../data/a.txt", sub}) == version.digest);
  CHECK(error_from([&] {
          static_cast<void>(find_reference(repository, {"data/a.txt", sub}));
        }).message() == "nothing in the ledger is called 'sub/data/a.txt'");
}

TEST_CASE("an '@' that belongs to the path is no version", "[references]") {
  const TestPlace place;
  const auto version = place.track("data/ana@example.txt", "one");
  CHECK(digest_of(place, "data/ana@example.txt") == version.digest);
  CHECK(digest_of(place, "data/ana@example.txt@v1") == version.digest);
}

TEST_CASE("a moved file keeps its content under the new path, whoever moved it", "[versions]") {
  const TestPlace place;
  const auto version = place.track("data/a.txt", "one");
  auto repository = place.open();
  const auto a = RepoPath::parse("data/a.txt");
  const auto b = RepoPath::parse("data/b.txt");
  CHECK(move(repository, {a, b}, no_progress(), {}).file_moved);
  CHECK(place.read("data/b.txt") == "one");
  std::filesystem::rename(place.root / "data/b.txt", place.root / "data/a.txt");
  const auto seen = changes(repository, {});
  REQUIRE(seen.size() == 1);
  CHECK(seen.front().change == "renamed");
  CHECK(seen.front().from == "data/b.txt");
  CHECK_FALSE(move(repository, {b, a}, no_progress(), {}).file_moved);
  CHECK(changes(repository, {}).empty());
  CHECK(digest_of(place, "data/a.txt@latest") == version.digest);
}

TEST_CASE("tags and digests from before a move hold for the new path, numbers do not",
          "[versions]") {
  const TestPlace place;
  const auto first = place.track("a.txt", "one");
  static_cast<void>(place.track("a.txt", "two"));
  const auto third = place.track("a.txt", "three");
  auto repository = place.open();
  add_tag(repository, dataset(repository, {"a.txt@v1", place.root}), "q3", "");
  const auto a = RepoPath::parse("a.txt");
  const auto b = RepoPath::parse("b.txt");
  const auto c = RepoPath::parse("c.txt");
  static_cast<void>(move(repository, {a, b}, no_progress(), {}));
  static_cast<void>(move(repository, {b, c}, no_progress(), {}));
  const auto before = place.track("a.txt", "another file at the old place");
  add_tag(repository, dataset(repository, {"a.txt@v4", place.root}), "other", "");

  CHECK(digest_of(place, "c.txt@q3") == first.digest);
  CHECK(digest_of(place, "c.txt@" + first.digest.brief()) == first.digest);
  CHECK(digest_of(place, "c.txt@v1") == third.digest);
  CHECK(dataset(repository, {"c.txt@q3", place.root}).name() == "a.txt@v1");
  CHECK(error_of(place, "c.txt@v2").hint().find("'a.txt' had one: c.txt@") == 0);
  CHECK(error_of(place, "c.txt@other").kind() == ErrorKind::not_found);
  CHECK(error_of(place, "c.txt@" + before.digest.brief()).kind() == ErrorKind::not_found);

  std::vector<std::string> subjects;
  for (const auto& event : history_of(repository, c, 100)) subjects.push_back(event.subject);
  CHECK(subjects == std::vector<std::string>{"b.txt → c.txt", "c.txt v1", "a.txt → b.txt",
                                             "b.txt v1", "a.txt v1 = q3", "a.txt v3", "a.txt v2",
                                             "a.txt v1"});

  const auto graph = ledger::lineage(repository.ledger(), third.digest, ledger::Direction::up);
  const auto& facts = graph.nodes.front().facts;
  CHECK(graph.nodes.front().name == "a.txt");
  CHECK(std::ranges::find(facts, "also c.txt") != facts.end());

  CHECK(error_from([&] {
          add_tag(repository, dataset(repository, {"c.txt@v1", place.root}), "q3", "");
        }).message() == "tag 'q3' names v1 of 'a.txt'");
  const auto put_back = checkout_version(repository, dataset(repository, {"c.txt@q3", place.root}),
                                         Overwrite::never_unsaved);
  CHECK(put_back.path == "c.txt");
  CHECK(place.read("c.txt") == "one");
  CHECK(remove_tag(repository, c, "q3", "").path == "a.txt");
  CHECK(error_of(place, "c.txt@q3").kind() == ErrorKind::not_found);
}

TEST_CASE("a dataset that was moved back has one history", "[versions]") {
  const TestPlace place;
  static_cast<void>(place.track("a.txt", "one"));
  auto repository = place.open();
  const auto a = RepoPath::parse("a.txt");
  const auto b = RepoPath::parse("b.txt");
  static_cast<void>(move(repository, {a, b}, no_progress(), {}));
  static_cast<void>(move(repository, {b, a}, no_progress(), {}));
  CHECK(history_of(repository, a, 100).size() == 5);
}

TEST_CASE("a version is put back over what is stored, and never over what is not", "[versions]") {
  const TestPlace place;
  static_cast<void>(place.track("data/a.txt", "one"));
  static_cast<void>(place.track("data/a.txt", "two"));
  auto repository = place.open();
  const auto first = dataset(repository, {"data/a.txt@v1", place.root});
  CHECK(checkout_version(repository, first, Overwrite::never_unsaved).action == "restored");
  CHECK(place.read("data/a.txt") == "one");
  CHECK(changes(repository, {}).empty());
  place.write("data/a.txt", "unsaved");
  CHECK(error_from([&] {
          static_cast<void>(checkout_version(repository, first, Overwrite::never_unsaved));
        }).kind() == ErrorKind::conflict);
  CHECK(place.read("data/a.txt") == "unsaved");
}

TEST_CASE("git's files are read from every reference, staged files with their sizes", "[git]") {
  const TestPlace place;
  place.init_git();
  place.write("a.txt", "one");
  place.git("add a.txt && git commit -qm first && git checkout -q -b side");
  place.write("a.txt", "three");
  CHECK(git_staged_file(place.root, {}, "a.txt") == "one");
  place.git("add a.txt");
  CHECK(git_staged_file(place.root, {}, "a.txt") == "three");
  CHECK_FALSE(git_staged_file(place.root, {}, "b.txt"));
  const auto staged = git_staged(place.root);
  REQUIRE(staged.size() == 1);
  CHECK(staged.front().path == "a.txt");
  CHECK(staged.front().size_bytes == 5);
  place.git("commit -qm second");
  CHECK(git_file_everywhere(place.root, "a.txt").size() == 2);
  CHECK(git_file(place.root, "trunk", "a.txt") == "one");
  CHECK_FALSE(git_file(place.root, "trunk", "b.txt"));
  CHECK(git_hooks_folder(place.root) == place.root / ".git/hooks");
  change_git_setting(place.root, "core.hooksPath", "tools/hooks");
  CHECK(git_hooks_folder(place.root) == place.root / "tools/hooks");
  change_git_setting(place.root, "core.hooksPath", std::nullopt);
  CHECK_FALSE(git_setting(place.root, "core.hooksPath"));
}
