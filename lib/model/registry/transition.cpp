#include <algorithm>
#include <array>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/model/promotion.h"
#include "mlo/model/registry.h"
#include "mlo/run/tracking.h"
#include "model/registry/claims.h"

namespace mlo::model {
namespace {

const ledger::Act kAct{"track", ""};

std::string lower(std::string_view text) {
  std::string small(text);
  std::ranges::transform(small, small.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return small;
}

/// The stage as clients spell it.
std::string canonical_stage(const std::string& stage) {
  constexpr std::array<std::string_view, 4> kStages{"None", "Staging", "Production", "Archived"};
  for (const auto known : kStages)
    if (lower(known) == lower(stage)) return std::string(known);
  throw Error(ErrorKind::bad_input, "invalid stage '{}': None, Staging, Production or Archived",
              printable(stage));
}

/// A gate of mlo.yaml decides, and delivers, as `mlo promote` would.
void pass_gate(workspace::Repository& repository, const Transition& transition,
               const std::string& stage, Progress& progress, const std::stop_token& stop) {
  const auto promoted =
      promote(repository,
              {.reference = transition.model + "@" + std::to_string(transition.number),
               .stage = stage,
               .reason = "asked for by a tracking client"},
              progress, stop);
  if (!promoted.decision.passed)
    throw Error(ErrorKind::not_allowed, "the gate of '{}' says no: {}", stage,
                join(promoted.decision.reasons, "; "));
}

}  // namespace

NotedVersion move_to_stage(workspace::Repository& repository, const Transition& transition,
                           Progress& progress, const std::stop_token& stop) {
  const auto stage = canonical_stage(transition.stage);
  const auto mlo_stage = lower(stage);
  const bool held = stage == "Staging" || stage == "Production";
  auto version = find_version(repository, transition.model, transition.number);
  if (!version)
    throw Error(ErrorKind::not_found, "no version {} of the model '{}'", transition.number,
                printable(transition.model));
  auto others = versions_of(repository, transition.model);
  std::erase_if(others, [&](const NotedVersion& other) {
    return other.version.number == transition.number || other.note.stage != stage;
  });
  auto fresh = reopened(repository);
  const bool gated = held && fresh.project().find_model(transition.model) != nullptr;
  if (gated) {
    require_onward(fresh, version->version, mlo_stage);
    pass_gate(fresh, transition, mlo_stage, progress, stop);
  }
  const auto lock = run::tracking_lock(repository);
  std::vector<ledger::Statement> statements;
  if (!gated) statements = leave_stages(repository, version->version, mlo_stage);
  if (held && !gated) {
    ledger::StageMove move{.model = transition.model,
                           .number = transition.number,
                           .digest = version->version.digest,
                           .stage = mlo_stage};
    const auto holder = ledger::model_at_stage(repository.ledger(), transition.model, mlo_stage);
    if (holder) move.previous = holder->number;
    statements.push_back(ledger::statement_of(move));
  }
  const auto now = repository.world().now();
  version->note.stage = stage;
  version->note.updated_at = now;
  statements.push_back(ledger::statement_of(version->note));
  for (auto& other : others) {
    other.note.stage = transition.archive_others || gated ? "Archived" : stage;
    other.note.updated_at = transition.archive_others ? now : other.note.updated_at;
    if (held) statements.push_back(ledger::statement_of(other.note));
  }
  repository.ledger().append(statements, kAct);
  return *version;
}

}  // namespace mlo::model
