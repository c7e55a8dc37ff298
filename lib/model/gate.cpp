#include "model/gate.h"

#include <algorithm>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/model/validation.h"

namespace mlo::model {
namespace {

struct Finding {
  bool passed = false;
  std::string reason;
  std::vector<std::int64_t> entries;
  bool judged = false;  ///< by evidence that stands: judging again would find the same
};

std::string name_of(const ledger::ModelVersion& version) {
  return fmt::format("{}@{}", version.model, version.number);
}

/// True when `evidence` was judged by other requirements than those in force: a bound that was
/// raised since then has not been met by anybody.
bool outdated(const ledger::Evidence& evidence, const Digest& requirements) {
  const auto named = std::ranges::find(evidence.inputs, kRequirements, &ledger::Artifact::path);
  return named != evidence.inputs.end() && named->digest != requirements;
}

bool failed(const ledger::Check& check) {
  return !check.passed && check.severity == "error";
}

/// True when the newest validation ended at a file that is not safe to load: it judged nothing
/// else, and what an older one found must not stand in for that.
bool stopped_at_scan(const GateInput& input) {
  return !input.evidence.empty() &&
         std::ranges::any_of(input.evidence.front().checks, [](const ledger::Check& check) {
           return check.kind == "scan" && failed(check);
         });
}

constexpr std::size_t kMostFailing = 5;  // a model with a hundred slices may fail on each

std::string figure(const Json& value) {
  if (value.is_string()) return value.as_string();
  return value.is_number() && !value.is_integer() ? fmt::format("{:.6g}", value.as_number())
                                                  : value.dump();
}

/// "accuracy (0.84, asked >= 0.9)", or with why it could not be judged.
std::string told(const ledger::Check& check) {
  if (check.value.is_number() && !check.threshold.is_null())
    return fmt::format("{} ({}, asked {})", check.name, figure(check.value),
                       figure(check.threshold));
  return check.message.empty() ? check.name : fmt::format("{} ({})", check.name, check.message);
}

std::string told(const std::vector<const ledger::Check*>& failing) {
  std::vector<std::string> words;
  for (const auto* check : failing)
    if (words.size() < kMostFailing) words.push_back(told(*check));
  if (failing.size() > kMostFailing)
    words.push_back(fmt::format("{} more", failing.size() - kMostFailing));
  return join(words, ", ");
}

constexpr std::int64_t kMicroseconds = 1'000'000;

bool too_old(const GateInput& input, const ledger::Evidence& evidence) {
  const auto age = input.policy.max_age_seconds;
  return age > 0 && evidence.origin.at.microseconds + age * kMicroseconds < input.now.microseconds;
}

/// The newest evidence decides: an older success does not outweigh a later failure.
Finding by_evidence(const GateInput& input, const std::string& kind) {
  if (kind != "scan" && stopped_at_scan(input))
    return {false,
            fmt::format("{}: the newest validation stopped at its scan", kind),
            {input.evidence.front().origin.entry},
            true};
  for (const auto& evidence : input.evidence) {
    std::vector<const ledger::Check*> failing;
    bool any = false;
    for (const auto& check : evidence.checks) {
      if (check.kind != kind) continue;
      any = true;
      if (failed(check)) failing.push_back(&check);
    }
    if (!any) continue;
    if (outdated(evidence, input.requirements))
      return {false,
              fmt::format("{}: mlo.yaml has changed since the evidence", kind),
              {evidence.origin.entry}};
    if (failing.empty() && too_old(input, evidence))
      return {false,
              fmt::format("{}: passed too long ago, on {}", kind, evidence.origin.at.brief()),
              {evidence.origin.entry}};
    if (failing.empty()) return {true, fmt::format("{}: passed", kind), {evidence.origin.entry}};
    return {
        false, fmt::format("{}: failed on {}", kind, told(failing)), {evidence.origin.entry}, true};
  }
  return {false, fmt::format("{}: no evidence for this version", kind), {}};
}

Finding by_datasets(const GateInput& input) {
  Finding finding{true, "data: no dataset of this version has a contract", {}};
  std::vector<std::string> unmet;
  for (const auto& [dataset, evidence] : input.datasets) {
    if (evidence) finding.entries.push_back(evidence->origin.entry);
    if (!evidence)
      unmet.push_back(fmt::format("{} was never validated", dataset.path));
    else if (!evidence->passed)
      unmet.push_back(fmt::format("{} breaks its contract", dataset.path));
    else if (too_old(input, *evidence))
      unmet.push_back(fmt::format("{} was validated too long ago", dataset.path));
  }
  if (!input.datasets.empty()) finding.reason = "data: passed";
  if (!unmet.empty()) {
    finding.passed = false;
    finding.reason = "data: " + join(unmet, ", ");
  }
  return finding;
}

Finding by_stage(const GateInput& input) {
  const auto& after = input.policy.after;
  const auto& holder = input.holder_of_after;
  // One content may be several versions: fed by other columns it has proved nothing there.
  const bool holds =
      holder && holder->number == input.version.number && holder->digest == input.version.digest;
  return {
      holds,
      fmt::format("after {}: {}", after, holds ? "passed" : "this version is not at that stage"),
      {}};
}

/// n of m, none of them the author; each that does not count is named with its reason.
Finding by_approvals(const GateInput& input) {
  const auto& rule = input.policy.approvals;
  Finding finding;
  std::vector<std::string> by;
  std::vector<std::string> left_out;
  for (const auto& one : input.approvals) {
    if (one.counts) {
      by.push_back(one.approval.origin.actor);
      finding.entries.push_back(one.approval.origin.entry);
    } else {
      left_out.push_back(fmt::format("{}: {}", one.approval.origin.actor, one.why_not));
    }
  }
  finding.passed = static_cast<std::int64_t>(by.size()) >= rule.count;
  finding.reason =
      fmt::format("approvals: {} of {} from {}{}", by.size(), rule.count, join(rule.from, ", "),
                  by.empty() ? "" : fmt::format(" ({})", join(by, ", ")));
  if (!finding.passed && !left_out.empty()) finding.reason += "; " + join(left_out, "; ");
  return finding;
}

void add(Verdict& verdict, const Finding& finding, const std::string& way_out) {
  auto& decision = verdict.decision;
  decision.reasons.push_back(finding.reason);
  decision.evidence.insert(decision.evidence.end(), finding.entries.begin(), finding.entries.end());
  if (finding.passed) return;
  decision.passed = false;
  if (!finding.judged && std::ranges::find(verdict.next, way_out) == verdict.next.end())
    verdict.next.push_back(way_out);
}

/// Where no policy says who has a role, it takes that as well.
void add_approvals(Verdict& verdict, const GateInput& input) {
  const auto finding = by_approvals(input);
  add(verdict, finding,
      fmt::format("mlo approve {} --for {} -m WHY", name_of(input.version), input.stage));
  if (!finding.passed && !input.policy_in_force)
    verdict.next.emplace_back("mlo policy apply -m WHY");
}

}  // namespace

Digest policy_digest(const std::string& model, const std::string& stage,
                     const workspace::PromoteSpec& policy) {
  Json require = Json::array();
  for (const auto& kind : policy.require) require.add(kind);
  Json text = Json::object(
      {{"model", model}, {"stage", stage}, {"after", policy.after}, {"require", require}});
  if (policy.approvals.count > 0)
    text.set("approvals", Json::object({{"from", join(policy.approvals.from, ",")},
                                        {"count", policy.approvals.count},
                                        {"expires", policy.approvals.expires_seconds}}));
  if (policy.max_age_seconds > 0) text.set("max_age", policy.max_age_seconds);
  return Digest::of(text.canonical());
}

Verdict decide(const GateInput& input) {
  const auto& version = input.version;
  Verdict verdict{.decision = {.model = version.model,
                               .number = version.number,
                               .digest = version.digest,
                               .stage = input.stage,
                               .passed = true,
                               .policy = policy_digest(version.model, input.stage, input.policy)}};
  if (!input.policy.after.empty())
    add(verdict, by_stage(input),
        fmt::format("mlo promote {} --to {} -m WHY", name_of(version), input.policy.after));
  for (const auto& kind : input.policy.require) {
    if (kind == "data")
      add(verdict, by_datasets(input), "mlo validate");
    else
      add(verdict, by_evidence(input, kind), fmt::format("mlo validate {}", name_of(version)));
  }
  if (input.other_requirements)
    add(verdict,
        {false,
         fmt::format("mlo.yaml validates {} by other requirements than the policy in force",
                     version.model),
         {*input.other_requirements}},
        "mlo policy diff");
  if (input.policy.approvals.count > 0) add_approvals(verdict, input);
  auto& evidence = verdict.decision.evidence;
  std::ranges::sort(evidence);
  evidence.erase(std::unique(evidence.begin(), evidence.end()), evidence.end());
  if (verdict.decision.reasons.empty())
    verdict.decision.reasons.push_back(
        fmt::format("mlo.yaml requires nothing for stage '{}'", input.stage));
  return verdict;
}

namespace {

/// What the policy in force asks for is added: mlo.yaml may ask for more, never for less.
void add_policy(ledger::Ledger& ledger, const workspace::ModelSpec& spec, GateInput& input) {
  const auto in_force = ledger::policy_in_force(ledger);
  input.policy_in_force = in_force.has_value();
  const auto* rule = in_force ? in_force->policy.gate(input.version.model, input.stage) : nullptr;
  if (rule == nullptr) return;
  auto& policy = input.policy;
  if (!rule->after.empty()) policy.after = rule->after;
  for (const auto& kind : rule->require)
    if (std::ranges::find(policy.require, kind) == policy.require.end())
      policy.require.push_back(kind);
  if (rule->approvals.count > 0) policy.approvals = rule->approvals;
  if (rule->max_age_seconds > 0 &&
      (policy.max_age_seconds == 0 || rule->max_age_seconds < policy.max_age_seconds))
    policy.max_age_seconds = rule->max_age_seconds;
  if (rule->requirements && *rule->requirements != spec.validate.digest)
    input.other_requirements = in_force->origin.entry;
}

}  // namespace

GateInput gate_input(ledger::Ledger& ledger, const workspace::ModelSpec& spec,
                     const ledger::ModelVersion& version, const std::string& stage, Timestamp now) {
  if (std::ranges::find(spec.stages, stage) == spec.stages.end()) {
    const auto near = nearest(stage, spec.stages);
    throw Error(ErrorKind::not_found, "model '{}' has no stage '{}'", spec.name, stage)
        .hint("{}", near ? fmt::format("did you mean '{}'?", *near)
                         : fmt::format("stages: {}", join(spec.stages, ", ")));
  }
  GateInput input{
      .version = version, .stage = stage, .requirements = spec.validate.digest, .now = now};
  if (const auto policy = spec.promote.find(stage); policy != spec.promote.end())
    input.policy = policy->second;
  add_policy(ledger, spec, input);
  if (input.policy.approvals.count > 0)
    input.approvals = ledger::approvals_of(ledger, version, stage, input.policy.approvals, now);
  input.evidence = ledger::evidence_for(ledger, version.digest);
  // The same file may be a version of two models: evidence counts for the one it was written for.
  std::erase_if(input.evidence,
                [&](const ledger::Evidence& e) { return e.target != name_of(version); });
  const auto tracked = ledger::dataset_versions(ledger);
  for (const auto& dataset : version.datasets) {
    const auto known = std::ranges::find_if(tracked, [&](const ledger::DatasetVersion& one) {
      return one.digest == dataset.digest && one.schema.has_value();
    });
    if (known == tracked.end()) continue;
    auto found = ledger::evidence_for(ledger, dataset.digest);
    input.datasets.emplace_back(dataset,
                                found.empty() ? std::nullopt : std::optional(found.front()));
  }
  if (!input.policy.after.empty())
    input.holder_of_after = ledger::model_at_stage(ledger, spec.name, input.policy.after);
  return input;
}

}  // namespace mlo::model
