#include <algorithm>
#include <set>

#include "mlo/core/error.h"
#include "mlo/data/table.h"
#include "mlo/model/features.h"
#include "mlo/model/predictor.h"
#include "mlo/model/reference.h"
#include "mlo/model/stored_table.h"

namespace mlo::model {
namespace {

using workspace::ModelSpec;

/// Columns that are no features: the label and the groups that the model is judged by.
std::set<std::string> other_columns(const ModelSpec& spec) {
  std::set<std::string> names(spec.validate.slices.begin(), spec.validate.slices.end());
  names.insert(spec.target);
  if (spec.validate.fairness)
    names.insert(spec.validate.fairness->by.begin(), spec.validate.fairness->by.end());
  return names;
}

std::vector<std::string> numeric_columns(const data::Table& table,
                                         const std::set<std::string>& without) {
  using data::ColumnType;
  std::vector<std::string> names;
  for (const auto& column : table.columns()) {
    const bool numeric = column.type == ColumnType::number || column.type == ColumnType::integer ||
                         column.type == ColumnType::boolean;
    if (numeric && !without.contains(column.name)) names.push_back(column.name);
  }
  return names;
}

std::vector<std::string> default_features(workspace::Repository& repository,
                                          const ModelSpec& spec) {
  if (!spec.features.empty()) return spec.features;
  const auto path = !spec.validate.data.empty() ? spec.validate.data
                    : spec.monitor              ? spec.monitor->reference
                                                : std::string();
  if (path.empty()) return {};
  return numeric_columns(open_stored_table(repository, path).table, other_columns(spec));
}

/// The features must be as many as the model's one wide input takes.
void check_width(const Json& signature, const std::vector<std::string>& features) {
  const auto& inputs = signature["inputs"].as_array();
  if (features.empty() || inputs.size() != 1 || inputs[0]["shape"].size() != 2) return;
  const auto width = inputs[0]["shape"].as_array()[1].as_integer();
  if (width < 0 || width == static_cast<std::int64_t>(features.size())) return;
  throw Error(ErrorKind::bad_input, "the model takes {} features, its data has {} numeric columns",
              width, features.size())
      .hint("list the columns in the model's order in mlo.yaml: features: [a, b]");
}

Json signature(workspace::Repository& repository, const ModelSpec& spec, const Digest& digest) {
  const auto features = default_features(repository, spec);
  Json result = Json::object();
  try {
    result = signature_of(
        *load_predictor(repository.store().file(digest), repository.world(), spec.path));
    check_width(result, features);
  } catch (const Error& error) {
    // Without the runtime a version is recorded all the same; validate asks for it.
    if (error.kind() != ErrorKind::unavailable) throw;
  }
  Json names = Json::array();
  for (const auto& feature : features) names.add(feature);
  return result.set("features", std::move(names));
}

/// Tracked data and tables among what the run read and made: what the version was trained and
/// judged on.
std::vector<ledger::Artifact> datasets(ledger::Ledger& ledger, const ledger::Run& run) {
  std::set<Digest> tracked;
  for (const auto& version : ledger::dataset_versions(ledger)) tracked.insert(version.digest);
  std::vector<ledger::Artifact> all;
  for (const auto* artifacts : {&run.materials, &run.products})
    for (const auto& artifact : *artifacts)
      if (tracked.contains(artifact.digest) || data::Table::is_table(artifact.path))
        all.push_back(artifact);
  return all;
}

}  // namespace

std::vector<ledger::ModelVersion> register_models(workspace::Repository& repository,
                                                  const ledger::Run& run,
                                                  const std::string& reason) {
  std::vector<ledger::Statement> statements;
  std::vector<std::string> names;
  for (const auto& spec : repository.project().models) {
    const auto product = std::ranges::find(run.products, spec.path, &ledger::Artifact::path);
    if (product == run.products.end()) continue;
    const auto known = ledger::model_versions(repository.ledger(), spec.name);
    if (std::ranges::find(known, product->digest, &ledger::ModelVersion::digest) != known.end())
      continue;
    const ledger::ModelVersion version{
        .model = spec.name,
        .number = known.empty() ? 1 : known.front().number + 1,
        .digest = product->digest,
        .path = spec.path,
        .size_bytes = repository.store().size_bytes(product->digest),
        .run = run.id,
        .signature = in_context("registering model '" + spec.name + "'",
                                [&] { return signature(repository, spec, product->digest); }),
        .datasets = datasets(repository.ledger(), run),
        .params = run.params,
        .metrics = run.metrics,
        .description = spec.description};
    statements.push_back(ledger::statement_of(version));
    names.push_back(spec.name);
  }
  if (!statements.empty()) repository.ledger().append(statements, {"train", reason});
  std::vector<ledger::ModelVersion> registered;
  registered.reserve(names.size());
  for (const auto& name : names)
    registered.push_back(ledger::model_versions(repository.ledger(), name).front());
  return registered;
}

}  // namespace mlo::model
