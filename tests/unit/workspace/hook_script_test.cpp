#include "workspace/hook_script.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace mlo::workspace;

namespace {

/// As mlo wrote them before a script told its own digest.
std::string unsealed(std::string_view name) {
  return fmt::format("#!/bin/sh\nmlo hooks run {} \"$@\"\n", name);
}
std::string unsealed_before_older(std::string_view name) {
  const auto call = fmt::format("mlo hooks run {} \"$@\"", name);
  const std::string_view then = name.starts_with("post-") ? ";" : " &&";
  if (name != "pre-push" && name != "post-rewrite")
    return fmt::format("#!/bin/sh\n\"$0.before-mlo\" \"$@\"{} {}\n", then, call);
  constexpr std::string_view kRefs = R"(printf '%s\n' "$refs" | )";
  return fmt::format("#!/bin/sh\nrefs=$(cat); {0}\"$0.before-mlo\" \"$@\"{1} {0}{2}\n", kRefs, then,
                     call);
}
constexpr std::string_view kGuarded = R"(#!/bin/sh
command -v mlo > /dev/null || {
  echo "mlo is not on the PATH, and this repository's hook needs it: $0" >&2
  echo "hint: add mlo's folder to PATH, or take the hook away: rm '$0'" >&2
  exit 1
}
mlo hooks run pre-push "$@"
)";

}  // namespace

TEST_CASE("a hook is known as ours whichever mlo wrote it, until somebody edits it", "[hooks]") {
  const std::string name =
      GENERATE("post-checkout", "post-merge", "post-rewrite", "pre-commit", "pre-push");
  for (const auto& text : {hook_script(name, false), hook_script(name, true), unsealed(name),
                           unsealed_before_older(name), std::string(kGuarded)}) {
    CAPTURE(text);
    CHECK(is_unedited_hook(text));
    CHECK_FALSE(is_unedited_hook(text + "echo done\n"));
    CHECK_FALSE(is_unedited_hook("#!/bin/bash\n" + text.substr(text.find('\n') + 1)));
  }
}

TEST_CASE("a hook of a later mlo is known by its own digest", "[hooks]") {
  constexpr std::string_view kSealed = R"(#!/bin/sh
mlo hooks begin
# mlo hooks install wrote this: sha256:4916ef20c6bad4d9712063e23aa6ecf93645d80aeb731b04f049ff49b4b351c2
)";
  CHECK(is_unedited_hook(kSealed));
  CHECK_FALSE(is_unedited_hook(kSealed.substr(0, kSealed.size() - 2)));
  CHECK_FALSE(is_unedited_hook("# mlo hooks install wrote this: "));
  CHECK_FALSE(is_unedited_hook(""));
}
