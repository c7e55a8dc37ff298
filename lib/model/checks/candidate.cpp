#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/model/features.h"
#include "model/checks/check.h"

namespace mlo::model {
namespace {

std::vector<std::string> labels_of(const StoredTable& data, const std::string& column) {
  std::vector<std::string> labels;
  std::int64_t row = 0;
  for (auto& label : data.table.texts(column)) {
    ++row;
    if (!label)
      throw Error(ErrorKind::bad_input, "'{}': row {} has no label in column '{}'", data.path, row,
                  column)
          .hint("held-out data needs every label");
    labels.push_back(std::move(*label));
  }
  return labels;
}

/// The positive class as the model writes it: classes that are no text are numbers.
std::string positive_of(const Predictor& predictor, const std::string& positive) {
  const bool has_texts = std::ranges::any_of(
      predictor.outputs(), [](const TensorInfo& output) { return output.type == "BYTES"; });
  data::Predictions numbers{.labels = {"1"}, .predicted = {}, .positive = positive};
  if (!has_texts) data::match_classes(numbers);
  return numbers.positive;
}

/// Classes of a model that answers scores only: positive from one half on, else the other class.
std::vector<std::string> decide(const data::Predictions& predictions) {
  std::string other = "0";
  for (const auto& label : predictions.labels)
    if (label != predictions.positive) other = label;
  std::vector<std::string> decided;
  decided.reserve(predictions.scores.size());
  for (const double score : predictions.scores)
    decided.push_back(score >= 0.5 ? predictions.positive : other);
  return decided;
}

}  // namespace

Candidate::Candidate(workspace::Repository& repository, const workspace::ModelSpec& spec,
                     const ledger::ModelVersion& version, Progress& progress, std::stop_token stop)
    : repository_(repository),
      spec_(spec),
      version_(version),
      progress_(progress),
      stop_(std::move(stop)),
      target_(fmt::format("{}@{}", version.model, version.number)) {}

const std::filesystem::path& Candidate::file() {
  if (file_.empty()) file_ = repository_.store().file(version_.digest);
  return file_;
}

const Predictor& Candidate::predictor() {
  if (!predictor_) predictor_ = load_predictor(file(), repository_.world(), version_.path);
  return *predictor_;
}

const StoredTable& Candidate::held_out() {
  if (!held_out_) {
    auto reading = reading_for(version_);
    reading.stop = stop_;
    reading.progress = &progress_;
    held_out_ = open_stored_table(repository_, spec_.validate.data, reading);
    if (held_out_->table.rows() == 0)
      throw Error(ErrorKind::bad_input, "'{}' has no rows to judge the model on",
                  spec_.validate.data);
  }
  return *held_out_;
}

data::Predictions Candidate::predict(const Predictor& predictor,
                                     const ledger::ModelVersion& version) {
  const auto& data = held_out();
  data::Predictions result{.task = data::parse_task(spec_.task), .positive = spec_.positive};
  const auto positive = positive_of(predictor, spec_.positive);
  auto answers = predict_table(
      predictor, need_features(version), data.table,
      {.task = result.task, .positive = positive, .progress = &progress_, .stop = stop_});
  if (result.task == data::Task::regression) {
    result.truth = data.table.numbers(spec_.target);
    result.estimates = std::move(answers.estimates);
  } else {
    result.labels = labels_of(data, spec_.target);
    result.predicted = std::move(answers.labels);
    result.scores = std::move(answers.scores);
    data::match_classes(result);
    data::check_classes(result);
    if (result.predicted.empty()) result.predicted = decide(result);
  }
  return result;
}

const data::Predictions& Candidate::predictions() {
  if (!predictions_) predictions_ = predict(predictor(), version_);
  return *predictions_;
}

const std::optional<ledger::ModelVersion>& Candidate::champion() {
  if (!champion_)
    champion_ =
        ledger::model_at_stage(repository_.ledger(), version_.model, spec_.validate.against);
  return *champion_;
}

data::Predictions Candidate::predictions_of(const ledger::ModelVersion& other) {
  const auto loaded =
      load_predictor(repository_.store().file(other.digest), repository_.world(), other.path);
  return predict(*loaded, other);
}

ledger::Check Candidate::check(std::string kind, std::string name) const {
  return {.name = std::move(name), .kind = std::move(kind), .target = target_};
}

Registry<ModelCheck>& model_checks() {
  static Registry<ModelCheck> registry;
  return registry;
}

ledger::Check judge_metric(ledger::Check check, const data::Metrics& metrics,
                           const std::string& metric, const workspace::Bound& bound) {
  check.threshold = bound.text();
  if (const auto value = data::find_metric(metrics, metric)) {
    check.value = *value;
    check.passed = bound.holds(*value);
    return check;
  }
  std::vector<std::string> known;
  for (const auto& [known_name, value] : metrics) known.push_back(known_name);
  const auto near = nearest(metric, known);
  check.message =
      near ? fmt::format("no metric '{}': did you mean '{}'?", metric, *near)
           : fmt::format("'{}' is undefined here; there are: {}", metric, join(known, ", "));
  return check;
}

}  // namespace mlo::model
