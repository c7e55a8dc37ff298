#include "ledger/policy/gate.h"

#include <algorithm>

#include <fmt/format.h>

#include "ledger/statement.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::ledger {
namespace {

constexpr std::int64_t kMicroseconds = 1'000'000;
constexpr std::string_view kRequirements = "mlo.yaml validate";

// The decision that a move rests on is the entry before it, of the same actor.
constexpr auto kDecision = R"sql(
  SELECT 1 FROM gate_decision JOIN act USING (entry)
  WHERE entry = ?1 AND model = ?2 AND number = ?3 AND stage = ?4 AND digest = ?5 AND passed = 1
    AND actor = ?6
)sql";
constexpr auto kHolder = R"sql(
  SELECT digest FROM stage WHERE model = ?1 AND stage = ?2
)sql";
constexpr auto kNewest = R"sql(
  SELECT max(entry) FROM evidence WHERE subject = ?1 AND target = ?2
)sql";
constexpr auto kNewestOfKind = R"sql(
  SELECT max(evidence.entry) FROM evidence JOIN check_result USING (entry)
  WHERE subject = ?1 AND evidence.target = ?2 AND kind = ?3
)sql";
constexpr auto kFailed = R"sql(
  SELECT count(*) FROM check_result
  WHERE entry = ?1 AND kind = ?2 AND severity = 'error' AND passed = 0
)sql";
constexpr auto kAt = "SELECT at FROM act WHERE entry = ?1";
constexpr auto kEntry = "SELECT number, leaf, envelope FROM entry WHERE number = ?1";
constexpr auto kVersionEntry = R"sql(
  SELECT entry FROM model_version WHERE model = ?1 AND number = ?2
)sql";
constexpr auto kHasContract = R"sql(
  SELECT 1 FROM dataset_version WHERE digest = ?1 AND contract IS NOT NULL
)sql";
constexpr auto kNewestOfDataset = R"sql(
  SELECT entry, passed FROM evidence WHERE subject = ?1 ORDER BY entry DESC LIMIT 1
)sql";

Candidate candidate_of(const Entry& move) {
  return {.model = move.predicate.at("model").as_string(),
          .number = move.predicate.at("number").as_integer(),
          .digest = move.subjects.at(0).digest,
          .stage = move.predicate.at("stage").as_string(),
          .now = move.time};
}

/// Looks at one promotion; each check answers what is wrong, or nothing.
class Inspection {
 public:
  Inspection(const Records& records, const Law& law, const Candidate& candidate,
             const GateRule& rule)
      : views_(records.views),
        entries_(records.entries),
        law_(law),
        candidate_(candidate),
        rule_(rule) {}

  std::string problem() {
    if (!rule_.after.empty() && holder(rule_.after) != candidate_.digest)
      return fmt::format("it is not at '{}', where it must be before", rule_.after);
    for (const auto& kind : rule_.require)
      if (auto found = kind == "data" ? of_data() : of_kind(kind); !found.empty()) return found;
    return of_approvals();
  }

 private:
  [[nodiscard]] std::string target() const {
    return fmt::format("{}@{}", candidate_.model, candidate_.number);
  }
  std::optional<Digest> holder(const std::string& stage) {
    return views_.one(
        kHolder, [](const Row& row) { return row.get<Digest>(0); }, candidate_.model, stage);
  }
  static std::optional<std::int64_t> number_at_0(const Row& row) {
    return row.get<std::optional<std::int64_t>>(0);
  }
  bool failed(std::int64_t entry, const std::string& kind) {
    return *views_.one(kFailed, number_at_0, entry, kind).value() > 0;
  }
  bool too_old(std::int64_t entry) {
    if (rule_.max_age_seconds == 0) return false;
    const auto at = views_.one(
        kAt, [](const Row& row) { return row.get<Timestamp>(0); }, entry);
    return at &&
           at->microseconds + rule_.max_age_seconds * kMicroseconds < candidate_.now.microseconds;
  }
  /// Evidence says which requirements it was judged by.
  bool by_other_requirements(std::int64_t entry) {
    if (!rule_.requirements) return false;
    const auto signed_entry = entries_.one(kEntry, read_entry, entry);
    if (!signed_entry) return true;
    for (const auto& input : signed_entry->predicate.at("configuration").as_array())
      if (input.at("name").as_string() == kRequirements)
        return Digest::parse(input.at("digest").at("sha256").as_string()) != *rule_.requirements;
    return true;
  }

