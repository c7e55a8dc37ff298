#include <algorithm>

#include <fmt/format.h>

#include "ledger/records/fields.h"
#include "mlo/core/text.h"
#include "mlo/ledger/gate.h"

// The judgement of a gate over facts.

namespace mlo::ledger {
namespace {

constexpr std::int64_t kMicroseconds = 1'000'000;
constexpr std::size_t kMostFailing = 5;  // a model with a hundred slices may fail on each
constexpr std::string_view kAgainst = "against ";

bool failed(const Check& check) {
  return !check.passed && check.severity == "error";
}

/// True when `evidence` was judged by other requirements than those in force: a bound that was
/// raised since then has not been met by anybody.
bool by_other_requirements(const GateDemands& demands, const Evidence& evidence) {
  if (!demands.requirements) return false;
  const auto* named = find_input(evidence, kRequirements);
  return named == nullptr || named->digest != *demands.requirements;
}

/// "production" of "against production: churn@2".
std::string stage_in(std::string_view comparison) {
  comparison.remove_prefix(kAgainst.size());
  return std::string(comparison.substr(0, comparison.rfind(": ")));
}

bool is_candidate(const StageHolder& holder, const Candidate& candidate) {
  // One content may be several versions: fed by other columns it has proved nothing there.
  return holder.number == candidate.number && holder.digest == candidate.digest;
}

/// Where the stage has moved since the evidence, nobody has compared the version with what is there
/// now. Who stood there before is not looked up: a part of a ledger need not tell.
std::string moved_stage(const GateFacts& facts, const GateDemands& demands,
                        const Evidence& evidence) {
  const auto* compared = comparison_in(evidence);
  auto stage = compared == nullptr ? demands.against : stage_in(compared->path);
  const auto holder = facts.holders.find(stage);
  const bool moved = holder != facts.holders.end() &&
                     holder->second.since > evidence.origin.entry &&
                     !is_candidate(holder->second, facts.candidate);
  return moved ? stage : std::string();
}

/// True when the newest validation ended at a file that is not safe to load: it judged nothing
/// else, and what an older one found must not stand in for that.
bool stopped_at_scan(const GateFacts& facts) {
  return !facts.evidence.empty() &&
         std::ranges::any_of(facts.evidence.front().checks, [](const Check& check) {
           return check.kind == "scan" && failed(check);
         });
}

bool too_old(const GateFacts& facts, const GateDemands& demands, const Evidence& evidence) {
  const auto age = demands.max_age_seconds;
  return age > 0 &&
         evidence.origin.at.microseconds + age * kMicroseconds < facts.candidate.now.microseconds;
}

std::string figure(const Json& value) {
  if (value.is_string()) return value.as_string();
  return value.is_number() && !value.is_integer() ? fmt::format("{:.6g}", value.as_number())
                                                  : value.dump();
}

/// "accuracy (0.84, asked >= 0.9)", or with why it could not be judged.
std::string told(const Check& check) {
  if (check.value.is_number() && !check.threshold.is_null())
    return fmt::format("{} ({}, asked {})", check.name, figure(check.value),
                       figure(check.threshold));
  return check.message.empty() ? check.name : fmt::format("{} ({})", check.name, check.message);
}

std::string told(const std::vector<const Check*>& failing) {
  std::vector<std::string> words;
  for (const auto* check : failing)
    if (words.size() < kMostFailing) words.push_back(told(*check));
  if (failing.size() > kMostFailing)
    words.push_back(fmt::format("{} more", failing.size() - kMostFailing));
  return join(words, ", ");
}

/// Why the evidence says nothing of what is asked now; empty when it does.
std::string why_outdated(const GateFacts& facts, const GateDemands& demands,
                         const std::string& kind, const Evidence& evidence) {
  if (by_other_requirements(demands, evidence))
    return fmt::format("judged by other requirements than {}'s", demands.asked_by);
  if (kind != "against") return "";
  const auto stage = moved_stage(facts, demands, evidence);
  return stage.empty() ? "" : fmt::format("'{}' has moved since the evidence", stage);
}

Finding by_checks(const GateFacts& facts, const GateDemands& demands, const std::string& kind,
                  const Evidence& evidence) {
  Finding finding{.name = kind, .reason = kind + ": ", .entries = {evidence.origin.entry}};
  std::vector<const Check*> failing;
  for (const auto& check : evidence.checks)
    if (check.kind == kind && failed(check)) failing.push_back(&check);
  if (const auto why = why_outdated(facts, demands, kind, evidence); !why.empty()) {
    finding.reason += why;
  } else if (!failing.empty()) {
    finding.reason += "failed on " + told(failing);
    finding.judged = true;
  } else if (too_old(facts, demands, evidence)) {
    finding.reason += "passed too long ago, on " + evidence.origin.at.brief();
  } else {
    finding.reason += "passed";
    finding.passed = true;
  }
  return finding;
}

/// The newest evidence decides: an older success does not outweigh a later failure.
Finding by_evidence(const GateFacts& facts, const GateDemands& demands, const std::string& kind) {
  if (kind != "scan" && stopped_at_scan(facts))
    return {.name = kind,
            .reason = kind + ": the newest validation stopped at its scan",
            .entries = {facts.evidence.front().origin.entry},
            .judged = true};
  const auto newest = std::ranges::find_if(facts.evidence, [&](const Evidence& evidence) {
    return std::ranges::find(evidence.checks, kind, &Check::kind) != evidence.checks.end();
  });
  if (newest == facts.evidence.end())
    return {.name = kind, .reason = kind + ": no evidence for this version"};
  return by_checks(facts, demands, kind, *newest);
}

std::string unmet(const GateFacts& facts, const GateDemands& demands,
                  const JudgedDataset& dataset) {
  const auto& [path, evidence, other_rules] = dataset;
  if (!evidence) return path + " was never validated";
  if (other_rules)
    return path + " was validated by another contract or other checks than those now";
  if (!evidence->passed) return path + " breaks its contract";
  if (too_old(facts, demands, *evidence)) return path + " was validated too long ago";
  return "";
}

Finding by_datasets(const GateFacts& facts, const GateDemands& demands) {
  Finding finding{.of = Requirement::data, .name = "data"};
  std::vector<std::string> all;
  for (const auto& dataset : facts.datasets) {
    if (dataset.evidence) finding.entries.push_back(dataset.evidence->origin.entry);
    if (auto words = unmet(facts, demands, dataset); !words.empty())
      all.push_back(std::move(words));
  }
  finding.passed = all.empty();
  finding.reason =
      "data: " + (!all.empty()             ? join(all, ", ")
                  : facts.datasets.empty() ? "no dataset of this version has a contract"
                                           : "passed");
  return finding;
}

Finding by_stage(const GateFacts& facts, const std::string& stage) {
  const auto holder = facts.holders.find(stage);
  const bool holds = holder != facts.holders.end() && is_candidate(holder->second, facts.candidate);
  return {.of = Requirement::stage,
          .name = stage,
          .passed = holds,
          .reason = fmt::format("after {}: {}", stage,
                                holds ? "passed" : "this version is not at that stage")};
}

/// n of m, none of them the author; each that does not count is named with its reason.
Finding by_approvals(const AskedApprovals& asked) {
  const auto& [rule, votes] = asked;
  Finding finding{.of = Requirement::approvals, .name = "approvals"};
  std::vector<std::string> by;
  std::vector<std::string> left_out;
  for (const auto& vote : votes) {
    if (!vote.why_not.empty()) {
      left_out.push_back(fmt::format("{}: {}", vote.actor, vote.why_not));
      continue;
    }
    by.push_back(vote.actor);
    finding.entries.push_back(vote.entry);
  }
  finding.passed = static_cast<std::int64_t>(by.size()) >= rule.count;
  finding.reason =
      fmt::format("approvals: {} of {} from {}{}", by.size(), rule.count, join(rule.from, ", "),
                  by.empty() ? "" : fmt::format(" ({})", join(by, ", ")));
  if (!finding.passed && !left_out.empty()) finding.reason += "; " + join(left_out, "; ");
  return finding;
}

void add_once(std::vector<std::string>& words, const std::string& word) {
  if (std::ranges::find(words, word) == words.end()) words.push_back(word);
}

/// The shorter of two times, of which zero is none.
std::int64_t shorter(std::int64_t one, std::int64_t other) {
  return one == 0 || other == 0 ? std::max(one, other) : std::min(one, other);
}

/// Rules that ask others are met one by one.
void add_approvals(std::vector<ApprovalRule>& rules, const ApprovalRule& rule) {
  if (rule.count == 0) return;
  const auto same = std::ranges::find_if(rules, [&](const ApprovalRule& other) {
    return std::ranges::is_permutation(other.from, rule.from);
  });
  if (same == rules.end()) {
    rules.push_back(rule);
    return;
  }
  same->count = std::max(same->count, rule.count);
  same->expires_seconds = shorter(same->expires_seconds, rule.expires_seconds);
}

}  // namespace

const Artifact* find_input(const Evidence& evidence, std::string_view name) {
  const auto found = std::ranges::find(evidence.inputs, name, &Artifact::path);
  return found == evidence.inputs.end() ? nullptr : &*found;
}

Artifact compared_with(const std::string& stage, const std::optional<ModelVersion>& champion) {
  if (!champion) return {fmt::format("{}{}: none", kAgainst, stage), Digest::of("none")};
  return {fmt::format("{}{}: {}", kAgainst, stage, version_name(champion->model, champion->number)),
          champion->digest};
}

const Artifact* comparison_in(const Evidence& evidence) {
  const auto found = std::ranges::find_if(evidence.inputs, [](const Artifact& input) {
    return input.path.starts_with(kAgainst) && input.path.find(": ") != std::string::npos;
  });
  return found == evidence.inputs.end() ? nullptr : &*found;
}

void add_rule(GateDemands& demands, const GateRule& rule) {
  if (!rule.after.empty()) add_once(demands.after, rule.after);
  for (const auto& kind : rule.require) add_once(demands.require, kind);
  add_approvals(demands.approvals, rule.approvals);
  demands.max_age_seconds = shorter(demands.max_age_seconds, rule.max_age_seconds);
}

std::vector<Finding> judge_gate(const GateFacts& facts, const GateDemands& demands) {
  std::vector<Finding> findings;
  for (const auto& stage : demands.after) findings.push_back(by_stage(facts, stage));
  for (const auto& kind : demands.require)
    findings.push_back(kind == "data" ? by_datasets(facts, demands)
                                      : by_evidence(facts, demands, kind));
  for (const auto& asked : facts.approvals) findings.push_back(by_approvals(asked));
  return findings;
}

}  // namespace mlo::ledger
