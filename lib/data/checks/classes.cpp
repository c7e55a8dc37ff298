#include "data/checks/classes.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/core.h>

#include "data/table_state.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::data {

namespace {

constexpr std::size_t kSample = 5;
constexpr std::int64_t kLeastRows = 20;

}  // namespace

std::vector<std::int64_t> Classes::labelled() const {
  std::vector<std::int64_t> rows;
  for (std::size_t i = 0; i < of_row.size(); ++i)
    if (of_row[i] >= 0) rows.push_back(static_cast<std::int64_t>(i));
  return rows;
}

Classes read_classes(const CheckInput& input) {
  // 52 bits of a hash are exact as a double; fetching a million texts would cost far more.
  const auto codes = input.table.state().engine.numbers(fmt::format(
      "SELECT CAST(hash(CAST({0} AS VARCHAR)) >> 12 AS DOUBLE) * CASE WHEN {0} IS NULL THEN NULL "
      "ELSE 1 END FROM t",
      sql_column(input.table.state().index_of(input.settings.label))));
  std::vector<double> known;
  std::ranges::copy_if(codes, std::back_inserter(known),
                       [](double code) { return !std::isnan(code); });
  const auto present = std::ssize(known);
  std::ranges::sort(known);
  known.erase(std::unique(known.begin(), known.end()), known.end());
  if (present >= kLeastRows && std::ssize(known) * 2 > present)
    throw Error(ErrorKind::bad_input, "label '{}' has {} in {}: these are no classes",
                input.settings.label, format_count(std::ssize(known), "different value"),
                format_count(present, "row"))
        .hint("name the column that holds the class: `label: COLUMN`");
  Classes classes{.of_row = {}, .sizes = std::vector<std::int64_t>(known.size())};
  classes.of_row.reserve(codes.size());
  for (const double code : codes) {
    if (std::isnan(code)) {
      classes.of_row.push_back(-1);
      continue;
    }
    const auto at = std::ranges::lower_bound(known, code) - known.begin();
    classes.of_row.push_back(static_cast<std::int32_t>(at));
    ++classes.sizes[static_cast<std::size_t>(at)];
  }
  return classes;
}

CheckResult judge_scores(const CheckInput& input, std::string name, std::vector<ScoredRow> failing,
                         std::size_t judged, double usual_limit) {
  const double limit = input.settings.limit.value_or(usual_limit);
  const double share =
      judged == 0 ? 0 : static_cast<double>(failing.size()) / static_cast<double>(judged);
  CheckResult result{.name = std::move(name)};
  result.value = share;
  result.threshold = limit;
  result.passed = share <= limit;
  result.failing_rows = std::ssize(failing);
  std::ranges::stable_sort(failing, std::greater{}, &ScoredRow::score);
  if (failing.size() > kSample) failing.resize(kSample);
  std::ranges::sort(failing, {}, &ScoredRow::row);
  std::vector<std::string> scores;
  for (const auto& one : failing) {
    result.sample.push_back(one.row + 1);
    scores.push_back(fmt::format("{:.2f}", one.score));
  }
  if (!failing.empty()) result.message = fmt::format("highest scores: {}", join(scores, ", "));
  if (std::cmp_less(judged, input.table.rows())) {
    if (!result.message.empty()) result.message += "; ";
    result.message +=
        fmt::format("looked at {} of {}", format_count(static_cast<std::int64_t>(judged)),
                    format_count(input.table.rows(), "row"));
  }
  return result;
}

}  // namespace mlo::data
