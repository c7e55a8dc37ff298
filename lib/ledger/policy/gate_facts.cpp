#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "ledger/policy/gate.h"
#include "ledger/policy/in_force.h"
#include "ledger/records/evidence.h"
#include "ledger/records/fields.h"
#include "ledger/statement.h"

// What a gate looks at, as the entries so far tell it.

namespace mlo::ledger {
namespace {

constexpr auto kHolders = R"sql(
  SELECT stage, number, digest, entry FROM stage WHERE model = ?1
)sql";
constexpr auto kNewest = R"sql(
  SELECT max(entry) FROM evidence WHERE subject = ?1 AND target = ?2
)sql";
constexpr auto kNewestOfKind = R"sql(
  SELECT max(evidence.entry) FROM evidence JOIN check_result USING (entry)
  WHERE subject = ?1 AND evidence.target = ?2 AND kind = ?3
)sql";
constexpr auto kTracked = "SELECT entry FROM dataset_version WHERE digest = ?1";
constexpr auto kNewestOfDataset = "SELECT max(entry) FROM evidence WHERE subject = ?1";
constexpr auto kEntry = "SELECT number, leaf, envelope FROM entry WHERE number = ?1";

std::optional<std::int64_t> number_at_0(const Row& row) {
  return row.get<std::optional<std::int64_t>>(0);
}

template <typename... Args>
std::optional<std::int64_t> entry_of(Database& views, std::string_view sql, const Args&... args) {
  return views.one(sql, number_at_0, args...).value_or(std::nullopt);
}

std::optional<Evidence> evidence_at(Database& entries, const std::optional<std::int64_t>& number) {
  if (!number) return std::nullopt;
  return entries.one(
      kEntry, [](const Row& row) { return read_evidence(read_entry(row)); }, *number);
}

/// The same file may be a version of two models: evidence counts for the one it was written for.
std::vector<Evidence> evidence_of(const Records& records, const Candidate& candidate,
                                  const GateDemands& demands) {
  const auto target = version_name(candidate.model, candidate.number);
  std::set<std::int64_t, std::greater<>> newest_first;
  if (const auto entry = entry_of(records.views, kNewest, candidate.digest, target))
    newest_first.insert(*entry);
  for (const auto& kind : demands.require)
    if (const auto entry = entry_of(records.views, kNewestOfKind, candidate.digest, target, kind))
      newest_first.insert(*entry);
  std::vector<Evidence> all;
  for (const auto entry : newest_first)
    if (auto evidence = evidence_at(records.entries, entry)) all.push_back(std::move(*evidence));
  return all;
}

/// As signed: a view that lost its contract would need no evidence.
bool has_contract(const Records& records, const Digest& digest) {
  const auto tracked = records.views.all(
      kTracked, [](const Row& row) { return row.get<std::int64_t>(0); }, digest);
  return std::ranges::any_of(tracked, [&](std::int64_t number) {
    const auto entry = records.entries.one(kEntry, read_entry, number);
    return entry && !entry->predicate["schema"].is_null();
  });
}

std::vector<JudgedDataset> judged(const Records& records, const std::vector<Artifact>& datasets) {
  std::vector<JudgedDataset> all;
  for (const auto& [path, digest] : datasets) {
    if (!has_contract(records, digest)) continue;
    const auto newest = entry_of(records.views, kNewestOfDataset, digest);
    all.push_back({.path = path, .evidence = evidence_at(records.entries, newest)});
  }
  return all;
}

std::map<std::string, StageHolder> holders_of(Database& views, const std::string& model) {
  std::map<std::string, StageHolder> holders;
  views.each(kHolders, {Bound(model)}, [&](const Row& row) {
    holders[row.get<std::string>(0)] = {.number = row.get<std::int64_t>(1),
                                        .digest = row.get<Digest>(2),
                                        .since = row.get<std::int64_t>(3)};
  });
  return holders;
}

}  // namespace

GateFacts gate_facts(const Records& records, const std::optional<Law>& law,
                     const Candidate& candidate, const std::vector<Artifact>& datasets,
                     const GateDemands& demands) {
  GateFacts facts{.candidate = candidate,
                  .evidence = evidence_of(records, candidate, demands),
                  .datasets = judged(records, datasets),
                  .holders = holders_of(records.views, candidate.model)};
  for (const auto& rule : demands.approvals)
    facts.approvals.push_back({rule, weigh_approvals(records.views, law, candidate, rule)});
  return facts;
}

GateFacts gate_facts(Ledger& ledger, const ModelVersion& version, const std::string& stage,
                     const GateDemands& demands, Timestamp now) {
  const auto in_force = policy_in_force(ledger);
  auto& database = ledger.database();
  return gate_facts({.views = database, .entries = database}, law_of(in_force),
                    {.model = version.model,
                     .number = version.number,
                     .digest = version.digest,
                     .stage = stage,
                     .now = now},
                    version.datasets, demands);
}

}  // namespace mlo::ledger
