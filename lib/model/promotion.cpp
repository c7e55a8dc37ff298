#include "mlo/model/promotion.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/ledger/tracking.h"
#include "mlo/model/reference.h"
#include "mlo/workspace/pipeline_lock.h"
#include "model/gate.h"
#include "model/targets/target.h"

namespace mlo::model {
namespace {

using workspace::Repository;

ledger::Deployment deliver_to(Repository& repository, const ledger::StageMove& move,
                              const ledger::ModelVersion& version,
                              const workspace::TargetSpec& target, const std::stop_token& stop) {
  ledger::Deployment deployment{.model = move.model,
                                .number = move.number,
                                .digest = move.digest,
                                .stage = move.stage,
                                .target = target.kind};
  try {
    const auto* kind = targets().find(target.kind);
    invariant(kind != nullptr, "mlo.yaml names only targets that there are");
    const auto outcome = kind->deliver(repository, version, move.stage, target.options, stop);
    deployment.status = outcome.status;
    deployment.detail = outcome.detail;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    // The stage has moved; that one target could not follow is a fact to record, not to hide.
    deployment.status = "failed";
    deployment.detail = error.message();
  } catch (const std::filesystem::filesystem_error& error) {
    deployment.status = "failed";
    deployment.detail = fmt::format("{}: '{}'", error.code().message(), error.path1().string());
  }
  return deployment;
}

/// Delivers to every target of the stage and records what came of it.
std::vector<ledger::Deployment> deliver(Repository& repository, const ledger::StageMove& move,
                                        const ledger::Act& act, Progress& progress,
                                        const std::stop_token& stop) {
  const auto version = ledger::find_model(repository.ledger(), move.model, move.number);
  invariant(version.has_value(), "a version that moved is recorded");
  const auto& spec = repository.project().model(move.model);
  std::vector<ledger::Deployment> deployments;
  std::vector<ledger::Statement> statements;
  if (const auto found = spec.deliver.find(move.stage); found != spec.deliver.end())
    for (const auto& target : found->second) {
      progress.advance(fmt::format("delivering to {}", target.kind), deployments.size(),
                       found->second.size());
      deployments.push_back(deliver_to(repository, move, *version, target, stop));
      statements.push_back(ledger::statement_of(deployments.back()));
    }
  if (!statements.empty()) repository.ledger().append(statements, act);
  return deployments;
}

void require_reason(const std::string& reason, std::string_view command) {
  if (trim(reason).empty())
    throw Error(ErrorKind::usage, "a {} needs its reason", command).hint("say why: -m \"…\"");
}

ledger::StageMove move_to(Repository& repository, const ledger::ModelVersion& version,
                          const std::string& stage) {
  ledger::StageMove move{
      .model = version.model, .number = version.number, .digest = version.digest, .stage = stage};
  if (const auto holder = ledger::model_at_stage(repository.ledger(), version.model, stage))
    move.previous = holder->number;
  return move;
}

/// How the stage moved, newest first, without versions that were removed since.
std::vector<ledger::StageMove> moves_to(ledger::Ledger& ledger, const std::string& model,
                                        const std::string& stage) {
  auto moves = ledger::stage_moves(ledger, model, stage);
  std::erase_if(moves, [&](const ledger::StageMove& move) {
    const auto note = ledger::find_version_note(ledger, model, move.number);
    return note && note->deleted;
  });
  return moves;
}

/// What held the stage before the present version. Each rollback undoes one promotion, so that two
/// of them go two versions back rather than to and fro.
std::optional<std::int64_t> version_before(const std::vector<ledger::StageMove>& newest_first) {
  std::vector<std::int64_t> held;
  const std::vector oldest_first(newest_first.rbegin(), newest_first.rend());
  for (const auto& move : oldest_first) {
    if (move.rollback && !held.empty())
      held.pop_back();
    else if (held.empty() || held.back() != move.number)
      held.push_back(move.number);
  }
  return held.size() < 2 ? std::nullopt : std::optional(held[held.size() - 2]);
}

}  // namespace

Promoted promote(Repository& repository, const PromoteOptions& options, Progress& progress,
                 const std::stop_token& stop) {
  require_reason(options.reason, "promotion");
  const auto lock = workspace::lock_workspace(repository, progress);
  const auto version = resolve(repository, options.reference);
  auto verdict = decide(gate_input(repository, version, options.stage));
  const auto move = move_to(repository, version, options.stage);
  Promoted result{.decision = verdict.decision,
                  .move = {},
                  .previous = move.previous,
                  .deployments = {},
                  .next = verdict.next};
  if (options.dry_run) return result;
  const ledger::Act act{"promote", options.reason};
  std::vector<ledger::Statement> statements{ledger::statement_of(verdict.decision)};
  if (verdict.decision.passed || options.break_glass) {
    result.move = move;
    result.move->break_glass = options.break_glass;
    statements.push_back(ledger::statement_of(*result.move));
  }
  // Decision and move are one act: nobody ever sees one without the other.
  repository.ledger().append(statements, act);
  if (result.move) result.deployments = deliver(repository, *result.move, act, progress, stop);
  return result;
}

Promoted roll_back(Repository& repository, const RollbackOptions& options, Progress& progress,
                   const std::stop_token& stop) {
  const auto& [model, stage, reason] = options;
  require_reason(reason, "rollback");
  const auto lock = workspace::lock_workspace(repository, progress);
  require_stage(repository.project().model(model), stage);
  const auto before = version_before(moves_to(repository.ledger(), model, stage));
  if (!before)
    throw Error(ErrorKind::not_found, "no version was at '{}' before the present one", stage)
        .hint("mlo log shows how '{}' moved", stage);
  const auto version = ledger::find_model(repository.ledger(), model, *before);
  if (!version)
    throw Error(ErrorKind::integrity, "version {} of '{}' is not in the ledger", *before, model);
  auto move = move_to(repository, *version, stage);
  move.rollback = true;
  const ledger::Act act{"rollback", reason};
  // What held the stage passed its gate when it came there; going back to it needs no new verdict.
  repository.ledger().append(ledger::statement_of(move), act);
  Promoted result{.decision = {.model = model,
                               .number = version->number,
                               .digest = version->digest,
                               .stage = stage,
                               .passed = true},
                  .move = move,
                  .previous = move.previous,
                  .deployments = {}};
  result.deployments = deliver(repository, move, act, progress, stop);
  return result;
}

}  // namespace mlo::model
