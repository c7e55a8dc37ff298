#include <algorithm>

#include <fmt/format.h>

#include "ledger/record_kind.h"
#include "ledger/records/fields.h"
#include "mlo/ledger/versions.h"

namespace mlo::ledger {
namespace {

constexpr auto kType = "urn:mlo:untracking:v1";

constexpr auto kInsert = R"sql(
  INSERT INTO untracking (entry, path, digest, moved_to) VALUES (?1, ?2, ?3, ?4)
)sql";

constexpr auto kNewestFirst = R"sql(
  SELECT entry.number, leaf, envelope FROM untracking JOIN entry ON entry.number = entry
  WHERE ?1 = '' OR path = ?1 ORDER BY entry DESC
)sql";

// Each step goes back in time, so that no circle of moves is walked twice.
constexpr auto kFormerPaths = R"sql(
  WITH RECURSIVE former (path, until) AS (
    SELECT path, entry FROM untracking WHERE moved_to = ?1
    UNION
    SELECT untracking.path, untracking.entry FROM untracking JOIN former
      ON untracking.moved_to = former.path AND untracking.entry < former.until)
  SELECT path, max(until) FROM former WHERE path <> ?1 GROUP BY path ORDER BY max(until) DESC
)sql";

Untracking read_untracking(const Entry& entry) {
  const auto& subject = only_subject(entry);
  return {.path = subject.name,
          .digest = subject.digest,
          .moved_to = entry.predicate.at("moved_to").as_string(),
          .origin = origin_of(entry)};
}

void project_untracking(Database& database, const Entry& entry) {
  const auto one = read_untracking(entry);
  database.run(kInsert, entry.index, one.path, one.digest, one.moved_to);
}

std::string describe(const Entry& entry) {
  const auto one = read_untracking(entry);
  return one.moved_to.empty() ? fmt::format("untracked {}", one.path)
                              : fmt::format("moved {} to {}", one.path, one.moved_to);
}

const bool kRegistered = record_kinds().add(kType, {.word = "untracking",
                                                    .project = project_untracking,
                                                    .describe = describe,
                                                    .actions = {"untrack"}});

}  // namespace

Statement statement_of(const Untracking& untracking) {
  return {.subjects = {{.name = untracking.path, .digest = untracking.digest}},
          .predicate_type = kType,
          .predicate = Json::object({{"moved_to", untracking.moved_to}})};
}

std::vector<Untracking> untrackings(Ledger& ledger, std::string_view path) {
  return read_records(ledger, read_untracking, kNewestFirst, path);
}

std::vector<FormerPath> former_paths(Ledger& ledger, std::string_view path) {
  return ledger.database().all(
      kFormerPaths,
      [](const Row& row) {
        return FormerPath{.path = row.get<std::string>(0), .until = row.get<std::int64_t>(1)};
      },
      path);
}

std::vector<DatasetVersion> versions_with_former(Ledger& ledger, std::string_view path) {
  auto all = dataset_versions(ledger, path);
  for (const auto& former : former_paths(ledger, path))
    for (auto& version : dataset_versions(ledger, former.path))
      if (version.origin.entry < former.until) all.push_back(std::move(version));
  return all;
}

std::vector<Tag> tags_with_former(Ledger& ledger, std::string_view path) {
  auto all = tags(ledger, path);
  for (const auto& former : former_paths(ledger, path)) {
    const auto versions = dataset_versions(ledger, former.path);
    for (auto& tag : tags(ledger, former.path)) {
      const auto named = std::ranges::find(versions, tag.number, &DatasetVersion::number);
      if (named != versions.end() && named->origin.entry < former.until)
        all.push_back(std::move(tag));
    }
  }
  return all;
}

}  // namespace mlo::ledger
