#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "commands.h"
#include "mlo/core/text.h"
#include "mlo/data/quality.h"
#include "mlo/data/quality_report.h"
#include "option_checks.h"
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
  std::vector<std::string> expressions;
  std::vector<std::string> fairness;
  std::string worst;
  std::int64_t min_rows = 30;
  std::optional<double> confidence;
  int resamples = 1000;
  std::optional<double> quantile;
  std::string query;
  std::int64_t k = 10;
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

/// Everything that was asked of the predictions.
struct Report {
  data::Metrics metrics;
  std::vector<data::Interval> intervals;
  std::vector<data::SliceMetrics> slices;
  std::vector<data::SliceMetrics> worst;
  std::vector<std::pair<std::string, data::Metrics>> fairness;
};

/// The metrics for people, with their intervals where those were asked for.
ui::Field metrics_field(const Report& report) {
  auto field = metrics_table("Metrics", report.metrics);
  if (report.intervals.empty()) return field;
  field.value = Json::array();
  for (const auto& [name, value] : report.metrics) {
    Json row = Json::object({{"name", name}, {"value", value}});
    for (const auto& interval : report.intervals)
      if (interval.metric == name) row.set("low", interval.low), row.set("high", interval.high);
    field.value.add(std::move(row));
  }
  field.columns.push_back({"low", "From", ui::Format::number});
  field.columns.push_back({"high", "To", ui::Format::number});
  return field;
}

Json intervals_json(const std::vector<data::Interval>& intervals) {
  Json rows = Json::object();
  for (const auto& one : intervals)
    rows.set(one.metric, Json::object({{"low", one.low}, {"high", one.high}}));
  return rows;
}

/// Rows of true classes, columns of predicted ones.
void add_confusion(ui::View& view, const data::Predictions& predictions) {
  constexpr std::size_t kShownClasses = 12;
  const auto matrix = data::confusion_matrix(predictions);
  if (!matrix) return;
  Json counts = Json::array();
  ui::Field shown{.key = "", .label = "Confusion", .value = Json::array()};
  shown.columns = {{"truth", "True \\ predicted"}};
  for (const auto& name : matrix->classes) shown.columns.push_back({name, name, ui::Format::count});
  for (std::size_t i = 0; i < matrix->classes.size(); ++i) {
    counts.add(Json::Array(matrix->counts[i].begin(), matrix->counts[i].end()));
    Json row = Json::object({{"truth", matrix->classes[i]}});
    for (std::size_t j = 0; j < matrix->classes.size(); ++j)
      row.set(matrix->classes[j], matrix->counts[i][j]);
    shown.value.add(std::move(row));
  }
  const auto& classes = matrix->classes;
  view.fields.push_back(
      {.key = "confusion",
       .label = "",
       .value = Json::object({{"classes", Json::Array(classes.begin(), classes.end())},
                              {"counts", std::move(counts)}})});
  if (classes.size() <= kShownClasses) view.fields.push_back(std::move(shown));
}

void add_curves(ui::View& view, const data::Predictions& predictions) {
  Json bins = Json::array();
  for (const auto& bin : data::reliability(predictions))
    bins.add(Json::object({{"low", bin.low},
                           {"high", bin.high},
                           {"rows", bin.rows},
                           {"mean_score", bin.mean_score},
                           {"positive_share", bin.positive_share}}));
  Json steps = Json::array();
  for (const auto& gain : data::gains(predictions))
    steps.add(
        Json::object({{"rows", gain.rows}, {"captured", gain.captured}, {"lift", gain.lift}}));
  if (bins.size() > 0) view.fields.push_back({.key = "reliability", .label = "", .value = bins});
  if (steps.size() > 0) view.fields.push_back({.key = "gains", .label = "", .value = steps});
}

Json slice_rows(const std::vector<data::SliceMetrics>& slices) {
  Json rows = Json::array();
  for (const auto& slice : slices) rows.add(slice_row(slice));
  return rows;
}

ui::View view(const data::Predictions& predictions, const Report& report) {
  Json fairness_rows = Json::array();
  for (const auto& [column, gaps] : report.fairness)
    fairness_rows.add(Json::object({{"column", column}, {"metrics", metrics_json(gaps)}}));
  const auto rows = static_cast<std::int64_t>(predictions.rows());
  ui::View view{
      .shape = "evaluate/1",
      .headline = fmt::format("{} rows, {}", format_count(rows), data::name_of(predictions.task)),
      .fields = {{.key = "rows", .label = "", .value = rows},
                 {.key = "task", .label = "", .value = data::name_of(predictions.task)},
                 {.key = "metrics", .label = "", .value = metrics_json(report.metrics)},
                 {.key = "intervals", .label = "", .value = intervals_json(report.intervals)},
                 {.key = "slices", .label = "", .value = slice_rows(report.slices)},
                 {.key = "worst_slices", .label = "", .value = slice_rows(report.worst)},
                 {.key = "fairness", .label = "", .value = std::move(fairness_rows)},
                 metrics_field(report)}};
  if (predictions.task == data::Task::binary_classification)
    view.fields.push_back(
        {.key = "positive", .label = "Positive class", .value = predictions.positive});
  add_confusion(view, predictions);
  add_curves(view, predictions);
  if (!report.slices.empty()) view.fields.push_back(slices_table(report.metrics, report.slices));
  if (!report.worst.empty()) {
    auto field = slices_table(report.worst.front().metrics, report.worst);
    field.label = "Worst slices";
    view.fields.push_back(std::move(field));
  }
  for (const auto& [column, gaps] : report.fairness)
    view.fields.push_back(metrics_table(fmt::format("Fairness by {}", column), gaps));
  return view;
}

