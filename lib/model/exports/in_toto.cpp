#include <algorithm>

#include "mlo/core/error.h"
#include "mlo/ledger/attestation.h"
#include "model/exports/export.h"

// What the ledger has of a version, as it was signed: in-toto statements in DSSE, one a line.

namespace mlo::model {
namespace {

std::string write_provenance(workspace::Repository& repository, const CatalogueEntry& entry) {
  const auto& version = entry.version;
  if (version.run.empty())
    throw Error(ErrorKind::not_found, "'{}@{}' was not trained here: no run says how it was made",
                version.model, version.number)
        .hint("mlo models export {}@{} --format in-toto", version.model, version.number);
  auto& ledger = repository.ledger();
  return ledger::envelopes(ledger, ledger::entries_of_run(ledger, version.run));
}

std::string write_all(workspace::Repository& repository, const CatalogueEntry& entry) {
  const auto& version = entry.version;
  auto& ledger = repository.ledger();
  auto entries = ledger::entries_of_run(ledger, version.run);
  entries.push_back(version.origin.entry);
  for (const auto& evidence : entry.evidence) entries.push_back(evidence.origin.entry);
  for (const auto& decision : ledger::gate_decisions(ledger, version.model))
    if (decision.number == version.number) entries.push_back(decision.origin.entry);
  for (const auto& move : entry.moves) entries.push_back(move.origin.entry);
  for (const auto& deployment : entry.deployments) entries.push_back(deployment.origin.entry);
  std::ranges::sort(entries);
  entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
  return ledger::envelopes(ledger, entries);
}

const bool kProvenance = exports().add("slsa", {.write = write_provenance});
const bool kAll = exports().add("in-toto", {.write = write_all});

}  // namespace
}  // namespace mlo::model
