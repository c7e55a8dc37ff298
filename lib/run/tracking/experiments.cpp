#include <algorithm>

#include "mlo/core/error.h"
#include "mlo/run/tracking.h"

namespace mlo::run {
namespace {

constexpr int kPatienceMs = 10'000;

void require_free(ledger::Ledger& ledger, const std::string& name) {
  const auto taken = ledger::find_experiment(ledger, name);
  if (!taken) return;
  if (taken->deleted)
    throw Error(ErrorKind::conflict,
                "the experiment '{}' was removed: restore it, or choose another name", name);
  throw Error(ErrorKind::conflict, "there is an experiment '{}' already", name);
}

}  // namespace

FileLock tracking_lock(const workspace::Repository& repository) {
  return {repository.folder() / "tracking.lock", kPatienceMs};
}

ledger::Experiment create_experiment(workspace::Repository& repository, const std::string& name,
                                     const Json& tags) {
  const auto lock = tracking_lock(repository);
  auto& ledger = repository.ledger();
  require_free(ledger, name);
  const auto known = ledger::experiments(ledger);
  const auto now = repository.world().now();
  ledger::Experiment experiment{.number = known.empty() ? 1 : known.back().number + 1,
                                .name = name,
                                .created_at = now,
                                .updated_at = now,
                                .tags = tags};
  ledger.append(ledger::statement_of(experiment), {"track", ""});
  return experiment;
}

ledger::Experiment edit_experiment(workspace::Repository& repository, std::int64_t number,
                                   const ExperimentEdit& edit) {
  const auto lock = tracking_lock(repository);
  auto& ledger = repository.ledger();
  auto experiment = ledger::find_experiment(ledger, number);
  if (!experiment) throw Error(ErrorKind::not_found, "no experiment with id {}", number);
  if (edit.name && *edit.name != experiment->name) require_free(ledger, *edit.name);
  if (edit.name) experiment->name = *edit.name;
  if (edit.deleted) experiment->deleted = *edit.deleted;
  Json tags = Json::object();
  for (const auto& [key, value] : experiment->tags.as_object())
    if (edit.tags.find(key) == nullptr) tags.append(key, value);
  for (const auto& [key, value] : edit.tags.as_object())
    if (!value.is_null()) tags.append(key, value);
  experiment->tags = std::move(tags);
  experiment->updated_at = repository.world().now();
  if (experiment->number == 0 && experiment->created_at.microseconds == 0)
    experiment->created_at = experiment->updated_at;
  ledger.append(ledger::statement_of(*experiment), {"track", ""});
  return *experiment;
}

}  // namespace mlo::run
