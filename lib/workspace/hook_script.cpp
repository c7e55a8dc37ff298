#include "workspace/hook_script.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "mlo/core/digest.h"

namespace mlo::workspace {
namespace {

/// Programs that commit have a PATH of their own at times: an IDE, a CI user, cron.
constexpr std::string_view kGuard = R"(command -v mlo > /dev/null || {
  echo "mlo is not on the PATH, and this repository's hook needs it: $0" >&2
  echo "hint: add mlo's folder to PATH, or take the hook away: rm '$0'" >&2
  exit 1
}
)";

constexpr std::string_view kSeal = "# mlo hooks install wrote this: ";

/// Of whole scripts that were written without a seal: no build writes them any more.
constexpr std::array<std::string_view, 20> kUnsealed{
    "2dfbaa505f093bb39f4e41f4c48c4a9ecc30f18b8124b27f63e7a1caa37d578d",
    "073c8936d780eb53cc4140ab01ddb12f6e5f79a59fc26b56532025130fd834f8",
    "21bf849d8d5b807ff1abb7b0c744c88f6b58244722bf7b9c42862cbb8e21df02",
    "4f41597f69dd64dacba4219cf8810b48f1a27afb6f18618d2b22a1429fa31266",
    "cbf77d4286e665a6e89a3d752616139fa28d25a9c88ee16b19a9f07c968a3faa",
    "2b01d651f72588ddaf903d6ebd19f19ce902f5ca033785b97a44f46bbcbcf645",
    "e8ca16135256d0556281612acc9cc25c3b0c6501ddb543e67166ec90fa794268",
    "bb320ffe9c9ebcaa36c2516d98e4ee90421ecc0c24e4705a548cd78dd06bce2b",
    "c04593b7814d82d75c65c07f34c0196eb92250919827ced858e25558798f0cae",
    "39cf4fa80ea8cade0e0495844aa8e7da09f617710fc6e8e64c92e69f56dfed50",
    "8e7752775def452b7ad31e0cd3758204f4ef083cc0204aef7fa9229ecbe69839",
    "9464427e73ff3afce18980d35461d048ff8f3e66601e966aaeb504a50870719f",
    "10b8347d4be59ac33b97969ab92b971faab6eebfa4316c613ec1391ac94df6db",
    "ceab5dd2e5052d6f14bf8c1a5d4a1c08818ac80f0b8adddd63943ac86e6fbe1d",
    "e4d7fc0fbab6319d54fbec2b485998e19d6b1086dbc31baae3f2783cb84fa20a",
    "488a5abf92a2fba69c85f8677a7b3da0e79642c8fcb715def19ff669998e9735",
    "a89ebca58437f5a44e8ceb65bb1ff98fd677086f8c46366917be003b5cefbe9a",
    "deb10ea38c4268daca29c2f2aacdc354e623a3dc633dafdadb033b2730a9499e",
    "ce8e3669a4d8a64b319945f969eee2c3ee4efcd98a73b58564e884341d644fd5",
    "d5ca485a38803ec8a30a3c989bde2e0b5de0098b65ad346b15952bb03f82ac05"};

/// An older hook runs first, whether mlo is there or not, and what git pipes into a hook goes to
/// both.
std::string commands(std::string_view name, bool older) {
  const bool piped = older && (name == "pre-push" || name == "post-rewrite");
  const std::string_view input = piped ? R"(printf '%s\n' "$refs" | )" : "";
  std::string text = "#!/bin/sh\n";
  if (piped) text += "refs=$(cat)\n";
  // Git's own work is done before a hook "post-…": nothing is left to be stopped.
  if (older)
    text += fmt::format("{}\"$0{}\" \"$@\"{}\n", input, kOlderHook,
                        name.starts_with("post-") ? "" : " || exit");
  return text + fmt::format("{}{}mlo hooks run {} \"$@\"\n", kGuard, input, name);
}

std::string sealed(std::string_view commands) {
  return fmt::format("{}{}{}\n", commands, kSeal, Digest::of(commands).text());
}

}  // namespace

std::string hook_script(std::string_view name, bool older) {
  return sealed(commands(name, older));
}

bool is_unedited_hook(std::string_view text) {
  const auto seal = text.rfind(kSeal);
  if (seal != std::string_view::npos) return text == sealed(text.substr(0, seal));
  return std::ranges::find(kUnsealed, Digest::of(text).hex()) != kUnsealed.end();
}

}  // namespace mlo::workspace