/// Columns to search: those that were named, or all that the predictions are not made of.
std::vector<data::SliceColumn> searched(const Options& options, const data::Table& table) {
  std::vector<data::SliceColumn> columns;
  for (const auto& name : options.slices) columns.push_back({name, table.texts(name)});
  for (const auto& expression : options.expressions)
    columns.push_back({expression, data::expression_texts(table, expression)});
  if (!columns.empty()) return columns;
  for (const auto& column : table.columns())
    if (column.name != options.label && column.name != options.score &&
        column.name != options.prediction)
      columns.push_back({column.name, table.texts(column.name)});
  return columns;
}

void evaluate_ranking(const Options& options, Session& session) {
  const auto table = open_table(session, options.predictions, options.table);
  if (options.score.empty())
    throw Error(ErrorKind::usage, "a ranking needs the scores that made it")
        .hint("add --score COLUMN");
  data::RankingRows rows{.relevance = table.numbers(options.label),
                         .scores = table.numbers(options.score),
                         .queries = {}};
  for (const auto& query : table.texts(options.query)) rows.queries.push_back(query.value_or(""));
  const auto metrics = data::evaluate_ranking(rows, static_cast<std::size_t>(options.k));
  session.show({.shape = "evaluate/1",
                .headline = fmt::format("{} rows, ranking", format_count(table.rows())),
                .fields = {{.key = "rows", .label = "", .value = table.rows()},
                           {.key = "task", .label = "", .value = "ranking"},
                           {.key = "metrics", .label = "", .value = metrics_json(metrics)},
                           {.key = "slices", .label = "", .value = Json::array()},
                           {.key = "fairness", .label = "", .value = Json::array()},
                           metrics_table("Metrics", metrics)}});
}

void evaluate(const Options& options, Session& session) {
  if (!options.query.empty()) return evaluate_ranking(options, session);
  const auto table = open_table(session, options.predictions, options.table);
  const auto predictions = data::read_predictions(table, columns_of(options));
  Report report{.metrics = data::evaluate(predictions),
                .intervals = {},
                .slices = {},
                .worst = {},
                .fairness = {}};
  if (options.quantile)
    report.metrics.emplace_back("mean_pinball_loss",
                                data::mean_pinball_loss(predictions, *options.quantile));
  if (options.confidence)
    report.intervals = data::confidence(predictions, *options.confidence,
                                        {.resamples = options.resamples,
                                         .threads = session.threads(),
                                         .stop = session.stop(),
                                         .progress = &session.progress()});
  const auto slice = [&](const std::string& name, const auto& values) {
    for (auto& one : data::evaluate_slices(predictions, name, values))
      report.slices.push_back(std::move(one));
  };
  for (const auto& column : options.slices) slice(column, table.texts(column));
  for (const auto& expression : options.expressions)
    slice(expression, data::expression_texts(table, expression));
  if (!options.worst.empty())
    report.worst = data::worst_slices(
        predictions, searched(options, table),
        {.metric = options.worst, .min_rows = options.min_rows, .stop = session.stop()});
  for (const auto& column : options.fairness)
    report.fairness.emplace_back(column, data::fairness(predictions, table.texts(column)));
  session.show(view(predictions, report));
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
  command
      ->add_option("--task", options->task,
                   "binary-classification, multiclass-classification or regression")
      ->check(readable_by(data::parse_task));
  command->add_option("--slices", options->slices, "Also for each value of: a,b")->delimiter(',');
  command->add_option("--fairness", options->fairness, "Gaps between the groups of: a,b")
      ->delimiter(',');
  command->add_option("--slice", options->expressions,
                      "Also for each value of an SQL expression: \"age > 60\"");
  command
      ->add_option("--worst-slice", options->worst,
                   "Search for the values, and pairs of values, on which METRIC is worst: of the "
                   "slices, or of every other column")
      ->type_name("METRIC");
  command->add_option("--min-rows", options->min_rows, "Least rows of such a slice; default 30")
      ->check(CLI::PositiveNumber);
  command
      ->add_option("--confidence", options->confidence, "Bootstrap interval of each metric: 0.95")
      ->check(CLI::Range(0.0, 1.0));
  command->add_option("--resamples", options->resamples, "Draws of the bootstrap; default 1000")
      ->check(CLI::PositiveNumber);
  command->add_option("--quantile", options->quantile,
                      "Estimates are of this quantile: adds the pinball loss");
  command->add_option(
      "--query", options->query,
      "Column of the query: judges rankings (NDCG, MAP, MRR) of labels as relevance");
  command->add_option("--at", options->k, "Places that NDCG looks at; default 10")
      ->check(CLI::PositiveNumber);
  options->table.add_to(*command);
  command->callback([options, &session] { evaluate(*options, session); });
}

}  // namespace mlo::cmd
