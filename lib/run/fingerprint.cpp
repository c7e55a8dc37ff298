#include "run/fingerprint.h"

#include <algorithm>

#include <fmt/format.h>

#include "mlo/core/canonical_json.h"
#include "mlo/core/text.h"

namespace mlo::run {
namespace {

constexpr auto kFormat = "mlo-step/1";
constexpr std::size_t kMostShown = 3;

Json sorted_texts(std::vector<std::string> texts) {
  std::ranges::sort(texts);
  Json list = Json::array();
  for (auto& text : texts) list.add(std::move(text));
  return list;
}

std::string shown(const Json& value) {
  return value.is_string() ? fmt::format("'{}'", printable(value.as_string())) : value.dump();
}

std::string changed_input(const std::string& path, const Json* before, const Json* now) {
  if (before == nullptr) return fmt::format("input '{}' is new", path);
  if (now == nullptr) return fmt::format("input '{}' is no longer read", path);
  return fmt::format("input '{}' changed", path);
}

std::string changed_param(const std::string& name, const Json* before, const Json* now) {
  if (before == nullptr) return fmt::format("param '{}' is new", name);
  if (now == nullptr) return fmt::format("param '{}' is no longer used", name);
  return fmt::format("param '{}' changed from {} to {}", name, shown(*before), shown(*now));
}

/// Calls `tell` for each member that is in one of the objects only, or differs.
template <typename Tell>
void compare(const Json& before, const Json& now, Tell&& tell) {
  for (const auto& [name, value] : now.as_object()) {
    const auto* other = before.find(name);
    if (other == nullptr || !(*other == value)) tell(name, other, &value);
  }
  for (const auto& [name, value] : before.as_object())
    if (now.find(name) == nullptr) tell(name, &value, static_cast<const Json*>(nullptr));
}

}  // namespace

Fingerprint fingerprint_of(const StepFacts& facts) {
  Json inputs = Json::object();
  for (const auto& [path, digest] : facts.inputs) inputs.set(path, digest.text());
  auto json = Json::object({{"format", kFormat},
                            {"command", facts.command},
                            {"inputs", std::move(inputs)},
                            {"params", canonical_integers(facts.params)},
                            {"outputs", sorted_texts(facts.outputs)},
                            {"metrics", sorted_texts(facts.metrics)}});
  // Only what was said: fingerprints from before these could be said stay what they were.
  if (!facts.environment.empty()) {
    Json environment = Json::object();
    for (const auto& [name, value] : facts.environment) environment.set(name, value);
    json.set("environment", std::move(environment));
  }
  if (!facts.shell.empty()) json.set("shell", facts.shell);
  if (!facts.folder.empty()) json.set("folder", facts.folder);
  auto text = json.canonical();
  const auto digest = Digest::of(text);
  return {digest, std::move(text)};
}

std::string difference(std::string_view before, std::string_view now) {
  const auto old = Json::parse(before);
  const auto present = Json::parse(now);
  std::vector<std::string> changes;
  if (!(old.at("command") == present.at("command"))) changes.emplace_back("the command changed");
  compare(old.at("inputs"), present.at("inputs"), [&](const auto& path, auto* was, auto* is) {
    changes.push_back(changed_input(path, was, is));
  });
  compare(old.at("params"), present.at("params"), [&](const auto& name, auto* was, auto* is) {
    changes.push_back(changed_param(name, was, is));
  });
  if (!(old.at("outputs") == present.at("outputs")) ||
      !(old.at("metrics") == present.at("metrics")))
    changes.emplace_back("the list of outputs changed");
  compare(old["environment"].is_null() ? Json::object() : old["environment"],
          present["environment"].is_null() ? Json::object() : present["environment"],
          [&](const auto& name, auto* /*was*/, auto* /*is*/) {
            changes.push_back(fmt::format("variable '{}' changed", name));
          });
  if (!(old["shell"] == present["shell"])) changes.emplace_back("the shell changed");
  if (!(old["folder"] == present["folder"])) changes.emplace_back("the working folder changed");
  if (changes.size() > kMostShown) {
    const auto more = changes.size() - kMostShown;
    changes.resize(kMostShown);
    return fmt::format("{} and {} more", join(changes, ", "), more);
  }
  return join(changes, ", ");
}

}  // namespace mlo::run
