#include "views.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "mlo/core/figure.h"
#include "mlo/core/text.h"
#include "mlo/core/time.h"

namespace mlo::cmd {

namespace {

constexpr std::size_t kFoundBytes = 60;

bool warns(const Json& check) {
  return !check["passed"].as_bool() && check.string_or("severity", "error") == "warn";
}

bool fails(const Json& check) {
  return !check["passed"].as_bool() && !warns(check);
}

/// The text in quotes, without the rest of a long one; what cannot be printed becomes visible
/// later.
std::string quoted(const std::string& text) {
  auto end = std::min(text.size(), kFoundBytes);
  // Not within a code point of UTF-8.
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
    --end;
  return fmt::format("'{}{}'", text.substr(0, end), end < text.size() ? "…" : "");
}

/// What the measure beside it did not see.
Json told_change(const Json& column) {
  const auto change = column.string_or("change", "");
  if (change == "type") return fmt::format("now {}", column["current_type"].as_string());
  return change == "values" ? Json("every value is new") : Json();
}

Json drift_rows(const data::DriftReport& report) {
  const auto document = data::to_json(report);
  Json rows = Json::array();
  for (const auto& column : document["columns"].as_array()) {
    Json row = column;
    const bool is_left_out = column["method"].as_string() == "identifier";
    row.set("verdict", column["drifted"].as_bool() ? "drifted" : is_left_out ? "–" : "stable");
    row.set("message", told_change(column));
    rows.add(std::move(row));
  }
  return rows;
}

ui::Field drifted_columns(const data::DriftReport& report) {
  ui::Field field{.key = "columns",
                  .label = "Columns",
                  .value = drift_rows(report),
                  .columns = {{"name", "Column"},
                              {"type", "Type"},
                              {"method", "Method"},
                              {"statistic", "Statistic", ui::Format::number},
                              {"p_value", "p", ui::Format::number},
                              {"threshold", "Threshold", ui::Format::number},
                              {"verdict", "Verdict"}}};
  if (std::ranges::any_of(report.columns, [](const auto& one) { return !one.change.empty(); }))
    field.columns.push_back({"message", "Message"});
  return field;
}

/// "a, b" under its label; nothing for none.
ui::Field named_columns(std::string label, const std::vector<std::string>& names) {
  if (names.empty()) return {.key = "", .label = "", .value = {}};
  return {.key = "", .label = std::move(label), .value = join(names, ", ")};
}

/// The ends of a histogram's bins as people read them.
std::vector<std::string> marks_of(const data::ColumnDrift& column) {
  if (column.kind != "times") return format_scale(column.edges);
  constexpr double kDay = 86'400;
  const bool by_day = column.edges[1] - column.edges[0] >= kDay;
  std::vector<std::string> marks;
  for (const double second : column.edges) {
    auto moment = Timestamp{std::llround(second * 1e6)}.brief();
    moment.pop_back();  // data does not say of which zone it is
    marks.push_back(by_day ? moment.substr(0, moment.find(' ')) : moment);
  }
  return marks;
}

/// Scripts know bins by names that stay as they are; these are for pictures.
std::vector<std::string> bins_of(const data::ColumnDrift& column) {
  if (column.edges.empty()) return column.bins;
  const auto marks = marks_of(column);
  std::vector<std::string> bins;
  for (std::size_t i = 1; i < marks.size(); ++i)
    bins.push_back(fmt::format("{} – {}", marks[i - 1], marks[i]));
  return bins;
}

}  // namespace

Json told_check(Json check, const std::vector<std::string>& found) {
  if (found.empty()) return check;
  std::vector<std::string> texts;
  texts.reserve(found.size());
  for (const auto& text : found) texts.push_back(quoted(text));
  const auto message = check.string_or("message", "");
  check.set("message",
            fmt::format("{}{}found {}", message, message.empty() ? "" : "; ", join(texts, ", ")));
  check.set("sample_values", Json::Array(found.begin(), found.end()));
  return check;
}

Json verdict_of(const Json& check) {
  return warns(check) ? Json("warned") : check["passed"];
}

std::string count_checks(std::int64_t checks, std::int64_t failed, std::int64_t warned) {
  auto all = format_count(checks, "check");
  if (failed + warned == 0) return all;
  const auto told = failed != 0 ? failed : checks - warned;
  return fmt::format("{} of {}{}", format_count(told), all,
                     warned == 0 ? "" : ", " + format_count(warned, "warning"));
}

Json check_rows(const std::vector<data::CheckResult>& results) {
  Json rows = Json::array();
  for (const auto& result : results) {
    rows.add(told_check(
        Json::object({{"name", result.name},
                      {"target", result.target},
                      {"severity", result.severity},
                      {"passed", result.passed},
                      {"value", result.value},
                      {"threshold", result.threshold},
                      {"failing_rows", result.failing_rows ? Json(*result.failing_rows) : Json()},
                      {"sample_rows", Json::Array(result.sample.begin(), result.sample.end())},
                      {"sample_lines", Json::Array(result.lines.begin(), result.lines.end())},
                      {"message", result.message}}),
        result.found));
  }
  return rows;
}

std::vector<ui::Field> check_fields(bool passed, const Json& rows) {
  Json failed = Json::array();
  for (auto row : rows.as_array()) {
    if (row["passed"].as_bool()) continue;
    row.set("verdict", verdict_of(row));
    failed.add(std::move(row));
  }
  return {{.key = "passed", .label = "", .value = passed},
          {.key = "checks", .label = "", .value = rows},
          {.key = "",
           .label = "To look at",
           .value = std::move(failed),
           .columns = {{"name", "Check"},
                       {"target", "Target"},
                       {"verdict", "", ui::Format::verdict},
                       {"value", "Value", ui::Format::number},
                       {"threshold", "Threshold", ui::Format::number},
                       {"failing_rows", "Rows", ui::Format::count},
                       {"message", "Message"}}}};
}

std::string check_headline(const Json& rows) {
  const auto failed = std::ranges::count_if(rows.as_array(), fails);
  const auto warned = std::ranges::count_if(rows.as_array(), warns);
  return fmt::format("{}: {}", failed == 0 ? "passed" : "FAILED",
                     count_checks(static_cast<std::int64_t>(rows.size()), failed, warned));
}

std::vector<ui::Field> drift_fields(const data::DriftReport& report) {
  const auto document = data::to_json(report);
  return {{.key = "rows", .label = "", .value = document["rows"]},
          drifted_columns(report),
          {.key = "classifier", .label = "", .value = document["classifier"]},
          {.key = "",
           .label = report.classifier ? "Told apart by all columns (ROC-AUC)" : "",
           .value = report.classifier ? Json(report.classifier->roc_auc) : Json(),
           .format = ui::Format::number},
          {.key = "missing_columns", .label = "", .value = document["missing_columns"]},
          named_columns("Vanished columns", report.missing_columns),
          {.key = "new_columns", .label = "", .value = document["new_columns"]},
          named_columns("New columns", report.new_columns),
          {.key = "drifted_share",
           .label = "Drifted share",
           .value = report.drifted_share,
           .format = ui::Format::share},
          {.key = "drifted", .label = "", .value = report.drifted}};
}

std::vector<ui::Histogram> drift_histograms(const data::DriftReport& report) {
  std::vector<ui::Histogram> histograms;
  for (const auto& column : report.columns) {
    histograms.push_back({.title = column.name,
                          .bins = bins_of(column),
                          .reference = column.reference,
                          .current = column.current,
                          .flagged = column.drifted});
  }
  // Who opens the page looks for what drifted.
  std::stable_partition(histograms.begin(), histograms.end(),
                        [](const ui::Histogram& one) { return one.flagged; });
  return histograms;
}

Json metrics_json(const data::Metrics& metrics) {
  Json values = Json::object();
  for (const auto& [name, value] : metrics) values.set(name, value);
  return values;
}

ui::Field metrics_table(std::string label, const data::Metrics& metrics) {
  Json rows = Json::array();
  for (const auto& [name, value] : metrics)
    rows.add(Json::object({{"name", name}, {"value", value}}));
  return {.key = "",
          .label = std::move(label),
          .value = std::move(rows),
          .columns = {{"name", "Metric"}, {"value", "Value", ui::Format::number}}};
}

}  // namespace mlo::cmd
