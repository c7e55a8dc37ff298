#include "ledger/lineage_facts.h"

#include <fmt/format.h>

#include "ledger/records/fields.h"

namespace mlo::ledger {
namespace {

constexpr std::size_t kCommitDigits = 10;

constexpr auto kThing = R"sql(
  SELECT kind, name FROM lineage_thing WHERE digest = ?1 ORDER BY entry DESC LIMIT 1
)sql";
constexpr auto kModels = R"sql(
  SELECT model, number, actor, at, reason, path FROM model_version JOIN act USING (entry)
  WHERE digest = ?1 ORDER BY entry
)sql";
constexpr auto kStages = R"sql(
  SELECT stage, model, number FROM stage WHERE digest = ?1 ORDER BY stage
)sql";
constexpr auto kEvidence = R"sql(
  SELECT passed, at FROM evidence JOIN act USING (entry)
  WHERE subject = ?1 ORDER BY entry DESC LIMIT 1
)sql";
constexpr auto kDataset = R"sql(
  SELECT path, number, actor, at, reason, source, license, row_count
  FROM dataset_version JOIN act USING (entry) WHERE digest = ?1 ORDER BY entry LIMIT 1
)sql";
constexpr auto kOtherPaths = R"sql(
  SELECT path FROM dataset_version WHERE digest = ?1 AND path <> ?2
  GROUP BY path ORDER BY min(entry)
)sql";
constexpr auto kRun = R"sql(
  SELECT id, name, status, finished_at, git_commit, git_branch, actor, reason, trigger_kind
  FROM run JOIN act USING (entry) WHERE id = ?1
)sql";
constexpr auto kService = R"sql(
  SELECT model, number, status, actor, at, reason FROM deployment JOIN act USING (entry)
  WHERE entry = (SELECT max(entry) FROM lineage_thing WHERE digest = ?1)
)sql";
constexpr auto kFile = "SELECT path FROM run_file WHERE digest = ?1 ORDER BY entry LIMIT 1";
constexpr auto kSubject = "SELECT name FROM subject WHERE digest = ?1 ORDER BY entry LIMIT 1";

void add_act(LineageNode& node, std::string_view verb, const Origin& origin) {
  node.facts.push_back(fmt::format("{} by {}, {}", verb, origin.actor, origin.at.brief()));
  if (!origin.reason.empty()) node.facts.push_back("why: " + origin.reason);
}

void add_run_facts(Database& database, LineageNode& node) {
  database.each(kRun, {node.name}, [&](const Row& row) {
    const auto name = row.get<std::string>(1);
    if (!name.empty()) node.facts.push_back(name);
    add_act(node, row.get<std::string>(2),
            {.at = row.get<Timestamp>(3),
             .actor = row.get<std::string>(6),
             .reason = row.get<std::string>(7)});
    const auto commit = row.get<std::string>(4);
    if (!commit.empty())
      node.facts.push_back(
          fmt::format("git {} ({})", commit.substr(0, kCommitDigits), row.get<std::string>(5)));
    const auto trigger = row.get<std::string>(8);
    if (trigger != "user" && !trigger.empty()) node.facts.push_back("triggered by " + trigger);
  });
}

void add_service_facts(Database& database, LineageNode& node) {
  database.each(kService, {node.digest}, [&](const Row& row) {
    node.facts.push_back(
        fmt::format("{} {}", version_name(row.get<std::string>(0), row.get<std::int64_t>(1)),
                    row.get<std::string>(2)));
    add_act(node, "delivered",
            {.at = row.get<Timestamp>(4),
             .actor = row.get<std::string>(3),
             .reason = row.get<std::string>(5)});
  });
}

bool add_model(Database& database, LineageNode& node) {
  database.each(kModels, {node.digest}, [&](const Row& row) {
    const auto name = version_name(row.get<std::string>(0), row.get<std::int64_t>(1));
    if (node.name.empty()) {
      node.kind = "model";
      node.name = name;
      node.facts.push_back(row.get<std::string>(5));
    } else {
      node.facts.push_back("also " + name);
    }
    add_act(node, "registered",
            {.at = row.get<Timestamp>(3),
             .actor = row.get<std::string>(2),
             .reason = row.get<std::string>(4)});
  });
  database.each(kStages, {node.digest},
                [&](const Row& row) { node.facts.push_back("in " + row.get<std::string>(0)); });
  return !node.name.empty();
}

bool add_dataset(Database& database, LineageNode& node) {
  database.each(kDataset, {node.digest}, [&](const Row& row) {
    node.kind = "dataset";
    node.name = row.get<std::string>(0);
    node.facts.push_back(fmt::format("version {}", row.get<std::int64_t>(1)));
    add_act(node, "tracked",
            {.at = row.get<Timestamp>(3),
             .actor = row.get<std::string>(2),
             .reason = row.get<std::string>(4)});
    const auto source = row.get<std::string>(5);
    if (!source.empty()) node.facts.push_back("source: " + source);
    const auto license = row.get<std::string>(6);
    if (!license.empty()) node.facts.push_back("license: " + license);
  });
  // By a move, or a copy.
  if (!node.name.empty())
    database.each(kOtherPaths, {node.digest, node.name},
                  [&](const Row& row) { node.facts.push_back("also " + row.get<std::string>(0)); });
  return !node.name.empty();
}

void add_file(Database& database, LineageNode& node) {
  node.kind = "file";
  const auto name = [](const Row& row) { return row.get<std::string>(0); };
  auto found = database.one(kFile, name, node.digest);
  if (!found) found = database.one(kSubject, name, node.digest);
  node.name = found ? *found : node.digest.brief();
}

}  // namespace

LineageNode node_for(Database& database, const Digest& digest) {
  LineageNode node{.digest = digest};
  database.each(kThing, {digest}, [&](const Row& row) {
    node.kind = row.get<std::string>(0);
    node.name = row.get<std::string>(1);
  });
  if (node.kind == "run") add_run_facts(database, node);
  if (node.kind == "service") add_service_facts(database, node);
  if (!node.name.empty()) return node;
  if (!add_model(database, node) && !add_dataset(database, node)) add_file(database, node);
  database.each(kEvidence, {digest}, [&](const Row& row) {
    node.facts.push_back(fmt::format("{} {}", row.get<bool>(0) ? "checks passed" : "checks failed",
                                     row.get<Timestamp>(1).brief()));
  });
  return node;
}

}  // namespace mlo::ledger
