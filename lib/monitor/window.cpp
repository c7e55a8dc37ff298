#include "monitor/window.h"

#include <charconv>
#include <map>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/model/features.h"
#include "mlo/model/stored_table.h"

namespace mlo::monitor {
namespace {

constexpr std::int64_t kWindowsLookedAt = 1'000;
constexpr std::size_t kWaitingBytes = 1U << 20U;
constexpr auto kFeatureFile = "window.csv";

std::string csv_name(const std::string& name) {
  std::string quoted = "\"";
  for (const char c : name) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

std::string csv_value(const Json& value) {
  if (value.is_null()) return {};
  return value.is_string() ? csv_name(value.as_string()) : value.dump();
}

/// Both sides of a comparison are read alike, whatever their files look like.
data::ReadOptions reading_features(const ledger::ModelVersion& version) {
  auto options = model::reading_for(version);
  for (const auto& feature : model::features_of(version))
    options.types.emplace(feature, data::ColumnType::number);
  return options;
}

/// Outcomes by request id.
std::map<std::string, std::string> read_outcomes(const data::Table& table,
                                                 const std::string& target) {
  std::map<std::string, std::string> outcomes;
  const auto ids = table.texts("id");
  const auto labels = table.texts(target);
  for (std::size_t i = 0; i < ids.size(); ++i)
    if (ids[i] && labels[i]) outcomes[*ids[i]] = *labels[i];
  return outcomes;
}

void add_row(data::Predictions& predictions, const InferenceRecord& record,
             const std::string& outcome) {
  const auto& said = record.outputs["prediction"];
  if (predictions.task == data::Task::regression) {
    double truth = 0;
    const auto [end, problem] =
        std::from_chars(outcome.data(), outcome.data() + outcome.size(), truth);
    if (problem != std::errc() || end != outcome.data() + outcome.size())
      throw Error(ErrorKind::bad_input, "the outcome '{}' of request '{}' is no number", outcome,
                  record.id);
    predictions.truth.push_back(truth);
    predictions.estimates.push_back(said.as_number());
    return;
  }
  predictions.labels.push_back(outcome);
  predictions.predicted.push_back(said.is_string() ? said.as_string() : said.dump());
  if (record.outputs["score"].is_number())
    predictions.scores.push_back(record.outputs["score"].as_number());
}

}  // namespace

std::optional<ledger::MonitorWindow> last_window(ledger::Ledger& ledger, const std::string& model,
                                                 const std::string& stage) {
  for (const auto& window : ledger::monitor_windows(ledger, model, kWindowsLookedAt))
    if (stage.empty() || window.stage == stage) return window;
  return std::nullopt;
}

FeatureFile::FeatureFile(workspace::Repository& repository, const ledger::ModelVersion& version)
    : version_(version),
      features_(model::features_of(version)),
      folder_(repository.folder() / "tmp", repository.world()),
      file_(File::open(folder_.path() / kFeatureFile, O_WRONLY | O_CREAT | O_EXCL, 0600)) {
  for (const auto& feature : features_)
    waiting_ += (waiting_.empty() ? "" : ",") + csv_name(feature);
  waiting_ += '\n';
}

void FeatureFile::add(const InferenceRecord& record) {
  for (std::size_t i = 0; i < features_.size(); ++i)
    waiting_ += (i == 0 ? "" : ",") + csv_value(record.features[features_[i]]);
  waiting_ += '\n';
  if (waiting_.size() > kWaitingBytes) flush();
}

void FeatureFile::flush() {
  file_.write_all(bytes_of(waiting_));
  waiting_.clear();
}

data::Table FeatureFile::table() {
  flush();
  return data::Table::open(folder_.path() / kFeatureFile, reading_features(version_));
}

data::Table reference_table(workspace::Repository& repository, const std::string& path,
                            const ledger::ModelVersion& version) {
  auto options = reading_features(version);
  options.columns = model::features_of(version);
  return std::move(model::open_stored_table(repository, path, options).table);
}

data::Predictions judged_predictions(workspace::Repository& repository,
                                     const workspace::ModelSpec& spec,
                                     const ledger::MonitorWindow& window) {
  data::Predictions predictions{.task = data::parse_task(spec.task), .positive = spec.positive};
  const auto labels = repository.root() / spec.monitor->labels;
  if (spec.monitor->labels.empty() || !status_of(labels)) return predictions;
  const auto outcomes = read_outcomes(data::Table::open(labels), spec.target);
  each_inference(repository.folder(), spec.name, window.from, window.to,
                 [&](const InferenceRecord& record) {
                   const auto found = outcomes.find(record.id);
                   if (found != outcomes.end() && record.error.empty() &&
                       !record.outputs["prediction"].is_null())
                     add_row(predictions, record, found->second);
                 });
  return predictions;
}

}  // namespace mlo::monitor
