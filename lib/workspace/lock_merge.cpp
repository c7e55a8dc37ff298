#include <optional>
#include <set>

#include <fmt/format.h>

#include "mlo/core/yaml.h"
#include "mlo/workspace/hooks.h"
#include "mlo/workspace/lock_file.h"

namespace mlo::workspace {
namespace {

using Facts = std::map<std::string, Digest>;

struct Three {
  const Facts& base;
  const Facts& ours;
  const Facts& theirs;
};

std::optional<Digest> find(const Facts& facts, const std::string& key) {
  const auto found = facts.find(key);
  return found == facts.end() ? std::nullopt : std::optional(found->second);
}

std::string line(const std::string& key, const std::optional<Digest>& digest) {
  return digest ? fmt::format("  {}: {}\n", yaml_scalar(key), digest->text()) : "";
}

/// `disputed` gives the lines of a fact that both sides changed, each in its own way.
template <typename Disputed>
std::string merge_section(const std::string& name, const Three& three, const Disputed& disputed) {
  std::set<std::string> keys;
  for (const auto* facts : {&three.base, &three.ours, &three.theirs})
    for (const auto& [key, digest] : *facts) keys.insert(key);
  std::string text;
  for (const auto& key : keys) {
    const auto base = find(three.base, key);
    const auto ours = find(three.ours, key);
    const auto theirs = find(three.theirs, key);
    if (ours == theirs || theirs == base) {
      text += line(key, ours);
    } else if (ours == base) {
      text += line(key, theirs);
    } else {
      text += disputed(name, key, ours, theirs);
    }
  }
  return text.empty() ? "" : name + ":\n" + text;
}

}  // namespace

MergedLock merge_lock_files(std::string_view base, std::string_view ours, std::string_view theirs) {
  // Both sides may have added the file: then there is no base.
  const auto old = base.empty() ? LockFile() : parse_lock_file(base, "mlo.lock (base)");
  const auto left = parse_lock_file(ours, "mlo.lock (ours)");
  const auto right = parse_lock_file(theirs, "mlo.lock (theirs)");
  MergedLock merged{.text = format_lock_file({}), .conflicts = {}};
  const auto between_markers = [&](const std::string& name, const std::string& key,
                                   const auto& ours_is, const auto& theirs_is) {
    merged.conflicts.push_back(fmt::format("{}: {}", name, key));
    return "<<<<<<< ours\n" + line(key, ours_is) + "=======\n" + line(key, theirs_is) +
           ">>>>>>> theirs\n";
  };
  // Which fingerprint holds the merged mlo.yaml says, and `mlo train` finds what it made: a line
  // that is picked by hand could pair the step with what the other side's made.
  const auto left_out = [](const auto&...) { return std::string(); };
  merged.text += merge_section("data", {old.data, left.data, right.data}, between_markers);
  merged.text +=
      merge_section("outputs", {old.outputs, left.outputs, right.outputs}, between_markers);
  merged.text += merge_section("steps", {old.steps, left.steps, right.steps}, left_out);
  return merged;
}

}  // namespace mlo::workspace
