#include "model/signature.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/data/table.h"
#include "mlo/model/features.h"
#include "mlo/model/predictor.h"
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

bool holds_numbers(const data::Column& column) {
  using data::ColumnType;
  return column.type == ColumnType::number || column.type == ColumnType::integer ||
         column.type == ColumnType::boolean;
}

/// What inputs that are called like no column take, by its kind and in its order.
struct Wanted {
  bool text = false;
  bool numbers = false;
  bool text_first = false;
  [[nodiscard]] bool takes(const data::Column& column) const {
    return (text && column.type == data::ColumnType::text) || (numbers && holds_numbers(column));
  }
};

Wanted wanted_of(std::span<const TensorInfo> inputs, const std::set<std::string_view>& named) {
  Wanted wanted{.numbers = inputs.empty()};
  for (const auto& input : inputs) {
    if (named.contains(input.name)) continue;
    const bool only = inputs.size() == 1 && input.shape.size() == 2;
    const bool text = input.type == "BYTES" && (only || takes_several(input));
    if (text && !wanted.numbers) wanted.text_first = true;
    (text ? wanted.text : wanted.numbers) = true;
  }
  return wanted;
}

/// The columns that the inputs are called like, and those of numbers, or of text where the model
/// takes that, that are not `others`: in the table's order, but for those of inputs of text and of
/// numbers that both take several.
std::vector<std::string> fitting_columns(const data::Table& table,
                                         const std::set<std::string>& others,
                                         std::span<const TensorInfo> inputs) {
  std::set<std::string_view> named;
  for (const auto& input : inputs)
    if (!takes_several(input) && table.find(input.name) != nullptr) named.insert(input.name);
  const auto wanted = wanted_of(inputs, named);
  auto columns = table.columns();
  std::erase_if(columns, [&](const data::Column& column) {
    return !named.contains(column.name) && (!wanted.takes(column) || others.contains(column.name));
  });
  if (wanted.text && wanted.numbers)
    std::stable_partition(columns.begin(), columns.end(), [&](const data::Column& column) {
      return holds_numbers(column) != wanted.text_first;
    });
  std::vector<std::string> names;
  names.reserve(columns.size());
  for (const auto& column : columns) names.push_back(column.name);
  return names;
}

std::vector<std::string> features_for(workspace::Repository& repository, const ModelSpec& spec,
                                      const Json& signature, const ledger::ModelVersion* before) {
  if (!spec.features.empty()) return spec.features;
  if (before != nullptr)
    if (auto known = features_of(*before); !known.empty()) return known;
  const auto path = data_of(spec);
  if (path.empty()) return {};
  return fitting_columns(open_stored_table(repository, path).table, other_columns(spec),
                         inputs_of(signature));
}

/// Inputs and outputs. Without an engine a version is recorded all the same: it can be scanned,
/// promoted and delivered, and what needs an engine asks for it.
Signature tensors_of(workspace::Repository& repository, const ModelSpec& spec,
                     const Digest& content) {
  if (!has_engine(spec.path))
    return {.missing = "no engine runs it: only .onnx is judged on data and served"};
  try {
    const auto file = repository.store().file(content);
    return {.json = signature_of(*load_predictor(file, repository.world(), spec.path))};
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::unavailable) throw;
    return {.missing = fmt::format("without its inputs: {} ({})", error.message(), error.hint())};
  }
}

/// The features must be as many as the model's one wide input takes.
void check_width(const Json& signature, const std::vector<std::string>& features) {
  const auto* inputs = signature.find("inputs");
  if (inputs == nullptr || features.empty() || inputs->size() != 1) return;
  const auto& shape = inputs->as_array()[0]["shape"];
  if (shape.size() != 2) return;
  const auto width = shape.as_array()[1].as_integer();
  if (width < 0 || width == static_cast<std::int64_t>(features.size())) return;
  throw Error(ErrorKind::bad_input, "the model takes {} features, its data has {} columns for them",
              width, features.size())
      .hint("list the columns in the model's order in mlo.yaml: features: [a, b]");
}

}  // namespace

std::string data_of(const ModelSpec& spec) {
  if (!spec.validate.data.empty()) return spec.validate.data;
  return spec.monitor ? spec.monitor->reference : std::string();
}

Signature signature_for(workspace::Repository& repository, const ModelSpec& spec,
                        const Digest& content, const ledger::ModelVersion* before) {
  const bool known = before != nullptr && before->signature.find("inputs") != nullptr;
  auto signature =
      known ? Signature{.json = Json::object({{"inputs", before->signature["inputs"]},
                                              {"outputs", before->signature["outputs"]}})}
            : tensors_of(repository, spec, content);
  const auto features = features_for(repository, spec, signature.json, before);
  check_width(signature.json, features);
  signature.json.set("features", Json::Array(features.begin(), features.end()));
  return signature;
}

}  // namespace mlo::model
