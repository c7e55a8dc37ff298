#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "commands.h"
#include "mlo/core/text.h"
#include "mlo/data/quality.h"
#include "table_options.h"
#include "views.h"

namespace mlo::cmd {

namespace {

struct Options {
  std::string predictions;
  std::string label;
  std::string score;
  std::string prediction;
  std::string positive;
  std::string task;
  std::vector<std::string> slices;
  std::vector<std::string> fairness;
  TableOptions table;
};

std::optional<std::string> given(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

data::PredictionColumns columns_of(const Options& options) {
  return {
      .label = options.label,
      .score = given(options.score),
      .prediction = given(options.prediction),
      .positive = given(options.positive),
      .task = options.task.empty() ? std::nullopt : std::optional(data::parse_task(options.task))};
}

/// A slice as scripts get it, its metrics flat beside it for people.
Json slice_row(const data::SliceMetrics& slice) {
  Json row = Json::object({{"column", slice.column},
                           {"value", slice.value},
                           {"rows", slice.rows},
                           {"metrics", metrics_json(slice.metrics)}});
  return row;
}

ui::Field slices_table(const data::Metrics& whole, const std::vector<data::SliceMetrics>& slices) {
  ui::Field field{.key = "", .label = "Slices", .value = Json::array()};
  field.columns = {{"column", "Column"}, {"value", "Value"}, {"rows", "Rows", ui::Format::count}};
  for (const auto& metric : whole)
    field.columns.push_back({metric.first, metric.first, ui::Format::number});
  for (const auto& slice : slices) {
    Json row = slice_row(slice);
    for (const auto& [name, value] : slice.metrics) row.set(name, value);
    field.value.add(std::move(row));
  }
  return field;
}

ui::View view(const data::Predictions& predictions, const data::Metrics& metrics,
              const std::vector<data::SliceMetrics>& slices,
              const std::vector<std::pair<std::string, data::Metrics>>& fairness) {
  Json slice_rows = Json::array();
  for (const auto& slice : slices) slice_rows.add(slice_row(slice));
  Json fairness_rows = Json::array();
  for (const auto& [column, gaps] : fairness)
    fairness_rows.add(Json::object({{"column", column}, {"metrics", metrics_json(gaps)}}));
  const auto rows = static_cast<std::int64_t>(predictions.rows());
  ui::View view{
      .shape = "evaluate/1",
      .headline = fmt::format("{} rows, {}", format_count(rows), data::name_of(predictions.task)),
      .fields = {{.key = "rows", .label = "", .value = rows},
                 {.key = "task", .label = "", .value = data::name_of(predictions.task)},
                 {.key = "metrics", .label = "", .value = metrics_json(metrics)},
                 {.key = "slices", .label = "", .value = std::move(slice_rows)},
                 {.key = "fairness", .label = "", .value = std::move(fairness_rows)},
                 metrics_table("Metrics", metrics)}};
  if (predictions.task == data::Task::binary_classification)
    view.fields.push_back(
        {.key = "positive", .label = "Positive class", .value = predictions.positive});
  if (!slices.empty()) view.fields.push_back(slices_table(metrics, slices));
  for (const auto& [column, gaps] : fairness)
    view.fields.push_back(metrics_table(fmt::format("Fairness by {}", column), gaps));
  return view;
}

void evaluate(const Options& options, Session& session) {
  const auto table = open_table(session, options.predictions, options.table);
  const auto predictions = data::read_predictions(table, columns_of(options));
  std::vector<data::SliceMetrics> slices;
  for (const auto& column : options.slices)
    for (auto& slice : data::evaluate_slices(predictions, column, table.texts(column)))
      slices.push_back(std::move(slice));
  std::vector<std::pair<std::string, data::Metrics>> fairness;
  for (const auto& column : options.fairness)
    fairness.emplace_back(column, data::fairness(predictions, table.texts(column)));
  session.show(view(predictions, data::evaluate(predictions), slices, fairness));
}

}  // namespace

void add_evaluate(CLI::App& mlo, Session& session) {
  auto options = std::make_shared<Options>();
  auto* command = mlo.add_subcommand("evaluate", "Measure predictions against their labels");
  command->add_option("predictions", options->predictions, "Table of labels and predictions")
      ->required();
  command->add_option("--label", options->label, "Column of the truth")->required();
  command->add_option("--score", options->score, "Column of the positive class's probability");
  command->add_option("--prediction", options->prediction,
                      "Column of the predicted class or number");
  command->add_option("--positive", options->positive, "Positive class; default: sorts last");
  command->add_option("--task", options->task,
                      "binary-classification, multiclass-classification or regression");
  command->add_option("--slices", options->slices, "Also for each value of: a,b")->delimiter(',');
  command->add_option("--fairness", options->fairness, "Gaps between the groups of: a,b")
      ->delimiter(',');
  options->table.add_to(*command);
  command->callback([options, &session] { evaluate(*options, session); });
}

}  // namespace mlo::cmd
