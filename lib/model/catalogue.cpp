#include "mlo/model/catalogue.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "mlo/core/text.h"
#include "mlo/ledger/tracking.h"
#include "mlo/model/reference.h"

namespace mlo::model {
namespace {

std::string name_of(const ledger::ModelVersion& version) {
  return fmt::format("{}@{}", version.model, version.number);
}

CatalogueEntry describe(ledger::Ledger& ledger, const ledger::ModelVersion& version) {
  CatalogueEntry entry{.version = version};
  entry.evidence = ledger::evidence_for(ledger, version.digest);
  // The same content may be several versions: evidence is of the one that it names.
  const auto name = name_of(version);
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

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) {
    return static_cast<char>(c < 0x80 ? std::tolower(c) : c);
  });
  return text;
}

/// All that a version is known by, a line each, in lower case.
std::string known_by(ledger::Ledger& ledger, const CatalogueEntry& entry) {
  const auto& version = entry.version;
  std::vector<std::string> lines{name_of(version),           version.path,
                                 version.digest.text(),      version.run,
                                 version.params.dump(),      version.metrics.dump(),
                                 version.description.dump(), version.origin.actor,
                                 version.origin.reason};
  lines.insert(lines.end(), entry.stages.begin(), entry.stages.end());
  for (const auto& data : version.datasets) lines.push_back(data.path + " " + data.digest.text());
  for (const auto& move : entry.moves) lines.push_back(move.origin.reason);
  if (const auto model = ledger::find_registered_model(ledger, version.model))
    lines.push_back(model->description + " " + model->tags.dump() + " " + model->aliases.dump());
  if (const auto note = ledger::find_version_note(ledger, version.model, version.number))
    lines.push_back(note->description + " " + note->tags.dump());
  return lower(join(lines, "\n"));
}

}  // namespace

std::vector<CatalogueEntry> search_catalogue(workspace::Repository& repository,
                                             const std::vector<std::string>& words) {
  auto entries = catalogue(repository);
  std::erase_if(entries, [&](const CatalogueEntry& entry) {
    const auto known = known_by(repository.ledger(), entry);
    return !std::ranges::all_of(
        words, [&](const auto& word) { return known.find(lower(word)) != std::string::npos; });
  });
  return entries;
}

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
