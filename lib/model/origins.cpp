#include "model/origins.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "mlo/ledger/ledger.h"
#include "mlo/ledger/records.h"

namespace mlo::model {
namespace {

/// "warehouse *" stands for all that begin so.
bool is_listed(const std::vector<std::string>& known, const std::string& text) {
  return std::ranges::any_of(known, [&](const std::string& one) {
    return one.ends_with('*') ? text.starts_with(one.substr(0, one.size() - 1)) : one == text;
  });
}

std::string doubt_about(const ledger::DatasetVersion& version,
                        const workspace::DataCheckSpec& check,
                        const std::map<std::int64_t, std::string>& problems) {
  if (const auto found = problems.find(version.origin.entry); found != problems.end())
    return fmt::format("entry {} of the ledger: {}", found->first, found->second);
  if (version.source.empty() && version.imported.is_null()) return "nobody told its source";
  if (!check.sources.empty() && !is_listed(check.sources, version.source))
    return fmt::format("its source '{}' is not known to the check", version.source);
  if (!check.actors.empty() && !is_listed(check.actors, version.origin.actor))
    return fmt::format("tracked by '{}', who is not known to the check", version.origin.actor);
  return "";
}

}  // namespace

Origins origins_of(workspace::Repository& repository, const std::string& path,
                   const workspace::DataCheckSpec& check) {
  auto& ledger = repository.ledger();
  std::map<std::int64_t, std::string> problems;
  for (const auto& [entry, problem] : ledger.verify().problems) problems.emplace(entry, problem);
  Origins origins;
  auto versions = ledger::dataset_versions(ledger, path);
  std::ranges::reverse(versions);
  for (const auto& version : versions) {
    origins.contents.push_back(workspace::find_table(
        {.text = fmt::format("{}@{}", path, version.number), .folder = repository.root()},
        [&repository]() -> workspace::Repository& { return repository; }, repository.world()));
    origins.versions.push_back({.content = origins.contents.back().path,
                                .name = fmt::format("version {}", version.number),
                                .doubt = doubt_about(version, check, problems)});
  }
  return origins;
}

}  // namespace mlo::model
