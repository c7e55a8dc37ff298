#include "mlo/data/profile.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "commands.h"
#include "mlo/core/figure.h"
#include "mlo/core/text.h"
#include "mlo/ui/sparkline.h"
#include "table_options.h"

namespace mlo::cmd {

namespace {

struct Options {
  std::string source;
  std::string page;
  bool exact = false;
  TableOptions table;
};

/// The columns as scripts get them, with the figures that people see flat beside them.
Json rows_of(const data::Profile& profile, const Json& document) {
  constexpr std::size_t kSparkWidth = 10;
  Json rows = Json::array();
  for (std::size_t i = 0; i < profile.columns.size(); ++i) {
    const auto& column = document["columns"].as_array()[i];
    Json row = column;
    row.set("distribution", ui::sparkline(profile.columns[i].histogram, kSparkWidth));
    row.set("median", column["quantiles"]["0.5"]);
    const auto& top = column["top"].as_array();
    // Among values that stand once each, none is the most frequent.
    const bool repeats = !top.empty() && top.front()["count"].as_integer() > 1;
    row.set("most_frequent", repeats ? top.front()["value"] : Json());
    rows.add(std::move(row));
  }
  return rows;
}

/// How text is written, where it is not as one would expect.
std::string written(const data::Reading& reading) {
  const bool is_text = reading.format == data::Format::csv;
  if (!is_text || (reading.delimiter == ',' && reading.quote == '"' && reading.header)) return "";
  const auto delimiter =
      reading.delimiter == '\t' ? "tabs" : fmt::format("'{}'", reading.delimiter);
  return fmt::format(" (CSV with {}{})", delimiter, reading.header ? "" : ", no header");
}

/// The correlations that a person wants to know of.
ui::Field strongest(const Json& correlations) {
  constexpr std::size_t kShown = 10;
  constexpr double kLeast = 0.5;
  ui::Field field{
      .key = "",
      .label = "Correlations",
      .value = Json::array(),
      .columns = {
          {"left", "Column"}, {"right", "With"}, {"pearson", "Pearson", ui::Format::number}}};
  if (correlations.is_null()) return field;
  for (const auto& pair : correlations.as_array())
    if (field.value.size() < kShown && std::abs(pair["pearson"].as_number()) >= kLeast)
      field.value.add(pair);
  return field;
}

std::vector<ui::Histogram> histograms_of(const data::Profile& profile) {
  std::vector<ui::Histogram> histograms;
  for (const auto& column : profile.columns) {
    ui::Histogram histogram{.title = column.name};
    const auto add = [&](const std::string& bin, std::int64_t count) {
      histogram.bins.push_back(bin);
      histogram.reference.push_back(static_cast<double>(count) /
                                    static_cast<double>(std::max<std::int64_t>(1, profile.rows)));
    };
    const auto edge = [](const Json& value) {
      if (value.is_string()) return value.as_string();
      return value.is_integer() ? value.dump() : format_figure(value.as_number());
    };
    for (std::size_t i = 0; i < column.histogram.size(); ++i)
      add(i == 0                             ? edge(column.min)
          : i + 1 == column.histogram.size() ? edge(column.max)
                                             : fmt::format("{}", i + 1),
          column.histogram[i]);
    if (column.histogram.empty())
      for (const auto& [value, count] : column.top) add(value, count);
    if (!histogram.bins.empty()) histograms.push_back(std::move(histogram));
  }
  return histograms;
}

/// The table of columns; how far an estimate may be off stands beside it where there is one.
ui::Field columns_field(const data::Profile& profile, const Json& document) {
  ui::Field field{.key = "columns",
                  .label = "Columns",
                  .value = rows_of(profile, document),
                  .columns = {{"name", "Column"},
                              {"type", "Type"},
                              {"nulls", "Nulls", ui::Format::count},
                              {"distinct", "Distinct", ui::Format::count},
                              {"min", "Min", ui::Format::number},
                              {"median", "Median", ui::Format::number},
                              {"max", "Max", ui::Format::number},
                              {"mean", "Mean", ui::Format::number},
                              {"std", "Std", ui::Format::number},
                              {"distribution", "Distribution"},
                              {"most_frequent", "Most frequent"}}};
  if (std::ranges::any_of(profile.columns,
                          [](const auto& one) { return one.distinct_error.has_value(); }))
    field.columns.insert(field.columns.begin() + 4, {"distinct_error", "±", ui::Format::share});
  return field;
}

ui::View view(const std::string& source, const data::Reading& reading,
              const data::Profile& profile) {
  const auto document = data::to_json(profile);
  return {.shape = "profile/1",
          .headline =
              fmt::format("{}: {}, {}{}", source, format_count(profile.rows, "row"),
                          format_count(std::ssize(profile.columns), "column"), written(reading)),
          .fields = {{.key = "source", .label = "", .value = source},
                     {.key = "reading", .label = "", .value = data::to_json(reading)},
                     {.key = "rows", .label = "", .value = profile.rows},
                     columns_field(profile, document),
                     {.key = "duplicate_rows",
                      .label = "Duplicate rows",
                      .value = document["duplicate_rows"],
                      .format = ui::Format::count},
                     {.key = "correlations", .label = "", .value = document["correlations"]},
                     strongest(document["correlations"])},
          .histograms = histograms_of(profile)};
}

}  // namespace

void add_profile(CLI::App& mlo, Session& session) {
  auto options = std::make_shared<Options>();
  auto* profile = mlo.add_subcommand("profile", "Summarise each column of a table");
  profile->add_option("source", options->source, kSourceHelp)->required();
  profile->add_flag("--exact", options->exact,
                    "Count different values one by one, whatever memory that takes");
  profile->add_option("--html", options->page, "Also write a page")->type_name("FILE");
  options->table.add_to(*profile);
  profile->callback([options, &session] {
    const auto table = open_table(session, options->source, options->table);
    data::ProfileOptions profiling;
    if (options->exact) profiling.exact_rows = std::numeric_limits<std::int64_t>::max();
    const auto answer = view(options->source, table.reading(), data::profile(table, profiling));
    if (!options->page.empty()) session.write(options->page, ui::to_html(answer));
    session.show(answer);
  });
}

}  // namespace mlo::cmd
