#include "mlo/model/features.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::model {
namespace {

constexpr std::size_t kBatchRows = 4096;

/// The only output whose name holds one of `words`, or nothing.
const Tensor* output_named(std::span<const Tensor> outputs,
                           std::initializer_list<std::string_view> words) {
  for (const auto& output : outputs)
    for (const auto word : words)
      if (output.name.find(word) != std::string::npos) return &output;
  return nullptr;
}

std::string class_text(const Tensor& labels, std::size_t row) {
  return labels.type == "BYTES" ? labels.texts.at(row) : number_text(labels.numbers.at(row));
}

std::size_t columns_of(const Tensor& tensor) {
  return tensor.shape.size() < 2
             ? 1
             : static_cast<std::size_t>(std::max<std::int64_t>(tensor.shape[1], 1));
}

Error no_output(std::span<const Tensor> outputs, std::string_view wanted) {
  std::vector<std::string> names;
  for (const auto& output : outputs) names.push_back(output.name);
  return Error(ErrorKind::bad_input, "the model has no output for {}", wanted)
      .hint("its outputs: {}; name one of them like 'label' or 'probabilities'", join(names, ", "));
}

/// Probability of the positive class: the second of two columns, as scikit-learn orders classes, or
/// the only one.
std::vector<double> positive_scores(const Tensor& probabilities) {
  const auto width = columns_of(probabilities);
  if (width > 2) return {};
  std::vector<double> scores;
  for (std::size_t i = width - 1; i < probabilities.numbers.size(); i += width)
    scores.push_back(probabilities.numbers[i]);
  return scores;
}

Answers classes(std::span<const Tensor> outputs, data::Task task, std::string_view positive) {
  Answers answers;
  const auto* probabilities = output_named(outputs, {"prob", "score"});
  if (probabilities != nullptr && task == data::Task::binary_classification)
    answers.scores = positive_scores(*probabilities);
  if (const auto* labels = output_named(outputs, {"label", "class", "variable"})) {
    const auto rows = labels->type == "BYTES" ? labels->texts.size() : labels->numbers.size();
    for (std::size_t row = 0; row < rows; ++row) answers.labels.push_back(class_text(*labels, row));
  } else if (!answers.scores.empty()) {
    for (const double score : answers.scores)
      answers.labels.emplace_back(score >= 0.5 ? positive : "0");
  } else {
    throw no_output(outputs, "classes");
  }
  return answers;
}

}  // namespace

std::vector<std::string> features_of(const ledger::ModelVersion& version) {
  std::vector<std::string> names;
  const auto& features = version.signature["features"];
  if (features.is_array())
    for (const auto& name : features.as_array()) names.push_back(name.as_string());
  return names;
}

std::vector<Tensor> input_tensors(const Predictor& predictor, std::span<const std::string> features,
                                  std::span<const double> rows) {
  const auto width = features.size();
  if (width == 0 || rows.size() % width != 0)
    throw Error(ErrorKind::bad_input, "{} values are no whole rows of {} features", rows.size(),
                width);
  const auto count = static_cast<std::int64_t>(rows.size() / width);
  const auto& inputs = predictor.inputs();
  if (inputs.size() == 1 && inputs[0].shape.size() == 2) {
    const auto takes = inputs[0].shape[1];
    if (takes >= 0 && takes != static_cast<std::int64_t>(width))
      throw Error(ErrorKind::bad_input, "the model takes {} features, mlo found {} columns", takes,
                  width)
          .hint("list the columns in the model's order: models: {{…: features: [a, b]}}");
    return {{.name = inputs[0].name,
             .type = inputs[0].type,
             .shape = {count, static_cast<std::int64_t>(width)},
             .numbers = {rows.begin(), rows.end()}}};
  }
  std::vector<Tensor> tensors;
  for (const auto& input : inputs) {
    const auto found = std::ranges::find(features, input.name);
    if (found == features.end())
      throw Error(ErrorKind::bad_input, "no column for input '{}' of the model", input.name)
          .hint("columns: {}", fmt::format("{}", fmt::join(features, ", ")));
    Tensor tensor{.name = input.name, .type = input.type, .shape = {count}};
    if (input.shape.size() == 2) tensor.shape.push_back(1);
    for (auto i = static_cast<std::size_t>(found - features.begin()); i < rows.size(); i += width)
      tensor.numbers.push_back(rows[i]);
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

Answers read_answers(std::span<const Tensor> outputs, data::Task task, std::string_view positive) {
  if (task != data::Task::regression) return classes(outputs, task, positive);
  for (const auto& output : outputs)
    if (output.type != "BYTES" && columns_of(output) == 1) return {.estimates = output.numbers};
  throw no_output(outputs, "an estimate");
}

Answers predict_table(const Predictor& predictor, std::span<const std::string> features,
                      const data::Table& table, data::Task task, std::string_view positive) {
  std::vector<std::vector<double>> columns;
  for (const auto& feature : features) columns.push_back(table.numbers(feature));
  Answers all;
  const auto count = static_cast<std::size_t>(table.rows());
  for (std::size_t start = 0; start < count; start += kBatchRows) {
    const auto end = std::min(count, start + kBatchRows);
    std::vector<double> rows;
    rows.reserve((end - start) * columns.size());
    for (std::size_t row = start; row < end; ++row)
      for (const auto& column : columns) rows.push_back(column[row]);
    auto part =
        read_answers(predictor.predict(input_tensors(predictor, features, rows)), task, positive);
    std::ranges::move(part.labels, std::back_inserter(all.labels));
    std::ranges::move(part.scores, std::back_inserter(all.scores));
    std::ranges::move(part.estimates, std::back_inserter(all.estimates));
  }
  return all;
}

}  // namespace mlo::model
