#include "ledger/policy/gate.h"

#include <algorithm>

#include <fmt/format.h>

#include "ledger/records/fields.h"
#include "ledger/statement.h"

namespace mlo::ledger {
namespace {

// The decision that a move rests on is the entry before it, of the same actor.
constexpr auto kDecision = R"sql(
  SELECT 1 FROM gate_decision JOIN act USING (entry)
  WHERE entry = ?1 AND model = ?2 AND number = ?3 AND stage = ?4 AND digest = ?5 AND passed = 1
    AND actor = ?6
)sql";
constexpr auto kVersionEntry = R"sql(
  SELECT entry FROM model_version WHERE model = ?1 AND number = ?2
)sql";
constexpr auto kEntry = "SELECT number, leaf, envelope FROM entry WHERE number = ?1";

Candidate candidate_of(const Entry& move) {
  return {.model = move.predicate.at("model").as_string(),
          .number = move.predicate.at("number").as_integer(),
          .digest = move.subjects.at(0).digest,
          .stage = move.predicate.at("stage").as_string(),
          .now = move.time};
}

GateDemands demands_of(const GateRule& rule) {
  GateDemands demands{.requirements = rule.requirements};
  add_rule(demands, rule);
  return demands;
}

/// What the version was made from, as it was registered; nothing when that cannot be read.
std::optional<std::vector<Artifact>> datasets_of(const Records& records,
                                                 const Candidate& candidate) {
  const auto registered = records.views.one(
      kVersionEntry, [](const Row& row) { return row.get<std::int64_t>(0); }, candidate.model,
      candidate.number);
  const auto entry =
      registered ? records.entries.one(kEntry, read_entry, *registered) : std::optional<Entry>();
  if (!entry) return std::nullopt;
  return artifacts_of(entry->predicate.at("mlo_model").at("datasets"));
}

/// What the rule asks for in vain; empty when all is there.
std::string problem_of(const Records& records, const Law& law, const Candidate& candidate,
                       const GateRule& rule) {
  const auto datasets = datasets_of(records, candidate);
  if (!datasets) return "its registration cannot be read";
  const auto demands = demands_of(rule);
  const auto findings =
      judge_gate(gate_facts(records, law, candidate, *datasets, demands), demands);
  const auto unmet = std::ranges::find(findings, false, &Finding::passed);
  return unmet == findings.end() ? "" : unmet->reason;
}

}  // namespace

bool is_break_glass(const Entry& entry) {
  const auto* flag = entry.predicate.find("break_glass");
  return flag != nullptr && flag->is_bool() && flag->as_bool();
}

std::optional<Objection> object_to_promotion(const Records& records, const Law& law,
                                             const Entry& move) {
  const auto candidate = candidate_of(move);
  const auto name = version_name(candidate.model, candidate.number);
  const auto hint = fmt::format("mlo promote {} --to {} --dry-run -m WHY", name, candidate.stage);
  const auto decided = records.views.one(
      kDecision, [](const Row& row) { return row.get<bool>(0); }, move.index - 1, candidate.model,
      candidate.number, candidate.stage, candidate.digest, move.actor);
  if (!decided)
    return Objection{fmt::format("no gate let {} pass to '{}' right before", name, candidate.stage),
                     hint, true};
  const auto* rule = law.policy.gate(candidate.model, candidate.stage);
  if (rule == nullptr) return std::nullopt;
  const auto problem = problem_of(records, law, candidate, *rule);
  if (problem.empty()) return std::nullopt;
  return Objection{
      fmt::format("the policy does not let {} go to '{}': {}", name, candidate.stage, problem),
      hint, true};
}

}  // namespace mlo::ledger
