#include "mlo/ledger/lineage.h"

#include <array>

#include <fmt/format.h>

#include "mlo/core/error.h"

// OpenLineage run events (openlineage.io/spec/2-0-2): what each run read and wrote.

namespace mlo::ledger {
namespace {

constexpr std::string_view kProducer = "urn:mlo:ledger:v1";
constexpr std::string_view kEventSchema =
    "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";
constexpr std::string_view kVersionSchema =
    "https://openlineage.io/spec/facets/1-0-1/DatasetVersionDatasetFacet.json";
constexpr std::string_view kCodeSchema =
    "https://openlineage.io/spec/facets/1-0-1/SourceCodeLocationJobFacet.json";
constexpr std::string_view kTypeSchema =
    "https://openlineage.io/spec/facets/2-0-3/JobTypeJobFacet.json";
constexpr std::string_view kErrorSchema =
    "https://openlineage.io/spec/facets/1-0-1/ErrorMessageRunFacet.json";

Json facet(std::string_view schema, std::initializer_list<Json::Member> members) {
  auto json = Json::object({{"_producer", kProducer}, {"_schemaURL", schema}});
  for (const auto& [name, value] : members) json.set(name, value);
  return json;
}

/// A ULID holds the 128 bits that a UUID has, in Crockford's base32.
std::string uuid_of(std::string_view ulid) {
  constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  std::array<std::byte, 16> bytes{};
  for (const char letter : ulid) {
    auto carry = static_cast<unsigned>(kDigits.find(letter) % kDigits.size());
    for (std::size_t i = bytes.size(); i-- > 0;) {
      const auto value = (std::to_integer<unsigned>(bytes[i]) << 5U) | carry;
      bytes[i] = static_cast<std::byte>(value & 0xFFU);
      carry = value >> 8U;
    }
  }
  // Time comes first in both, so it is one of version 7 (RFC 9562 §5.7).
  bytes[6] = (bytes[6] & std::byte{0x0F}) | std::byte{0x70};
  bytes[8] = (bytes[8] & std::byte{0x3F}) | std::byte{0x80};
  const auto hex = to_hex(bytes);
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                     hex.substr(16, 4), hex.substr(20));
}

Json datasets_of(const std::vector<Artifact>& artifacts, const std::string& space) {
  Json datasets = Json::array();
  for (const auto& artifact : artifacts)
    datasets.add(Json::object(
        {{"namespace", space},
         {"name", artifact.path},
         {"facets",
          Json::object({{"version",
                         facet(kVersionSchema, {{"datasetVersion", artifact.digest.text()}})}})}}));
  return datasets;
}

Json job_of(const Run& run, const std::string& space) {
  auto facets = Json::object({{"jobType", facet(kTypeSchema, {{"processingType", "BATCH"},
                                                              {"integration", "MLO"},
                                                              {"jobType", "PIPELINE"}})}});
  if (!run.git_commit.empty())
    facets.set("sourceCodeLocation", facet(kCodeSchema, {{"type", "git"},
                                                         {"url", "urn:git:" + run.git_commit},
                                                         {"version", run.git_commit},
                                                         {"branch", run.git_branch}}));
  return Json::object({{"namespace", space}, {"name", "train"}, {"facets", std::move(facets)}});
}

Json event_of(const Run& run, const std::string& space, std::string_view type, Timestamp at) {
  auto facets = Json::object({{"mlo_run", facet(kProducer, {{"id", run.id},
                                                            {"name", run.name},
                                                            {"entry", run.origin.entry},
                                                            {"params", run.params},
                                                            {"metrics", run.metrics}})}});
  if (type == "FAIL")
    facets.set("errorMessage",
               facet(kErrorSchema, {{"message", "a step failed"}, {"programmingLanguage", "mlo"}}));
  const bool ended = type != "START";
  return Json::object(
      {{"eventType", type},
       {"eventTime", at.text()},
       {"producer", kProducer},
       {"schemaURL", kEventSchema},
       {"run", Json::object({{"runId", uuid_of(run.id)}, {"facets", std::move(facets)}})},
       {"job", job_of(run, space)},
       {"inputs", datasets_of(run.materials, space)},
       {"outputs", ended ? datasets_of(run.products, space) : Json::array()}});
}

std::string_view end_of(const Run& run) {
  if (run.status == "finished") return "COMPLETE";
  return run.status == "failed" ? "FAIL" : "ABORT";
}

}  // namespace

std::string to_openlineage(Ledger& ledger, const Lineage& lineage) {
  const auto key = ledger.verifier_key();
  const auto space = key.substr(0, key.find('+'));
  std::string text;
  for (const auto& node : lineage.nodes) {
    if (node.kind != "run") continue;
    const auto run = find_run(ledger, node.name);
    if (!run) continue;
    text += event_of(*run, space, "START", run->started_at).dump() + "\n";
    text += event_of(*run, space, end_of(*run), run->finished_at).dump() + "\n";
  }
  return text;
}

}  // namespace mlo::ledger
