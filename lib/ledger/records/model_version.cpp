#include "ledger/records/model_version.h"

#include <fmt/format.h>

#include "ledger/record_kind.h"
#include "ledger/records/fields.h"
#include "mlo/core/error.h"
#include "mlo/ledger/records.h"

namespace mlo::ledger {
namespace {

constexpr auto kInsert = R"sql(
  INSERT INTO model_version (entry, model, number, digest, path, size_bytes, run, params, metrics)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
)sql";

constexpr auto kThere = "SELECT 1 FROM model_version WHERE model = ?1 AND number = ?2";

constexpr auto kNewestFirst = R"sql(
  SELECT entry.number, leaf, envelope FROM model_version JOIN entry ON entry.number = entry
  WHERE (?1 = '' OR model = ?1) AND NOT EXISTS
    (SELECT 1 FROM version_note AS note WHERE note.model = model_version.model
       AND note.number = model_version.number AND note.deleted = 1)
  ORDER BY entry DESC
)sql";

constexpr auto kOne = R"sql(
  SELECT entry.number, leaf, envelope FROM model_version JOIN entry ON entry.number = entry
  WHERE model = ?1 AND model_version.number = ?2
)sql";

constexpr auto kAtStage = R"sql(
  SELECT entry.number, leaf, envelope
  FROM stage JOIN model_version USING (model, number)
             JOIN entry ON entry.number = model_version.entry
  WHERE model = ?1 AND stage = ?2
)sql";

ModelVersion read_model(const Entry& entry) {
  const auto& subject = only_subject(entry);
  const auto& facts = entry.predicate.at("mlo_model");
  return {.model = facts.at("model").as_string(),
          .number = facts.at("number").as_integer(),
          .digest = subject.digest,
          .path = subject.name,
          .size_bytes = static_cast<std::uint64_t>(facts.at("size_bytes").as_integer()),
          .run = facts.at("run").as_string(),
          .signature = facts.at("signature"),
          .datasets = artifacts_of(facts.at("datasets")),
          .params = facts.at("params"),
          .metrics = facts.at("metrics"),
          .description = facts.at("description"),
          .origin = origin_of(entry)};
}

void project_model(Database& database, const Entry& entry) {
  const auto version = read_model(entry);
  const auto there = [](const Row& row) { return row.get<bool>(0); };
  if (database.one(kThere, there, version.model, version.number))
    throw Error(ErrorKind::conflict, "the model version '{}' is there already",
                version_name(version.model, version.number))
        .hint("mlo models list");
  database.run(kInsert, entry.index, version.model, version.number, version.digest, version.path,
               version.size_bytes, version.run, version.params.canonical(),
               version.metrics.canonical());
  for (const auto& dataset : version.datasets)
    write_arrow(database, entry,
                {.source = dataset.digest, .target = version.digest, .relation = "dataset"});
}

std::string describe(const Entry& entry) {
  return "registered " + entry.predicate.string_or("releaseId", "?");
}

std::vector<std::string> model_resources(const Entry& entry) {
  return {entry.predicate.at("mlo_model").at("model").as_string()};
}

const bool kRegistered = record_kinds().add(kReleaseType, {.word = "model",
                                                           .project = project_model,
                                                           .describe = describe,
                                                           .actions = {"train"},
                                                           .resources = model_resources});

/// A package URL (purl-spec, type generic); names of ours need no escaping but '@' and '/'.
std::string package_url(const ModelVersion& version) {
  std::string name;
  for (const char letter : version.model) {
    const bool plain = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                       (letter >= '0' && letter <= '9') ||
                       std::string_view("-._~").find(letter) != std::string_view::npos;
    name +=
        plain ? std::string(1, letter) : fmt::format("%{:02X}", static_cast<unsigned char>(letter));
  }
  return fmt::format("pkg:generic/{}@{}?checksum={}", name, version.number, version.digest.text());
}

}  // namespace

Statement statement_of(const ModelVersion& version) {
  return {.subjects = {{.name = version.path, .digest = version.digest}},
          .predicate_type = kReleaseType,
          .predicate = Json::object(
              {{"purl", package_url(version)},
               {"releaseId", version_name(version.model, version.number)},
               {"mlo_model", Json::object({{"model", version.model},
                                           {"number", version.number},
                                           {"size_bytes", version.size_bytes},
                                           {"run", version.run},
                                           {"signature", version.signature},
                                           {"datasets", descriptors_of(version.datasets)},
                                           {"params", version.params},
                                           {"metrics", version.metrics},
                                           {"description", version.description}})}})};
}

std::vector<ModelVersion> model_versions(Ledger& ledger, std::string_view model) {
  return read_records(ledger, read_model, kNewestFirst, model);
}

std::optional<ModelVersion> find_model(Ledger& ledger, std::string_view model,
                                       std::int64_t number) {
  return ledger.database().one(
      kOne, [](const Row& row) { return read_model(read_entry(row)); }, model, number);
}

std::optional<ModelVersion> model_at_stage(Ledger& ledger, std::string_view model,
                                           std::string_view stage) {
  return ledger.database().one(
      kAtStage, [](const Row& row) { return read_model(read_entry(row)); }, model, stage);
}

}  // namespace mlo::ledger
