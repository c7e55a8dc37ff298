#include "model/gate.h"

#include <algorithm>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "model/data_checks.h"

namespace mlo::model {
namespace {

std::string name_of(const ledger::Candidate& candidate) {
  return fmt::format("{}@{}", candidate.model, candidate.number);
}

/// The command that could satisfy what was found wanting.
std::string way_out(const ledger::Candidate& candidate, const ledger::Finding& finding) {
  const auto name = name_of(candidate);
  switch (finding.of) {
    case ledger::Requirement::stage:
      return fmt::format("mlo promote {} --to {} -m WHY", name, finding.name);
    case ledger::Requirement::data: return "mlo validate";
    case ledger::Requirement::evidence: return "mlo validate " + name;
    case ledger::Requirement::approvals:
      return fmt::format("mlo approve {} --for {} -m WHY", name, candidate.stage);
  }
  return {};
}

void add_next(Verdict& verdict, std::string command) {
  if (std::ranges::find(verdict.next, command) == verdict.next.end())
    verdict.next.push_back(std::move(command));
}

void add(Verdict& verdict, const GateInput& input, const ledger::Finding& finding) {
  auto& decision = verdict.decision;
  decision.reasons.push_back(finding.reason);
  decision.evidence.insert(decision.evidence.end(), finding.entries.begin(), finding.entries.end());
  if (finding.passed) return;
  decision.passed = false;
  if (!finding.judged) add_next(verdict, way_out(input.facts.candidate, finding));
  // Where no policy says who has a role, it takes that as well.
  if (finding.of == ledger::Requirement::approvals && !input.policy_in_force)
    add_next(verdict, "mlo policy apply -m WHY");
}

void refuse_other_requirements(Verdict& verdict, const GateInput& input) {
  if (!input.other_requirements) return;
  verdict.decision.passed = false;
  verdict.decision.reasons.push_back(
      fmt::format("mlo.yaml validates {} by other requirements than the policy in force",
                  input.facts.candidate.model));
  verdict.decision.evidence.push_back(*input.other_requirements);
  add_next(verdict, "mlo policy diff");
}

Json approvals_json(const ledger::ApprovalRule& rule) {
  return Json::object(
      {{"from", join(rule.from, ",")}, {"count", rule.count}, {"expires", rule.expires_seconds}});
}

}  // namespace

Digest policy_digest(const std::string& model, const std::string& stage,
                     const ledger::GateDemands& demands) {
  Json text =
      Json::object({{"model", model},
                    {"stage", stage},
                    {"after", join(demands.after, ",")},
                    {"require", Json::Array(demands.require.begin(), demands.require.end())}});
  if (demands.approvals.size() == 1) text.set("approvals", approvals_json(demands.approvals[0]));
  if (demands.approvals.size() > 1) {
    Json all = Json::array();
    for (const auto& rule : demands.approvals) all.add(approvals_json(rule));
    text.set("approvals", std::move(all));
  }
  if (demands.max_age_seconds > 0) text.set("max_age", demands.max_age_seconds);
  return Digest::of(text.canonical());
}

Verdict decide(const GateInput& input) {
  const auto& candidate = input.facts.candidate;
  Verdict verdict{
      .decision = {.model = candidate.model,
                   .number = candidate.number,
                   .digest = candidate.digest,
                   .stage = candidate.stage,
                   .passed = true,
                   .policy = policy_digest(candidate.model, candidate.stage, input.demands)}};
  refuse_other_requirements(verdict, input);
  for (const auto& finding : ledger::judge_gate(input.facts, input.demands))
    add(verdict, input, finding);
  auto& evidence = verdict.decision.evidence;
  std::ranges::sort(evidence);
  evidence.erase(std::unique(evidence.begin(), evidence.end()), evidence.end());
  if (verdict.decision.reasons.empty())
    verdict.decision.reasons.push_back(
        fmt::format("mlo.yaml requires nothing for stage '{}'", candidate.stage));
  return verdict;
}

namespace {

ledger::GateDemands demands_of(const workspace::ModelSpec& spec, const std::string& stage) {
  ledger::GateDemands demands{.requirements = spec.validate.digest,
                              .asked_by = "mlo.yaml",
                              .against = spec.validate.against};
  if (const auto found = spec.promote.find(stage); found != spec.promote.end())
    ledger::add_rule(demands, {.after = found->second.after,
                               .require = found->second.require,
                               .approvals = found->second.approvals,
                               .max_age_seconds = found->second.max_age_seconds,
                               .requirements = {}});
  return demands;
}

/// What the policy in force asks for is added: mlo.yaml may ask for more, never for less.
void add_policy(ledger::Ledger& ledger, const workspace::ModelSpec& spec, const std::string& stage,
                GateInput& input) {
  const auto in_force = ledger::policy_in_force(ledger);
  input.policy_in_force = in_force.has_value();
  const auto* rule = in_force ? in_force->policy.gate(spec.name, stage) : nullptr;
  if (rule == nullptr) return;
  ledger::add_rule(input.demands, *rule);
  if (rule->requirements && *rule->requirements != spec.validate.digest)
    input.other_requirements = in_force->origin.entry;
}

}  // namespace

void require_stage(const workspace::ModelSpec& spec, const std::string& stage) {
  if (std::ranges::find(spec.stages, stage) != spec.stages.end()) return;
  const auto near = nearest(stage, spec.stages);
  throw Error(ErrorKind::not_found, "model '{}' has no stage '{}'", spec.name, stage)
      .hint("{}", near ? fmt::format("did you mean '{}'?", *near)
                       : fmt::format("stages: {}", join(spec.stages, ", ")));
}

GateInput gate_input(workspace::Repository& repository, const ledger::ModelVersion& version,
                     const std::string& stage) {
  const auto& spec = repository.project().model(version.model);
  require_stage(spec, stage);
  auto& ledger = repository.ledger();
  GateInput input{.demands = demands_of(spec, stage), .facts = {}};
  add_policy(ledger, spec, stage, input);
  input.facts = ledger::gate_facts(ledger, version, stage, input.demands, repository.world().now());
  for (auto& dataset : input.facts.datasets)
    dataset.other_rules = dataset.evidence && !is_by_present_rules(repository, *dataset.evidence);
  return input;
}

}  // namespace mlo::model
