#include <fmt/format.h>

#include "ledger/record_kind.h"
#include "ledger/records/fields.h"
#include "mlo/core/text.h"
#include "mlo/ledger/records.h"

namespace mlo::ledger {
namespace {

constexpr auto kType = "urn:mlo:dataset-version:v1";

constexpr auto kInsert = R"sql(
  INSERT INTO dataset_version (entry, path, number, digest, folder, size_bytes, files, row_count,
                               column_count, profile, contract, source, license, parent)
  VALUES (?1, ?2, (SELECT coalesce(max(number), 0) + 1 FROM dataset_version WHERE path = ?2),
          ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
)sql";

constexpr auto kNewestFirst = R"sql(
  SELECT entry.number, leaf, envelope, dataset_version.number
  FROM dataset_version JOIN entry ON entry.number = entry
  WHERE ?1 = '' OR path = ?1 ORDER BY entry DESC
)sql";

constexpr auto kLatest = R"sql(
  SELECT entry.number, leaf, envelope, dataset_version.number
  FROM dataset_version JOIN entry ON entry.number = entry
  WHERE path = ?1 ORDER BY dataset_version.number DESC LIMIT 1
)sql";

DatasetVersion read_dataset(const Entry& entry) {
  const auto& subject = only_subject(entry);
  const auto& facts = entry.predicate;
  return {.path = subject.name,
          .digest = subject.digest,
          .folder = facts.at("folder").as_bool(),
          .size_bytes = static_cast<std::uint64_t>(facts.at("size_bytes").as_integer()),
          .files = facts.at("files").as_integer(),
          .rows = integer_or_nothing(facts["rows"]),
          .columns = integer_or_nothing(facts["columns"]),
          .profile = digest_or_nothing(facts["profile"]),
          .schema = digest_or_nothing(facts["schema"]),
          .source = facts.at("source").as_string(),
          .license = facts.at("license").as_string(),
          .parent = digest_or_nothing(facts["parent"]),
          .imported = facts["imported"],
          .origin = origin_of(entry)};
}

DatasetVersion read_row(const Row& row) {
  auto version = read_dataset(read_entry(row));
  version.number = row.get<std::int64_t>(3);
  return version;
}

void project_dataset(Database& database, const Entry& entry) {
  const auto version = read_dataset(entry);
  database.run(kInsert, entry.index, version.path, version.digest, version.folder,
               version.size_bytes, version.files, version.rows, version.columns, version.profile,
               version.schema, version.source, version.license, version.parent);
  if (version.parent && *version.parent != version.digest)
    write_arrow(database, entry,
                {.source = *version.parent, .target = version.digest, .relation = "version"});
}

std::string describe(const Entry& entry) {
  const auto version = read_dataset(entry);
  return fmt::format("tracked {} ({}{})", version.path,
                     version.rows ? format_count(*version.rows) + " rows, " : "",
                     format_bytes(version.size_bytes));
}

const bool kRegistered = record_kinds().add(
    kType,
    {.word = "dataset", .project = project_dataset, .describe = describe, .actions = {"track"}});

}  // namespace

Statement statement_of(const DatasetVersion& version) {
  Statement statement{.subjects = {{.name = version.path, .digest = version.digest}},
                      .predicate_type = kType,
                      .predicate = Json::object({{"folder", version.folder},
                                                 {"size_bytes", version.size_bytes},
                                                 {"files", version.files},
                                                 {"rows", integer_or_null(version.rows)},
                                                 {"columns", integer_or_null(version.columns)},
                                                 {"profile", text_or_null(version.profile)},
                                                 {"schema", text_or_null(version.schema)},
                                                 {"source", version.source},
                                                 {"license", version.license},
                                                 {"parent", text_or_null(version.parent)}})};
  if (!version.imported.is_null()) statement.predicate.set("imported", version.imported);
  return statement;
}

std::vector<DatasetVersion> dataset_versions(Ledger& ledger, std::string_view path) {
  return ledger.database().all(kNewestFirst, read_row, path);
}

std::optional<DatasetVersion> latest_dataset(Ledger& ledger, std::string_view path) {
  return ledger.database().one(kLatest, read_row, path);
}

}  // namespace mlo::ledger
