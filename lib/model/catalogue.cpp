#include "mlo/model/catalogue.h"

#include <algorithm>

#include <fmt/format.h>

#include "mlo/model/reference.h"

namespace mlo::model {
namespace {

CatalogueEntry describe(ledger::Ledger& ledger, const ledger::ModelVersion& version) {
  CatalogueEntry entry{.version = version};
  entry.evidence = ledger::evidence_for(ledger, version.digest);
  // The same content may be several versions: evidence is of the one that it names.
  const auto name = fmt::format("{}@{}", version.model, version.number);
  std::erase_if(entry.evidence, [&](const ledger::Evidence& one) { return one.target != name; });
  for (const auto& move : ledger::stage_moves(ledger, version.model)) {
    if (move.number == version.number) entry.moves.push_back(move);
    const auto holder = ledger::model_at_stage(ledger, version.model, move.stage);
    const bool listed = std::ranges::find(entry.stages, move.stage) != entry.stages.end();
    if (holder && holder->number == version.number && !listed) entry.stages.push_back(move.stage);
  }
  for (const auto& deployment : ledger::deployments(ledger, version.model))
    if (deployment.number == version.number) entry.deployments.push_back(deployment);
  return entry;
}

}  // namespace

std::vector<CatalogueEntry> catalogue(workspace::Repository& repository, const std::string& model) {
  // Through `resolve`, so that an unknown name is an error that names the known ones.
  if (!model.empty()) static_cast<void>(resolve(repository, model));
  std::vector<CatalogueEntry> entries;
  for (const auto& version : ledger::model_versions(repository.ledger(), model))
    entries.push_back(describe(repository.ledger(), version));
  return entries;
}

CatalogueEntry catalogue_entry(workspace::Repository& repository, const std::string& reference) {
  return describe(repository.ledger(), resolve(repository, reference));
}

}  // namespace mlo::model
