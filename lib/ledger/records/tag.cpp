#include <fmt/format.h>

#include "ledger/record_kind.h"
#include "ledger/records/fields.h"
#include "mlo/ledger/versions.h"

namespace mlo::ledger {
namespace {

constexpr auto kType = "urn:mlo:tag:v1";
constexpr auto kRemoval = "urn:mlo:tag-removal:v1";

constexpr auto kInsert = R"sql(
  INSERT INTO tag (entry, path, name, number, digest, removed) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
)sql";

constexpr auto kInForce = R"sql(
  SELECT entry.number, leaf, envelope FROM tag AS newest JOIN entry ON entry.number = entry
  WHERE (?1 = '' OR path = ?1) AND removed = 0
    AND entry = (SELECT max(entry) FROM tag WHERE path = newest.path AND name = newest.name)
  ORDER BY path, name
)sql";

constexpr auto kNewestFirst = R"sql(
  SELECT entry.number, leaf, envelope FROM tag JOIN entry ON entry.number = entry
  WHERE ?1 = '' OR path = ?1 ORDER BY entry DESC
)sql";

Tag read_tag(const Entry& entry) {
  const auto& subject = only_subject(entry);
  return {.path = subject.name,
          .name = entry.predicate.at("name").as_string(),
          .number = entry.predicate.at("number").as_integer(),
          .digest = subject.digest,
          .removed = entry.predicate_type == kRemoval,
          .origin = origin_of(entry)};
}

void project_tag(Database& database, const Entry& entry) {
  const auto tag = read_tag(entry);
  database.run(kInsert, entry.index, tag.path, tag.name, tag.number, tag.digest, tag.removed);
}

std::string describe(const Entry& entry) {
  const auto tag = read_tag(entry);
  return tag.removed ? fmt::format("removed the tag {} of {} v{}", tag.name, tag.path, tag.number)
                     : fmt::format("tagged {} v{} as {}", tag.path, tag.number, tag.name);
}

const bool kRegistered =
    record_kinds().add(kType, {.word = "tag", .project = project_tag, .describe = describe});
const bool kRemovalRegistered =
    record_kinds().add(kRemoval, {.word = "tag", .project = project_tag, .describe = describe});

}  // namespace

Statement statement_of(const Tag& tag) {
  return {.subjects = {{.name = tag.path, .digest = tag.digest}},
          .predicate_type = tag.removed ? kRemoval : kType,
          .predicate = Json::object({{"name", tag.name}, {"number", tag.number}})};
}

std::vector<Tag> tags(Ledger& ledger, std::string_view path) {
  return read_records(ledger, read_tag, kInForce, path);
}

std::vector<Tag> tag_history(Ledger& ledger, std::string_view path) {
  return read_records(ledger, read_tag, kNewestFirst, path);
}

}  // namespace mlo::ledger
