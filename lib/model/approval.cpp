#include "mlo/model/approval.h"

#include <algorithm>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/ledger/identities.h"
#include "mlo/model/reference.h"
#include "mlo/workspace/access.h"
#include "model/gate.h"

namespace mlo::model {
namespace {

using workspace::Repository;

GateInput input_of(Repository& repository, const ledger::ModelVersion& version,
                   const std::string& stage) {
  return gate_input(repository.ledger(), repository.project().model(version.model), version, stage,
                    repository.world().now());
}

/// What the approver had before them.
std::vector<std::int64_t> evidence_in(const GateInput& input) {
  std::vector<std::int64_t> entries;
  for (const auto& evidence : input.evidence) entries.push_back(evidence.origin.entry);
  for (const auto& [dataset, evidence] : input.datasets)
    if (evidence) entries.push_back(evidence->origin.entry);
  std::ranges::sort(entries);
  return entries;
}

/// Why the newest version could not be promoted now, whoever asks.
void add_gate(Repository& repository, const ledger::Permission& wish, ledger::Ruling& ruling) {
  const auto slash = wish.resource.rfind('/');
  if (wish.action != "promote" || slash == std::string::npos) return;
  const auto version = resolve(repository, wish.resource.substr(0, slash));
  const auto verdict = decide(input_of(repository, version, wish.resource.substr(slash + 1)));
  ruling.allowed = ruling.allowed && verdict.decision.passed;
  for (const auto& reason : verdict.decision.reasons)
    ruling.reasons.push_back(
        fmt::format("gate for {}@{}: {}", version.model, version.number, reason));
  for (const auto& next : verdict.next) ruling.next.push_back(next);
}

void add_keys(Repository& repository, const std::string& actor, ledger::Ruling& ruling) {
  for (const auto& identity : ledger::identities(repository.ledger())) {
    if (identity.name != actor) continue;
    const bool any =
        std::ranges::any_of(identity.keys, [](const auto& key) { return key.state == "in force"; });
    if (any) return;
    ruling.allowed = false;
    ruling.reasons.push_back(
        identity.keys.empty()
            ? fmt::format("{} has no key here", actor)
            : fmt::format("no key of {} is in force: {}", actor, identity.keys.back().state));
    ruling.next.push_back(fmt::format("mlo identity add {} KEY.pem -m WHY", actor));
  }
}

}  // namespace

Approved approve(Repository& repository, const ApproveOptions& options) {
  if (trim(options.reason).empty())
    throw Error(ErrorKind::usage, "an approval needs its reason").hint("say why: -m \"…\"");
  const auto lock = repository.lock();
  const auto version = resolve(repository, options.reference);
  const auto input = input_of(repository, version, options.stage);
  Approved result{.approval = {.model = version.model,
                               .number = version.number,
                               .digest = version.digest,
                               .stage = options.stage,
                               .evidence = evidence_in(input),
                               .expires = {},
                               .withdrawn = options.withdraw,
                               .origin = {}},
                  .all = {},
                  .needed = input.policy.approvals.count};
  if (options.expires_seconds)
    result.approval.expires =
        Timestamp{input.now.microseconds + *options.expires_seconds * 1'000'000};
  auto& ledger = repository.ledger();
  const auto actor = ledger.actor();
  if (!options.withdraw && result.needed > 0 && version.origin.actor == actor)
    throw Error(ErrorKind::not_allowed, "{} registered {}@{} and cannot approve it", actor,
                version.model, version.number)
        .hint("somebody else must: {}", join(input.policy.approvals.from, ", "));
  const auto entry =
      ledger.append(ledger::statement_of(result.approval), {"approve", options.reason});
  result.approval.origin = {
      .entry = entry.index, .at = entry.time, .actor = entry.actor, .reason = entry.reason};
  if (result.needed == 0) return result;
  result.all = ledger::approvals_of(ledger, version, options.stage, input.policy.approvals,
                                    repository.world().now());
  result.counting = std::ranges::count(result.all, true, &ledger::WeighedApproval::counts);
  return result;
}

ledger::Ruling explain(Repository& repository, const std::string& actor, const std::string& wish,
                       bool wished) {
  const auto permission = ledger::Permission::parse(wish);
  const auto in_force = ledger::policy_in_force(repository.ledger());
  if (!wished && !in_force) {
    ledger::Ruling open{true, {"no policy is in force: everybody may do everything"}, {}};
    add_gate(repository, permission, open);
    open.next.emplace_back("mlo policy apply -m WHY");
    return open;
  }
  auto ruling =
      ledger::rule_on(wished ? workspace::wished_policy(repository.project()) : in_force->policy,
                      actor, permission);
  if (!wished) add_keys(repository, actor, ruling);
  add_gate(repository, permission, ruling);
  return ruling;
}

}  // namespace mlo::model
