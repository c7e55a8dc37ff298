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

}  // namespace mlo::ledger
