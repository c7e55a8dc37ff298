#include "mlo/model/features.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/process.h"
#include "mlo/core/text.h"

namespace mlo::model {
namespace {

constexpr std::size_t kBatchRows = 4096;
constexpr std::string_view kText = "BYTES";

std::size_t columns_of(const Tensor& tensor) {
  return tensor.shape.size() < 2
             ? 1
             : static_cast<std::size_t>(std::max<std::int64_t>(tensor.shape[1], 1));
}

bool is_real(const Tensor& tensor) {
  return tensor.type == "FP32" || tensor.type == "FP64";
}

/// The first output that `fits`, or nothing. By type and shape: exporters name outputs as they
/// like.
template <typename Fits>
const Tensor* find_output(std::span<const Tensor> outputs, Fits&& fits) {
  const auto found = std::ranges::find_if(outputs, fits);
  return found == outputs.end() ? nullptr : &*found;
}

Error no_output(std::span<const Tensor> outputs, std::string_view wanted) {
  std::vector<std::string> names;
  for (const auto& output : outputs)
    names.push_back(fmt::format("{} ({})", output.name, output.type));
  return Error(ErrorKind::bad_input, "the model has no output for {}", wanted)
      .hint("its outputs: {}", join(names, ", "));
}

std::vector<std::string> class_texts(const Tensor& labels) {
  if (labels.type == kText) return labels.texts;
  std::vector<std::string> texts;
  texts.reserve(labels.numbers.size());
  for (const double number : labels.numbers) texts.push_back(number_text(number));
  return texts;
}

/// What was said of rows; of two probabilities each, which is the positive class's is settled once
/// all rows are there.
struct Said {
  Answers answers;
  std::vector<double> pairs;
};

struct Mean {
  double sum = 0;
  double count = 0;
  void add(double value) {
    sum += value;
    ++count;
  }
  [[nodiscard]] double value() const { return sum / count; }
};

/// The positive class as the model writes its own: what mlo.yaml calls "true" may be its 1.
std::string in_own_words(const Answers& answers, std::string_view positive) {
  if (std::ranges::find(answers.labels, positive) != answers.labels.end())
    return std::string(positive);
  data::Predictions predictions{.labels = answers.labels, .positive = std::string(positive)};
  data::match_classes(predictions);
  return predictions.positive;
}

/// Rows of both classes tell, wherever the model draws its line: the positive class's probability
/// is the one that is higher where it is predicted.
std::optional<std::size_t> told_by_both(const Said& said, std::string_view positive) {
  Mean where_positive;
  Mean elsewhere;
  const auto& [answers, pairs] = said;
  for (std::size_t row = 0; row < answers.labels.size() && 2 * row + 1 < pairs.size(); ++row) {
    const double second = pairs[2 * row + 1];
    if (std::isnan(second)) continue;
    (answers.labels[row] == positive ? where_positive : elsewhere).add(second);
  }
  if (where_positive.count == 0 || elsewhere.count == 0 ||
      where_positive.value() == elsewhere.value())
    return std::nullopt;
  return where_positive.value() > elsewhere.value() ? 1 : 0;
}

/// Rows of one class do not tell. Exporters sort classes, as scikit-learn does, and they are nearly
/// always 0 and 1; where the other's name is not known, the predicted one is the likelier.
std::size_t guessed(const Said& said, std::string_view positive) {
  const auto& [answers, pairs] = said;
  if (answers.labels.empty()) return 1;
  if (const auto& label = answers.labels.front(); label != positive)
    return label < positive ? 1 : 0;
  if (positive == "0" || positive == "1") return positive == "1" ? 1 : 0;
  return pairs.size() >= 2 && pairs[0] > pairs[1] ? 0 : 1;
}

/// Which of two probabilities is the positive class's, as far as the rows tell.
std::size_t column_of(const Said& said, std::string_view positive) {
  const auto own = in_own_words(said.answers, positive);
  return told_by_both(said, own).value_or(guessed(said, own));
}

Answers settle(Said said, std::string_view positive, std::optional<std::size_t> column) {
  if (!column && !said.pairs.empty()) column = column_of(said, positive);
  for (auto i = column.value_or(0); i < said.pairs.size(); i += 2)
    said.answers.scores.push_back(said.pairs[i]);
  return std::move(said.answers);
}

Said classes(std::span<const Tensor> outputs, data::Task task) {
  Said said;
  const auto* labels =
      find_output(outputs, [](const Tensor& t) { return !is_real(t) && columns_of(t) == 1; });
  const auto* probabilities = find_output(outputs, is_real);
  if (labels != nullptr) said.answers.labels = class_texts(*labels);
  if (probabilities != nullptr && task == data::Task::binary_classification) {
    const auto width = columns_of(*probabilities);
    if (width == 1) said.answers.scores = probabilities->numbers;
    if (width == 2) said.pairs = probabilities->numbers;
  }
  if (labels == nullptr && said.answers.scores.empty() && said.pairs.empty())
    throw no_output(outputs, "classes");
  return said;
}

Said said_in(std::span<const Tensor> outputs, data::Task task) {
  if (task != data::Task::regression) return classes(outputs, task);
  const auto* estimate =
      find_output(outputs, [](const Tensor& t) { return t.type != kText && columns_of(t) == 1; });
  if (estimate == nullptr) throw no_output(outputs, "an estimate");
  return {.answers = {.estimates = estimate->numbers}, .pairs = {}};
}

using Places = std::vector<std::size_t>;

/// Takes the features that inputs are called like out of `left`, the places that are not taken yet.
std::vector<Places> named_features(std::span<const TensorInfo> inputs,
                                   std::span<const std::string> features, Places& left) {
  std::vector<Places> places(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (takes_several(inputs[i]) && inputs[i].shape[1] > 1) continue;
    const auto found = std::ranges::find(features, inputs[i].name);
    if (found == features.end()) continue;
    places[i] = {static_cast<std::size_t>(found - features.begin())};
    std::erase(left, places[i].front());
  }
  return places;
}

std::size_t rows_of(std::span<const std::string> features, std::span<const FeatureColumn> columns) {
  if (features.empty() || columns.size() != features.size())
    throw Error(ErrorKind::bad_input, "{} columns are not those of {} features", columns.size(),
                features.size());
  for (std::size_t i = 1; i < columns.size(); ++i)
    if (columns[i].size() != columns[0].size())
      throw Error(ErrorKind::bad_input, "'{}' has {} values, '{}' has {}", features[i],
                  columns[i].size(), features[0], columns[0].size());
  return columns[0].size();
}

void require_kinds(std::span<const TensorInfo> inputs, std::span<const std::string> features,
                   std::span<const FeatureColumn> columns) {
  const auto texts = text_features(inputs, features);
  for (std::size_t i = 0; i < features.size(); ++i) {
    const bool text = texts.contains(features[i]);
    if (text ? columns[i].numbers.empty() : columns[i].texts.empty()) continue;
    throw Error(ErrorKind::bad_input, "'{}' holds {}, the model takes {}", features[i],
                text ? "numbers" : "text", text ? "text" : "numbers");
  }
}

void require_width(const TensorInfo& input, std::span<const std::string> features,
                   const Places& places) {
  if (places.empty() && !takes_several(input))
    throw Error(ErrorKind::bad_input, "no column for input '{}' of the model", input.name)
        .hint("columns: {}", fmt::format("{}", fmt::join(features, ", ")));
  const auto width = static_cast<std::int64_t>(places.size());
  const auto takes = input.shape.size() == 2 ? input.shape[1] : 1;
  if (takes >= 0 ? takes == width : width > 0) return;
  throw Error(ErrorKind::bad_input, "input '{}' of the model takes {} columns, mlo found {}",
              input.name, takes >= 0 ? std::to_string(takes) : "one or more", width)
      .hint("list the columns in the model's order: models: {{…: features: [a, b]}}");
}

Tensor tensor_of(const TensorInfo& input, const Places& places,
                 std::span<const FeatureColumn> columns, std::size_t rows) {
  Tensor tensor{.name = input.name, .type = input.type, .shape = {static_cast<std::int64_t>(rows)}};
  if (input.shape.size() == 2) tensor.shape.push_back(static_cast<std::int64_t>(places.size()));
  const bool text = input.type == kText;
  if (!text) tensor.numbers.reserve(rows * places.size());
  for (std::size_t row = 0; row < rows; ++row)
    for (const auto place : places) {
      if (text)
        tensor.texts.push_back(columns[place].texts[row]);
      else
        tensor.numbers.push_back(columns[place].numbers[row]);
    }
  return tensor;
}

template <typename Value>
std::vector<Value> part_of(const std::vector<Value>& values, std::size_t start, std::size_t end) {
  if (values.empty()) return {};
  return {values.begin() + static_cast<std::ptrdiff_t>(start),
          values.begin() + static_cast<std::ptrdiff_t>(end)};
}

std::vector<FeatureColumn> batch_of(std::span<const FeatureColumn> columns, std::size_t start,
                                    std::size_t end) {
  std::vector<FeatureColumn> batch;
  batch.reserve(columns.size());
  for (const auto& [numbers, texts] : columns)
    batch.push_back({part_of(numbers, start, end), part_of(texts, start, end)});
  return batch;
}

}  // namespace

std::vector<std::string> features_of(const ledger::ModelVersion& version) {
  std::vector<std::string> names;
  const auto& features = version.signature["features"];
  if (features.is_array())
    for (const auto& name : features.as_array()) names.push_back(name.as_string());
  return names;
}

std::vector<std::string> need_features(const ledger::ModelVersion& version) {
  auto names = features_of(version);
  if (names.empty())
    throw Error(ErrorKind::bad_input, "{}@{} was registered without the columns that feed it",
                version.model, version.number)
        .hint(
            "name them in mlo.yaml: models: {{{}: {{features: [a, b]}}}}; mlo train then "
            "registers it anew",
            version.model);
  return names;
}

bool takes_several(const TensorInfo& input) {
  return input.shape.size() == 2 && input.shape[1] != 1;
}

std::vector<std::vector<std::size_t>> features_by_input(std::span<const TensorInfo> inputs,
                                                        std::span<const std::string> features) {
  Places left(features.size());
  std::iota(left.begin(), left.end(), std::size_t{0});
  if (inputs.size() == 1 && inputs[0].shape.size() == 2) return {std::move(left)};
  auto places = named_features(inputs, features, left);
  std::size_t next = 0;
  Places* last = nullptr;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!places[i].empty() || !takes_several(inputs[i])) continue;
    last = &places[i];
    const auto wanted = inputs[i].shape[1];
    for (auto count = wanted; next < left.size() && count != 0; --count)
      last->push_back(left[next++]);
  }
  while (last != nullptr && next < left.size()) last->push_back(left[next++]);
  return places;
}

