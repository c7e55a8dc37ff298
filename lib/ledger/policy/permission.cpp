#include <algorithm>

#include <fmt/format.h>

#include "ledger/policy/patterns.h"
#include "ledger/record_kind.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/ledger/policy.h"

namespace mlo::ledger {
namespace {

constexpr std::string_view kAnything = "*";
constexpr std::ptrdiff_t kMostStars = 8;

/// Each star is tried at every length; patterns of a policy are short and have few.
bool matches(std::string_view pattern, std::string_view text) {
  while (!pattern.empty() && pattern.front() != '*') {
    if (text.empty() || text.front() != pattern.front()) return false;
    pattern.remove_prefix(1);
    text.remove_prefix(1);
  }
  if (pattern.empty()) return text.empty();
  const bool deep = pattern.starts_with("**");
  pattern.remove_prefix(deep ? 2 : 1);
  if (deep && pattern.empty()) return true;
  for (;; text.remove_prefix(1)) {
    if (matches(pattern, text)) return true;
    if (text.empty() || (!deep && text.front() == '/')) return false;
  }
}

}  // namespace

bool covers(std::string_view pattern, std::string_view resource) {
  if (matches(pattern, resource)) return true;
  for (auto slash = resource.find('/'); slash != std::string_view::npos;
       slash = resource.find('/', slash + 1))
    if (matches(pattern, resource.substr(0, slash))) return true;
  return false;
}

void require_few_stars(std::string_view pattern) {
  if (std::ranges::count(pattern, '*') > kMostStars)
    throw Error(ErrorKind::bad_input, "'{}' has more than {} stars", printable(pattern),
                kMostStars);
}

std::vector<std::string> known_actions() {
  std::vector<std::string> actions{std::string(kAnything), "break-glass", "read"};
  for (const auto& type : record_kinds().names()) {
    const auto& kind = *record_kinds().find(type);
    actions.insert(actions.end(), kind.actions.begin(), kind.actions.end());
    if (kind.actions.empty() && kind.authority == Authority::permission)
      actions.push_back(kind.word);
  }
  std::ranges::sort(actions);
  actions.erase(std::unique(actions.begin(), actions.end()), actions.end());
  return actions;
}

Permission Permission::parse(std::string_view text) {
  const auto colon = text.find(':');
  Permission permission{.action = std::string(text.substr(0, colon)), .resource = {}};
  if (colon != std::string_view::npos) permission.resource = text.substr(colon + 1);
  const auto known = known_actions();
  if (std::ranges::find(known, permission.action) == known.end()) {
    const auto near = nearest(permission.action, known);
    throw Error(ErrorKind::bad_input, "no action '{}'", printable(permission.action))
        .hint("{}", near ? fmt::format("did you mean '{}'?", *near)
                         : fmt::format("actions: {}", join(known, ", ")));
  }
  if (colon != std::string_view::npos && permission.resource.empty())
    throw Error(ErrorKind::bad_input, "'{}' names nothing after its colon", printable(text))
        .hint("{0} for everything, or {0}:NAME", permission.action);
  require_few_stars(text);
  return permission;
}

std::string Permission::text() const {
  return resource.empty() ? action : fmt::format("{}:{}", action, resource);
}

}  // namespace mlo::ledger
