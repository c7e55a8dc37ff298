#include "mlo/model/validation.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/process.h"
#include "mlo/ledger/gate.h"
#include "mlo/model/reference.h"
#include "mlo/workspace/lock_file.h"
#include "model/checks/check.h"
#include "model/data_checks.h"
#include "model/evidence_report.h"

namespace mlo::model {
namespace {

bool failed(const ledger::Check& check) {
  return !check.passed && check.severity == "error";
}

void conclude(ledger::Evidence& evidence) {
  evidence.passed = std::ranges::none_of(evidence.checks, failed);
}

/// A check that could not be made says why and fails, so that the others are still made.
ledger::Check impossible(const Candidate& candidate, const std::string& kind, const Error& error) {
  auto check = candidate.check(kind, kind);
  check.message = error.hint().empty() ? error.message()
                                       : fmt::format("{} ({})", error.message(), error.hint());
  return check;
}

void run_kind(Candidate& candidate, const std::string& kind, std::vector<ledger::Check>& checks) {
  const auto* check = model_checks().find(kind);
  if (!check->wanted(candidate.spec().validate)) return;
  try {
    std::ranges::move(check->run(candidate), std::back_inserter(checks));
  } catch (const Error& error) {
    // Missing software or a damaged store is not the model's fault: nothing is judged then.
    const bool of_the_model =
        error.kind() == ErrorKind::bad_input || error.kind() == ErrorKind::not_found;
    if (!of_the_model) throw;
    checks.push_back(impossible(candidate, kind, error));
  }
}

ledger::Evidence judge_model(workspace::Repository& repository, const ledger::ModelVersion& version,
                             Progress& progress, const std::stop_token& stop) {
  Candidate candidate(repository, repository.project().model(version.model), version, progress,
                      stop);
  ledger::Evidence evidence{.subject = {candidate.target(), version.digest},
                            .target = candidate.target()};
  evidence.inputs.push_back({std::string(ledger::kRequirements), candidate.spec().validate.digest});
  // First the scan: a file that is not safe to load is not loaded.
  run_kind(candidate, "scan", evidence.checks);
  conclude(evidence);
  if (!evidence.passed) return evidence;
  for (const auto& kind : model_checks().names()) {
    throw_if_stopped(stop);
    if (kind != "scan") run_kind(candidate, kind, evidence.checks);
  }
  conclude(evidence);
  if (candidate.used_data()) {
    const auto& data = candidate.held_out();
    evidence.inputs.push_back({data.path, data.digest});
  }
  if (candidate.compared())
    evidence.inputs.push_back(
        ledger::compared_with(candidate.spec().validate.against, candidate.champion()));
  return evidence;
}

/// Gates take evidence for a comparison with whom the stage held when it was recorded.
void require_same_champion(workspace::Repository& repository, const ledger::Evidence& evidence) {
  const auto* compared = ledger::comparison_in(evidence);
  if (compared == nullptr) return;
  const auto model = evidence.target.substr(0, evidence.target.rfind('@'));
  const auto& stage = repository.project().model(model).validate.against;
  const auto now =
      ledger::compared_with(stage, ledger::model_at_stage(repository.ledger(), model, stage));
  if (now.path != compared->path || now.digest != compared->digest)
    throw Error(ErrorKind::conflict, "'{}' has moved while {} was compared with what was there",
                stage, evidence.target)
        .hint("mlo validate {}", evidence.target);
}

/// Every model that has a version; one without any has nothing to judge.
std::vector<std::string> all_models(workspace::Repository& repository) {
  std::vector<std::string> names;
  for (const auto& spec : repository.project().models)
    if (!ledger::model_versions(repository.ledger(), spec.name).empty()) names.push_back(spec.name);
  return names;
}

}  // namespace

bool is_model(workspace::Repository& repository, const std::string& target) {
  const auto model = target.substr(0, target.find('@'));
  return repository.project().find_model(model) != nullptr ||
         !ledger::model_versions(repository.ledger(), model).empty();
}

bool Validation::passed() const {
  return std::ranges::all_of(evidence, &ledger::Evidence::passed);
}

Validation validate(workspace::Repository& repository, const ValidateOptions& options,
                    Progress& progress, const std::stop_token& stop) {
  std::vector<std::string> models;
  std::vector<std::string> paths;
  for (const auto& target : options.targets)
    (is_model(repository, target) ? models : paths).push_back(target);
  if (options.targets.empty()) {
    models = all_models(repository);
    paths = contracted_datasets(repository);
  }
  Validation result;
  for (const auto& path : paths) {
    throw_if_stopped(stop);
    progress.advance("validating", result.evidence.size(), models.size() + paths.size());
    result.evidence.push_back(judge_dataset(repository, path, progress, stop));
  }
  for (const auto& model : models) {
    progress.advance("validating", result.evidence.size(), models.size() + paths.size());
    result.evidence.push_back(judge_model(repository, resolve(repository, model), progress, stop));
  }
  for (const auto& evidence : result.evidence) require_same_champion(repository, evidence);
  if (result.evidence.empty())
    throw Error(ErrorKind::not_found, "there is nothing to validate yet")
        .hint("mlo track DATA records data with its contract, mlo train makes models");
  // The batch outlives the append: until an entry names them, reports are garbage.
  store::Batch batch(repository.store());
  for (auto& evidence : result.evidence) evidence.report = batch.add(report_of(evidence).dump());
  batch.commit();
  std::vector<ledger::Statement> statements;
  for (const auto& evidence : result.evidence)
    statements.push_back(ledger::statement_of(compact(evidence)));
  const auto entries = repository.ledger().append(statements, {"validate", options.reason});
  for (std::size_t i = 0; i < entries.size(); ++i)
    result.evidence[i].origin = {entries[i].index, entries[i].time, entries[i].actor,
                                 entries[i].reason};
  return result;
}

}  // namespace mlo::model