std::set<std::string> text_features(std::span<const TensorInfo> inputs,
                                    std::span<const std::string> features) {
  const auto places = features_by_input(inputs, features);
  std::set<std::string> texts;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i].type == kText)
      for (const auto place : places[i]) texts.insert(features[place]);
  return texts;
}

data::ReadOptions reading_for(const ledger::ModelVersion& version) {
  data::ReadOptions options;
  for (const auto& feature : text_features(inputs_of(version.signature), features_of(version)))
    options.types.emplace(feature, data::ColumnType::text);
  return options;
}

std::vector<FeatureColumn> feature_columns(std::span<const TensorInfo> inputs,
                                           std::span<const std::string> features,
                                           const data::Table& table) {
  const auto in_text = text_features(inputs, features);
  std::vector<FeatureColumn> columns;
  for (const auto& feature : features) {
    auto& column = columns.emplace_back();
    if (!in_text.contains(feature)) {
      column.numbers = table.numbers(feature);
      continue;
    }
    for (auto& text : table.texts(feature)) column.texts.push_back(std::move(text).value_or(""));
  }
  return columns;
}

std::vector<Tensor> input_tensors(const Predictor& predictor, std::span<const std::string> features,
                                  std::span<const FeatureColumn> columns) {
  const auto& inputs = predictor.inputs();
  const auto rows = rows_of(features, columns);
  require_kinds(inputs, features, columns);
  const auto places = features_by_input(inputs, features);
  std::vector<Tensor> tensors;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    require_width(inputs[i], features, places[i]);
    tensors.push_back(tensor_of(inputs[i], places[i], columns, rows));
  }
  return tensors;
}

