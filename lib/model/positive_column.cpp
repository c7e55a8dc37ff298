#include "mlo/model/positive_column.h"

#include <algorithm>

#include "mlo/core/error.h"
#include "mlo/model/features.h"
#include "mlo/model/stored_table.h"
#include "model/signature.h"

namespace mlo::model {
namespace {

constexpr auto kColumn = "positive_column";
constexpr std::size_t kMostRows = 4096;

/// Without two probabilities beside a class there is nothing to decide.
bool has_pairs(const Predictor& predictor) {
  bool classes = false;
  bool pairs = false;
  for (const auto& [name, type, shape] : predictor.outputs()) {
    const bool real = type == "FP32" || type == "FP64";
    classes = classes || !real;
    pairs = pairs || (real && shape.size() == 2 && (shape[1] == 2 || shape[1] < 0));
  }
  return classes && pairs;
}

template <typename Value>
void thin(std::vector<Value>& values, std::size_t step) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < values.size(); i += step) values[kept++] = values[i];
  values.resize(kept);
}

/// Rows from all over the table: it may be sorted by its label.
std::vector<FeatureColumn> sample(const data::Table& table, const Predictor& predictor,
                                  const std::vector<std::string>& features) {
  const auto step = static_cast<std::size_t>(table.rows()) / kMostRows + 1;
  auto columns = feature_columns(predictor.inputs(), features, table);
  for (auto& [numbers, texts] : columns) {
    thin(numbers, step);
    thin(texts, step);
  }
  return columns;
}

std::optional<std::size_t> told_by_data(workspace::Repository& repository,
                                        const ledger::ModelVersion& version,
                                        const Predictor& predictor) {
  const auto* spec = repository.project().find_model(version.model);
  const auto features = features_of(version);
  if (spec == nullptr || features.empty() || data_of(*spec).empty()) return std::nullopt;
  auto reading = reading_for(version);
  reading.columns = features;
  const auto data = open_stored_table(repository, data_of(*spec), reading);
  if (data.table.rows() == 0) return std::nullopt;
  const auto rows = input_tensors(predictor, features, sample(data.table, predictor, features));
  return positive_column_in(predictor.predict(rows), positive_of(version));
}

std::optional<std::size_t> recorded(const ledger::ModelVersion& version) {
  const auto* column = version.signature.find(kColumn);
  if (column == nullptr || !column->is_integer()) return std::nullopt;
  return column->as_integer() == 0 ? 0 : 1;
}

}  // namespace

std::optional<std::size_t> find_positive_column(workspace::Repository& repository,
                                                const ledger::ModelVersion& version,
                                                const Predictor& predictor) {
  if (const auto known = recorded(version)) return known;
  if (version.description.string_or("task", "") != "binary-classification" || !has_pairs(predictor))
    return std::nullopt;
  try {
    return told_by_data(repository, version, predictor);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    return std::nullopt;  // what is wrong with data or features is for `validate` to say
  }
}

void record_positive_column(workspace::Repository& repository, ledger::ModelVersion& version) {
  if (version.signature.find("inputs") == nullptr) return;
  try {
    const auto predictor =
        load_predictor(repository.store().file(version.digest), repository.world(), version.path);
    if (const auto column = find_positive_column(repository, version, *predictor))
      version.signature.set(kColumn, static_cast<std::int64_t>(*column));
  } catch (const Error& error) {
    // A machine that cannot run it registers it all the same.
    if (error.kind() != ErrorKind::unavailable) throw;
  }
}

}  // namespace mlo::model
