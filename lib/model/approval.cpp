#include "mlo/model/approval.h"

#include <algorithm>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/ledger/identities.h"
#include "mlo/model/reference.h"
#include "mlo/workspace/access.h"
#include "mlo/workspace/pipeline_lock.h"
#include "model/gate.h"

namespace mlo::model {
namespace {

using workspace::Repository;

constexpr std::int64_t kLongestSeconds = 100LL * 365 * 86'400;

/// What the approver had before them: all evidence of the version, the newest of its data.
std::vector<std::int64_t> evidence_in(ledger::Ledger& ledger, const ledger::ModelVersion& version,
                                      const GateInput& input) {
  const auto target = fmt::format("{}@{}", version.model, version.number);
  std::vector<std::int64_t> entries;
  for (const auto& evidence : ledger::evidence_for(ledger, version.digest))
    if (evidence.target == target) entries.push_back(evidence.origin.entry);
  for (const auto& dataset : input.facts.datasets)
    if (dataset.evidence) entries.push_back(dataset.evidence->origin.entry);
  std::ranges::sort(entries);
  return entries;
}

/// Why the newest version could not be promoted now, whoever asks. Before there is one the rules
/// alone answer.
void add_gate(Repository& repository, const ledger::Permission& wish, ledger::Ruling& ruling) {
  const auto slash = wish.resource.rfind('/');
  if (wish.action != "promote" || slash == std::string::npos) return;
  const auto model = wish.resource.substr(0, slash);
  const auto stage = wish.resource.substr(slash + 1);
  if (repository.project().find_model(model) != nullptr &&
      ledger::model_versions(repository.ledger(), model).empty()) {
    require_stage(repository.project().model(model), stage);
    ruling.reasons.push_back(fmt::format("gate for {}: there is no version to judge yet", model));
    return;
  }
  const auto version = resolve(repository, model);
  const auto verdict = decide(gate_input(repository, version, stage));
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

void require_sense(const ApproveOptions& options) {
  if (trim(options.reason).empty())
    throw Error(ErrorKind::usage, "an approval needs its reason").hint("say why: -m \"…\"");
  if (options.expires_seconds &&
      (*options.expires_seconds < 1 || *options.expires_seconds > kLongestSeconds))
    throw Error(ErrorKind::usage, "an approval counts for a second at least, for 100 years at most")
        .hint("--expires 7d");
}

/// Nobody approves what they registered, whether the stage asks for approvals or not: an auditor
/// takes each that is recorded for somebody else's word.
void require_other(const ledger::ModelVersion& version, const GateInput& input,
                   const std::string& actor) {
  if (version.origin.actor != actor) return;
  Error problem(ErrorKind::not_allowed, "{} registered {}@{} and cannot approve it", actor,
                version.model, version.number);
  const auto& rules = input.demands.approvals;
  const auto& stage = input.facts.candidate.stage;
  if (!rules.empty())
    problem.hint("somebody else must: {}", join(rules.front().from, ", "));
  else
    problem.hint("'{}' asks for no approval: mlo promote {}@{} --to {} -m WHY", stage,
                 version.model, version.number, stage);
  throw problem;
}

/// What a rule of the stage makes of the approval, and of all others of the version.
void weigh(Repository& repository, const ledger::ModelVersion& version,
           const ledger::ApprovalRule& rule, Approved& approved) {
  approved.needed = rule.count;
  approved.all = ledger::approvals_of(repository.ledger(), version, approved.approval.stage, rule,
                                      repository.world().now());
  approved.counting = std::ranges::count(approved.all, true, &ledger::WeighedApproval::counts);
  for (const auto& one : approved.all)
    if (one.approval.origin.entry == approved.approval.origin.entry && !one.approval.withdrawn)
      approved.expires = one.expires;
}

/// By the first rule that is not met yet, which is nearly always the only one.
void weigh(Repository& repository, const ledger::ModelVersion& version, const GateInput& input,
           Approved& approved) {
  for (const auto& rule : input.demands.approvals) {
    weigh(repository, version, rule, approved);
    if (approved.counting < approved.needed) break;
  }
  if (approved.counting >= approved.needed)
    approved.next.push_back(fmt::format("mlo promote {}@{} --to {} -m WHY", version.model,
                                        version.number, approved.approval.stage));
  else if (!input.policy_in_force)
    approved.next.emplace_back("mlo policy apply -m WHY");
}

}  // namespace

Approved approve(Repository& repository, const ApproveOptions& options, Progress& progress) {
  require_sense(options);
  const auto lock = workspace::lock_workspace(repository, progress);
  const auto version = resolve(repository, options.reference);
  const auto input = gate_input(repository, version, options.stage);
  auto& ledger = repository.ledger();
  Approved result{.approval = {.model = version.model,
                               .number = version.number,
                               .digest = version.digest,
                               .stage = options.stage,
                               .evidence = evidence_in(ledger, version, input),
                               .expires = {},
                               .withdrawn = options.withdraw,
                               .origin = {}},
                  .expires = {},
                  .all = {}};
  if (options.expires_seconds)
    result.approval.expires =
        Timestamp{input.facts.candidate.now.microseconds + *options.expires_seconds * 1'000'000};
  if (!options.withdraw) require_other(version, input, ledger.actor());
  const auto entry =
      ledger.append(ledger::statement_of(result.approval), {"approve", options.reason});
  result.approval.origin = {
      .entry = entry.index, .at = entry.time, .actor = entry.actor, .reason = entry.reason};
  result.expires = result.approval.expires;
  if (!input.demands.approvals.empty()) weigh(repository, version, input, result);
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
