#include <algorithm>

#include <fmt/format.h>

#include "model/exports/export.h"

// CycloneDX 1.6 (ECMA-424) machine-learning BOM: the model with its card, the data and files it was
// made from, and who depends on what.

namespace mlo::model {
namespace {

Json hashes_of(const Digest& digest) {
  return Json::array({Json::object({{"alg", "SHA-256"}, {"content", digest.hex()}})});
}

std::string reference_of(const ledger::Artifact& artifact) {
  return fmt::format("file:{}@{}", artifact.path, artifact.digest.hex());
}

Json property(std::string_view name, const Json& value) {
  return Json::object({{"name", fmt::format("mlo:{}", name)},
                       {"value", value.is_string() ? value.as_string() : value.dump()}});
}

/// Everything that the model was made from: data, code, base files.
std::vector<ledger::Artifact> sources_of(const CatalogueEntry& entry,
                                         const std::optional<ledger::Run>& run) {
  auto sources = entry.version.datasets;
  const auto known = [&](const ledger::Artifact& artifact) {
    return std::ranges::any_of(
        sources, [&](const auto& other) { return reference_of(other) == reference_of(artifact); });
  };
  if (run)
    for (const auto& material : run->materials)
      if (!known(material) && material.digest != entry.version.digest) sources.push_back(material);
  return sources;
}

/// What the model was trained and judged on is data; anything else is a file.
Json component_of(workspace::Repository& repository, const ledger::Artifact& artifact,
                  bool dataset) {
  auto component = Json::object({{"type", dataset ? "data" : "file"},
                                 {"bom-ref", reference_of(artifact)},
                                 {"name", artifact.path},
                                 {"hashes", hashes_of(artifact.digest)}});
  if (dataset)
    component.set("data", Json::array({Json::object({{"type", "dataset"},
                                                     {"name", artifact.path},
                                                     {"bom-ref", reference_of(artifact) + "#data"},
                                                     {"classification", "unspecified"}})}));
  for (const auto& version : ledger::dataset_versions(repository.ledger(), artifact.path)) {
    if (version.digest != artifact.digest) continue;
    component.set("version", fmt::format("{}", version.number));
    if (!version.source.empty())
      component.set("properties", Json::array({property("source", version.source)}));
    if (!version.license.empty())
      component.set(
          "licenses",
          Json::array({Json::object({{"license", Json::object({{"name", version.license}})}})}));
    break;
  }
  return component;
}

Json metrics_of(const CatalogueEntry& entry) {
  Json metrics = Json::array();
  // What was measured here counts; what the training claims is told where nothing was.
  if (!entry.evidence.empty())
    for (const auto& check : entry.evidence.front().checks)
      if (check.value.is_number())
        metrics.add(Json::object(
            {{"type", check.name}, {"value", check.value.dump()}, {"slice", check.kind}}));
  if (metrics.size() == 0)
    for (const auto& [name, value] : entry.version.metrics.as_object())
      metrics.add(Json::object({{"type", name}, {"value", value.dump()}, {"slice", "training"}}));
  return metrics;
}

Json parameters_of(const ledger::ModelVersion& version) {
  Json datasets = Json::array();
  for (const auto& dataset : version.datasets)
    datasets.add(Json::object({{"ref", reference_of(dataset) + "#data"}}));
  const auto formats = [](const Json& tensors) {
    Json all = Json::array();
    if (!tensors.is_array()) return all;
    for (const auto& tensor : tensors.as_array())
      all.add(Json::object(
          {{"format", fmt::format("{} {} {}", tensor.string_or("name", "?"),
                                  tensor.string_or("type", "?"), tensor["shape"].dump())}}));
    return all;
  };
  auto parameters = Json::object();
  if (const auto task = version.description.string_or("task", ""); !task.empty())
    parameters.set("task", task);
  if (datasets.size() > 0) parameters.set("datasets", std::move(datasets));
  parameters.set("inputs", formats(version.signature["inputs"]));
  parameters.set("outputs", formats(version.signature["outputs"]));
  return parameters;
}

Json considerations_of(const Json& description) {
  auto considerations = Json::object();
  const auto add = [&](std::string_view ours, std::string_view theirs) {
    if (const auto text = description.string_or(ours, ""); !text.empty())
      considerations.set(theirs, Json::array({text}));
  };
  add("intended_use", "useCases");
  add("users", "users");
  add("limitations", "technicalLimitations");
  return considerations;
}

Json model_component(const CatalogueEntry& entry) {
  const auto& version = entry.version;
  Json properties =
      Json::array({property("entry", version.origin.entry), property("path", version.path),
                   property("size_bytes", version.size_bytes)});
  if (!version.run.empty()) properties.add(property("run", version.run));
  for (const auto& stage : entry.stages) properties.add(property("stage", stage));
  for (const auto& [name, value] : version.params.as_object())
    properties.add(property("param:" + name, value));
  auto component = Json::object(
      {{"type", "machine-learning-model"},
       {"bom-ref", fmt::format("model:{}@{}", version.model, version.number)},
       {"name", version.model},
       {"version", fmt::format("{}", version.number)},
       {"hashes", hashes_of(version.digest)},
       {"modelCard", Json::object({{"modelParameters", parameters_of(version)},
                                   {"quantitativeAnalysis",
                                    Json::object({{"performanceMetrics", metrics_of(entry)}})},
                                   {"considerations", considerations_of(version.description)}})},
       {"properties", std::move(properties)}});
  if (const auto license = version.description.string_or("license", ""); !license.empty())
    component.set("licenses",
                  Json::array({Json::object({{"license", Json::object({{"name", license}})}})}));
  if (const auto owner = version.description.string_or("owner", ""); !owner.empty())
    component.set("supplier", Json::object({{"name", owner}}));
  return component;
}

std::string write(workspace::Repository& repository, const CatalogueEntry& entry) {
  const auto& version = entry.version;
  Json components = Json::array();
  Json depends = Json::array();
  Json dependencies = Json::array();
  // Its datasets come first among them.
  auto datasets = version.datasets.size();
  for (const auto& source : sources_of(entry, run_of(repository, version))) {
    components.add(component_of(repository, source, datasets > 0));
    if (datasets > 0) --datasets;
    depends.add(reference_of(source));
    dependencies.add(Json::object({{"ref", reference_of(source)}}));
  }
  const auto component = model_component(entry);
  dependencies.add(
      Json::object({{"ref", component.at("bom-ref")}, {"dependsOn", std::move(depends)}}));
  return Json::object(
             {{"bomFormat", "CycloneDX"},
              {"specVersion", "1.6"},
              {"serialNumber",
               "urn:uuid:" + uuid_for(fmt::format("cyclonedx {}@{} {}", version.model,
                                                  version.number, version.digest.hex()))},
              {"version", 1},
              {"metadata",
               Json::object(
                   {{"timestamp", version.origin.at.text()},
                    {"tools", Json::object({{"components",
                                             Json::array({Json::object(
                                                 {{"type", "application"}, {"name", "mlo"}})})}})},
                    {"authors", Json::array({Json::object({{"name", version.origin.actor}})})},
                    {"component", component}})},
              {"components", std::move(components)},
              {"dependencies", std::move(dependencies)}})
             .pretty() +
         "\n";
}

const bool kRegistered = exports().add("cyclonedx", {.write = write});

}  // namespace
}  // namespace mlo::model