std::string positive_of(const ledger::ModelVersion& version) {
  const auto& positive = version.description["positive"];
  if (positive.is_null()) return "1";
  return positive.is_string() ? positive.as_string() : positive.dump();
}

Answers read_answers(std::span<const Tensor> outputs, data::Task task, std::string_view positive,
                     std::optional<std::size_t> positive_column) {
  return settle(said_in(outputs, task), positive, positive_column);
}

std::optional<std::size_t> positive_column_in(std::span<const Tensor> outputs,
                                              std::string_view positive) {
  const auto said = said_in(outputs, data::Task::binary_classification);
  return told_by_both(said, in_own_words(said.answers, positive));
}

Answers predict_table(const Predictor& predictor, std::span<const std::string> features,
                      const data::Table& table, const Predicting& predicting) {
  auto& progress = predicting.progress != nullptr ? *predicting.progress : no_progress();
  const auto columns = feature_columns(predictor.inputs(), features, table);
  Said all;
  const auto count = static_cast<std::size_t>(table.rows());
  for (std::size_t start = 0; start < count; start += kBatchRows) {
    throw_if_stopped(predicting.stop);
    progress.advance("rows predicted", start, count);
    const auto end = std::min(count, start + kBatchRows);
    const auto batch = input_tensors(predictor, features, batch_of(columns, start, end));
    auto [part, pairs] = said_in(predictor.predict(batch), predicting.task);
    std::ranges::move(part.labels, std::back_inserter(all.answers.labels));
    std::ranges::move(part.scores, std::back_inserter(all.answers.scores));
    std::ranges::move(part.estimates, std::back_inserter(all.answers.estimates));
    std::ranges::move(pairs, std::back_inserter(all.pairs));
  }
  return settle(std::move(all), predicting.positive, std::nullopt);
}

}  // namespace mlo::model
