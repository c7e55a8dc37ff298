#include "model/registry/claims.h"

#include <algorithm>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/ledger/tracking.h"

namespace mlo::model {
namespace {

bool is_described(const workspace::Repository& repository, std::string_view model) {
  return reopened(repository).project().find_model(model) != nullptr;
}

Error held(const workspace::Repository& repository, const ledger::ModelVersion& version,
           const std::vector<std::string>& stages) {
  Error error(ErrorKind::not_allowed, "'{}@{}' holds {}", printable(version.model), version.number,
              join(stages, " and "));
  if (is_described(repository, version.model))
    error.hint("promote another version there, or: mlo rollback {} --stage {}", version.model,
               stages.front());
  else
    error.hint("move it to the stage Archived first");
  return error;
}

}  // namespace

workspace::Repository reopened(const workspace::Repository& repository) {
  return workspace::Repository::open(repository.root(), repository.world());
}

void require_free(workspace::Repository& repository, std::string_view model) {
  if (is_described(repository, model))
    throw Error(ErrorKind::not_allowed, "mlo.yaml describes the model '{}'", printable(model))
        .hint("take it out of mlo.yaml first");
  for (const auto& version : ledger::model_versions(repository.ledger(), model))
    require_free(repository, version);
}

void require_free(workspace::Repository& repository, const ledger::ModelVersion& version) {
  const auto stages = ledger::stages_of(repository.ledger(), version.model, version.number);
  if (!stages.empty()) throw held(repository, version, stages);
}

void require_onward(workspace::Repository& repository, const ledger::ModelVersion& version,
                    std::string_view stage) {
  const auto& order = repository.project().model(version.model).stages;
  const auto target = std::ranges::find(order, stage);
  auto stages = ledger::stages_of(repository.ledger(), version.model, version.number);
  std::erase_if(stages, [&](const std::string& one) {
    return one == stage || std::find(target, order.end(), one) == order.end();
  });
  if (!stages.empty()) throw held(repository, version, stages);
}

std::vector<ledger::Statement> leave_stages(workspace::Repository& repository,
                                            const ledger::ModelVersion& version,
                                            std::string_view stage) {
  auto stages = ledger::stages_of(repository.ledger(), version.model, version.number);
  std::erase(stages, stage);
  if (!stages.empty() && is_described(repository, version.model))
    throw held(repository, version, stages);
  std::vector<ledger::Statement> statements;
  statements.reserve(stages.size());
  for (const auto& left : stages)
    statements.push_back(ledger::statement_of(ledger::StageLeft{.model = version.model,
                                                                .number = version.number,
                                                                .digest = version.digest,
                                                                .stage = left}));
  return statements;
}

}  // namespace mlo::model
