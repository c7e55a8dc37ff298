#include "ledger/records/fields.h"

#include <fmt/format.h>

#include "mlo/core/error.h"

namespace mlo::ledger {
namespace {

constexpr auto kArrow = R"sql(
  INSERT INTO lineage_edge (entry, position, source, target, relation)
  VALUES (?1, (SELECT count(*) FROM lineage_edge WHERE entry = ?1), ?2, ?3, ?4)
)sql";

constexpr auto kThing = R"sql(
  INSERT INTO lineage_thing (entry, digest, kind, name) VALUES (?1, ?2, ?3, ?4)
)sql";

constexpr auto kVersion = R"sql(
  SELECT 1 FROM model_version WHERE model = ?1 AND number = ?2
)sql";

}  // namespace

Json digest_set(const Digest& digest) {
  return Json::object({{"sha256", digest.hex()}});
}

Json descriptor_of(const Artifact& artifact) {
  return Json::object({{"name", artifact.path}, {"digest", digest_set(artifact.digest)}});
}

Json descriptors_of(const std::vector<Artifact>& artifacts) {
  Json all = Json::array();
  for (const auto& artifact : artifacts) all.add(descriptor_of(artifact));
  return all;
}

Artifact artifact_of(const Json& descriptor) {
  return {.path = descriptor.at("name").as_string(),
          .digest = Digest::parse(descriptor.at("digest").at("sha256").as_string())};
}

std::vector<Artifact> artifacts_of(const Json& descriptors) {
  std::vector<Artifact> artifacts;
  for (const auto& descriptor : descriptors.as_array())
    artifacts.push_back(artifact_of(descriptor));
  return artifacts;
}

Json text_or_null(const std::optional<Digest>& digest) {
  return digest ? Json(digest->text()) : Json();
}

std::optional<Digest> digest_or_nothing(const Json& text) {
  if (text.is_null()) return std::nullopt;
  return Digest::parse(text.as_string());
}

Json integer_or_null(const std::optional<std::int64_t>& number) {
  return number ? Json(*number) : Json();
}

std::optional<std::int64_t> integer_or_nothing(const Json& number) {
  if (number.is_null()) return std::nullopt;
  return number.as_integer();
}

const Subject& only_subject(const Entry& entry) {
  if (entry.subjects.size() != 1)
    throw Error(ErrorKind::integrity, "an entry of type '{}' has {} subjects instead of one",
                entry.predicate_type, entry.subjects.size());
  return entry.subjects.front();
}

Origin origin_of(const Entry& entry) {
  return {.entry = entry.index, .at = entry.time, .actor = entry.actor, .reason = entry.reason};
}

std::vector<std::string> stage_resources(const Entry& entry) {
  const auto* gate = entry.predicate.find("mlo_gate");
  const auto& facts = gate == nullptr ? entry.predicate : *gate;
  return stage_names(facts.at("model").as_string(), facts.at("stage").as_string());
}

std::vector<std::string> stage_names(const std::string& model, const std::string& stage) {
  return {stage, fmt::format("{}/{}", model, stage), model};
}

std::string version_name(std::string_view model, std::int64_t number) {
  return fmt::format("{}@{}", model, number);
}

void require_version(Database& database, std::string_view model, std::int64_t number) {
  const auto there = [](const Row& row) { return row.get<bool>(0); };
  if (!database.one(kVersion, there, model, number))
    throw Error(ErrorKind::not_found, "no model version '{}'", version_name(model, number))
        .hint("mlo models list");
}

void write_arrow(Database& database, const Entry& entry, const Arrow& arrow) {
  database.run(kArrow, entry.index, arrow.source, arrow.target, arrow.relation);
}

void write_thing(Database& database, const Entry& entry, const LineageNode& node) {
  database.run(kThing, entry.index, node.digest, node.kind, node.name);
}

Digest run_digest(std::string_view id) {
  return Digest::of(fmt::format("urn:mlo:run:{}", id));
}

Digest service_digest(std::string_view model, std::string_view stage, std::string_view target) {
  return Digest::of(fmt::format("urn:mlo:service:{}/{}/{}", model, stage, target));
}

}  // namespace mlo::ledger
