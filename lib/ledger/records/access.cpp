#include "ledger/records/access.h"

#include <fmt/format.h>

#include "ledger/record_kind.h"
#include "ledger/records/fields.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::ledger {
namespace {

constexpr auto kType = "urn:mlo:access:v1";

constexpr auto kInsert = R"sql(
  INSERT INTO access (entry, position, how, kind, name, digest, reads)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
)sql";

constexpr auto kNewestFirst = R"sql(
  SELECT number, leaf, envelope FROM entry
  WHERE number IN (SELECT entry FROM access) ORDER BY number DESC LIMIT ?1
)sql";

AccessRecord read_access(const Entry& entry) {
  AccessRecord record{
      .how = entry.predicate.at("how").as_string(), .accesses = {}, .origin = origin_of(entry)};
  const auto& facts = entry.predicate.at("reads").as_array();
  if (facts.size() != entry.subjects.size())
    throw Error(ErrorKind::integrity, "an access tells of {} reads of {} contents", facts.size(),
                entry.subjects.size());
  for (std::size_t i = 0; i < facts.size(); ++i)
    record.accesses.push_back({.kind = facts[i].at("kind").as_string(),
                               .name = entry.subjects[i].name,
                               .digest = entry.subjects[i].digest,
                               .reads = facts[i].at("count").as_integer()});
  return record;
}

void project_access(Database& database, const Entry& entry) {
  const auto record = read_access(entry);
  std::int64_t position = 0;
  for (const auto& one : record.accesses)
    database.run(kInsert, entry.index, position++, record.how, one.kind, one.name, one.digest,
                 one.reads);
}

std::string describe(const Entry& entry) {
  const auto record = read_access(entry);
  std::vector<std::string> names;
  constexpr std::size_t kMost = 3;
  for (const auto& one : record.accesses) {
    if (names.size() == kMost) break;
    names.push_back(one.reads > 1 ? fmt::format("{} ({} times)", one.name, one.reads) : one.name);
  }
  return fmt::format("read {}{} ({})", join(names, ", "),
                     record.accesses.size() > kMost
                         ? fmt::format(" and {} more", record.accesses.size() - kMost)
                         : "",
                     record.how);
}

// Whether the read itself is allowed is asked before; that it is told of always is.
const bool kRegistered = record_kinds().add(kType, {.word = "access",
                                                    .project = project_access,
                                                    .describe = describe,
                                                    .authority = Authority::anybody});

}  // namespace

Statement access_statement(const std::string& how, std::span<const Access> accesses) {
  Statement statement{.predicate_type = kType};
  Json reads = Json::array();
  for (const auto& one : accesses) {
    statement.subjects.push_back({.name = one.name, .digest = one.digest});
    reads.add(Json::object({{"kind", one.kind}, {"count", one.reads}}));
  }
  statement.predicate = Json::object({{"how", how}, {"reads", std::move(reads)}});
  return statement;
}

std::vector<AccessRecord> access_log(Ledger& ledger, std::int64_t limit) {
  return read_records(ledger, read_access, kNewestFirst, limit);
}

}  // namespace mlo::ledger