  std::string of_kind(const std::string& kind) {
    const auto newest =
        views_.one(kNewest, number_at_0, candidate_.digest, target()).value_or(std::nullopt);
    if (newest && kind != "scan" && failed(*newest, "scan"))
      return fmt::format("its newest validation, entry {}, stopped at its scan", *newest);
    const auto entry = views_.one(kNewestOfKind, number_at_0, candidate_.digest, target(), kind)
                           .value_or(std::nullopt);
    if (!entry) return fmt::format("there is no evidence of kind '{}'", kind);
    if (failed(*entry, kind)) return fmt::format("{}: entry {} failed", kind, *entry);
    if (too_old(*entry))
      return fmt::format("{}: the evidence of entry {} is too old", kind, *entry);
    if (by_other_requirements(*entry))
      return fmt::format("{}: entry {} was judged by other requirements than the policy's", kind,
                         *entry);
    return "";
  }

  std::string of_data() {
    const auto registered =
        views_.one(kVersionEntry, number_at_0, candidate_.model, candidate_.number)
            .value_or(std::nullopt);
    const auto version =
        registered ? entries_.one(kEntry, read_entry, *registered) : std::optional<Entry>();
    if (!version) return "its registration cannot be read";
    for (const auto& dataset : version->predicate.at("mlo_model").at("datasets").as_array()) {
      const auto digest = Digest::parse(dataset.at("digest").at("sha256").as_string());
      if (!views_.one(kHasContract, number_at_0, digest)) continue;
      struct Newest {
        std::int64_t entry;
        bool passed;
      };
      const auto newest = views_.one(
          kNewestOfDataset,
          [](const Row& row) {
            return Newest{row.get<std::int64_t>(0), row.get<bool>(1)};
          },
          digest);
      const auto& path = dataset.at("name").as_string();
      if (!newest) return fmt::format("'{}' was never validated", path);
      if (!newest->passed) return fmt::format("'{}' breaks its contract", path);
      if (too_old(newest->entry)) return fmt::format("the evidence of '{}' is too old", path);
    }
    return "";
  }

  std::string of_approvals() {
    const auto& rule = rule_.approvals;
    if (rule.count == 0) return "";
    const auto votes = weigh_approvals(views_, law_, candidate_, rule);
    const auto counting = std::ranges::count(votes, "", &Vote::why_not);
    if (counting >= rule.count) return "";
    std::string detail;
    for (const auto& vote : votes)
      if (!vote.why_not.empty()) detail += fmt::format("; {}: {}", vote.actor, vote.why_not);
    return fmt::format("it has {} of {} approvals from {}{}", counting, rule.count,
                       join(rule.from, ", "), detail);
  }

  Database& views_;
  Database& entries_;
  const Law& law_;
  const Candidate& candidate_;
  const GateRule& rule_;
};

}  // namespace

bool is_break_glass(const Entry& entry) {
  const auto* flag = entry.predicate.find("break_glass");
  return flag != nullptr && flag->is_bool() && flag->as_bool();
}

std::optional<Objection> object_to_promotion(const Records& records, const Law& law,
                                             const Entry& move) {
  const auto candidate = candidate_of(move);
  const auto name = fmt::format("{}@{}", candidate.model, candidate.number);
  const auto hint = fmt::format("mlo promote {} --to {} --dry-run -m WHY", name, candidate.stage);
  const auto decided = records.views.one(
      kDecision, [](const Row& row) { return row.get<bool>(0); }, move.index - 1, candidate.model,
      candidate.number, candidate.stage, candidate.digest, move.actor);
  if (!decided)
    return Objection{fmt::format("no gate let {} pass to '{}' right before", name, candidate.stage),
                     hint, true};
  const auto* rule = law.policy.gate(candidate.model, candidate.stage);
  if (rule == nullptr) return std::nullopt;
  const auto problem = Inspection(records, law, candidate, *rule).problem();
  if (problem.empty()) return std::nullopt;
  return Objection{
      fmt::format("the policy does not let {} go to '{}': {}", name, candidate.stage, problem),
      hint, true};
}

}  // namespace mlo::ledger
