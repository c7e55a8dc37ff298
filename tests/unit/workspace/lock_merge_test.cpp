#include "mlo/workspace/hooks.h"
#include "mlo/workspace/lock_file.h"
#include "unit/workspace/place.h"

using namespace mlo;
using namespace mlo::workspace;

namespace {

std::string lock_of(const std::map<std::string, std::string>& contents) {
  LockFile lock;
  for (const auto& [path, content] : contents) lock.data.emplace(path, Digest::of(content));
  return format_lock_file(lock);
}

}  // namespace

TEST_CASE("facts that one side changed are taken, whatever the other did elsewhere", "[merge]") {
  const auto base = lock_of({{"a", "1"}, {"b", "1"}, {"c", "1"}});
  const auto ours = lock_of({{"a", "2"}, {"b", "1"}, {"d", "1"}});
  const auto theirs = lock_of({{"a", "1"}, {"b", "2"}, {"c", "1"}, {"e", "1"}});
  const auto merged = merge_lock_files(base, ours, theirs);
  CHECK(merged.conflicts.empty());
  CHECK(merged.text == lock_of({{"a", "2"}, {"b", "2"}, {"d", "1"}, {"e", "1"}}));
  CHECK(merge_lock_files(base, theirs, ours).text == merged.text);
}

TEST_CASE("the same change on both sides is no conflict", "[merge]") {
  const auto base = lock_of({{"a", "1"}});
  const auto both = lock_of({{"a", "2"}, {"b", "1"}});
  CHECK(merge_lock_files(base, both, both).text == both);
  CHECK(merge_lock_files("", both, both).text == both);
}

TEST_CASE("two different changes of one fact stand between git's markers", "[merge]") {
  const auto merged = merge_lock_files(lock_of({{"a", "1"}, {"z", "1"}}), lock_of({{"a", "2"}}),
                                       lock_of({{"a", "3"}, {"z", "2"}}));
  CHECK(merged.conflicts == std::vector<std::string>{"data: a", "data: z"});
  CHECK(merged.text.find("<<<<<<< ours\n  a: " + Digest::of("2").text() + "\n=======\n  a: " +
                         Digest::of("3").text() + "\n>>>>>>> theirs\n") != std::string::npos);
  CHECK(merged.text.find("<<<<<<< ours\n=======\n  z: ") != std::string::npos);
  CHECK(error_from([&] { static_cast<void>(parse_lock_file(merged.text, "mlo.lock")); }).kind() ==
        ErrorKind::conflict);
}

TEST_CASE("a step that both sides changed is left for the merged project to decide", "[merge]") {
  const auto lock = [](const std::string& seed) {
    LockFile facts;
    facts.outputs.emplace("model", Digest::of("model " + seed));
    facts.steps.emplace("fit", Digest::of("fit " + seed));
    facts.steps.emplace("split", Digest::of("split"));
    return format_lock_file(facts);
  };
  const auto merged = merge_lock_files(lock("1"), lock("2"), lock("3"));
  CHECK(merged.conflicts == std::vector<std::string>{"outputs: model"});
  CHECK(merged.text.find("  fit: ") == std::string::npos);
  CHECK(merged.text.find("  split: ") != std::string::npos);
}
