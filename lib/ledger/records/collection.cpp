#include <fmt/format.h>

#include "ledger/record_kind.h"
#include "ledger/records/fields.h"
#include "mlo/core/error.h"
#include "mlo/ledger/versions.h"

namespace mlo::ledger {
namespace {

constexpr auto kType = "urn:mlo:collection:v1";

// Base64 makes a third more of a payload, and an entry holds 64 KiB.
constexpr std::size_t kMaxBytes = 36'000;
constexpr std::size_t kBytesPerVersion = 130;  // digest, number, names and quotes

constexpr auto kInsert = R"sql(
  INSERT INTO collected_version (entry, position, path, number, digest)
  VALUES (?1, ?2, ?3, ?4, ?5)
)sql";

constexpr auto kNewestOf = R"sql(
  SELECT number, leaf, envelope FROM entry
  WHERE number = (SELECT max(entry) FROM collected_version WHERE digest = ?1)
)sql";

constexpr auto kDigests = "SELECT DISTINCT digest FROM collected_version ORDER BY digest";

Collection read_collection(const Entry& entry) {
  Collection collection{.rule = entry.predicate.at("rule").as_string(), .origin = origin_of(entry)};
  const auto& numbers = entry.predicate.at("numbers").as_array();
  if (numbers.size() != entry.subjects.size())
    throw Error(ErrorKind::integrity, "a collection names {} versions of {} contents",
                numbers.size(), entry.subjects.size());
  for (std::size_t i = 0; i < numbers.size(); ++i)
    collection.versions.push_back({.path = entry.subjects[i].name,
                                   .number = numbers[i].as_integer(),
                                   .digest = entry.subjects[i].digest});
  return collection;
}

void project_collection(Database& database, const Entry& entry) {
  std::int64_t position = 0;
  for (const auto& version : read_collection(entry).versions)
    database.run(kInsert, entry.index, position++, version.path, version.number, version.digest);
}

std::string describe(const Entry& entry) {
  const auto collection = read_collection(entry);
  return fmt::format("gave up the content of {} old version{} ({})", collection.versions.size(),
                     collection.versions.size() == 1 ? "" : "s", collection.rule);
}

const bool kRegistered = record_kinds().add(
    kType,
    {.word = "collection", .project = project_collection, .describe = describe, .actions = {"gc"}});

}  // namespace

std::vector<Statement> statements_of(const Collection& collection) {
  std::vector<Statement> statements;
  std::size_t size_bytes = kMaxBytes;
  for (const auto& version : collection.versions) {
    if (size_bytes >= kMaxBytes) {
      statements.push_back(
          {.predicate_type = kType,
           .predicate = Json::object({{"rule", collection.rule}, {"numbers", Json::array()}})});
      size_bytes = 0;
    }
    auto& statement = statements.back();
    statement.subjects.push_back({.name = version.path, .digest = version.digest});
    Json numbers = statement.predicate["numbers"];
    numbers.add(version.number);
    statement.predicate.set("numbers", std::move(numbers));
    size_bytes += kBytesPerVersion + version.path.size();
  }
  return statements;
}

std::optional<Collection> collection_of(Ledger& ledger, const Digest& digest) {
  auto found = read_records(ledger, read_collection, kNewestOf, digest);
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

std::vector<Digest> collected_digests(Ledger& ledger) {
  return ledger.database().all(kDigests, [](const Row& row) { return row.get<Digest>(0); });
}

}  // namespace mlo::ledger
