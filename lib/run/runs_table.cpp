#include <map>

#include <fmt/format.h>

#include "mlo/data/parquet.h"
#include "mlo/run/runs.h"

namespace mlo::run {
namespace {

using data::ColumnType;
using data::MadeColumn;

/// What all values of a column are; numbers and integers make numbers, else they are text.
ColumnType type_of(const std::vector<Json>& values) {
  bool integers = true;
  bool numbers = true;
  bool booleans = true;
  bool any = false;
  for (const auto& value : values) {
    if (value.is_null()) continue;
    any = true;
    integers = integers && value.is_integer();
    numbers = numbers && value.is_number();
    booleans = booleans && value.is_bool();
  }
  if (!any) return ColumnType::text;
  if (booleans) return ColumnType::boolean;
  return integers ? ColumnType::integer : numbers ? ColumnType::number : ColumnType::text;
}

/// `params.depth` and the like: a column for each name that any run has.
void add_group(std::vector<MadeColumn>& columns, std::span<const RunSummary> runs,
               const std::string& group, Json RunSummary::*part) {
  std::map<std::string, std::vector<Json>> named;
  for (std::size_t row = 0; row < runs.size(); ++row)
    for (const auto& [name, value] : (runs[row].*part).as_object()) {
      auto& values = named[name];
      values.resize(runs.size());
      values[row] = value;
    }
  for (auto& [name, values] : named) {
    MadeColumn column{.name = fmt::format("{}.{}", group, name), .type = type_of(values)};
    if (column.type == ColumnType::text)
      for (auto& value : values)
        if (!value.is_null() && !value.is_string()) value = value.dump();
    column.values = std::move(values);
    columns.push_back(std::move(column));
  }
}

}  // namespace

std::string to_parquet(std::span<const RunSummary> runs, workspace::Repository& repository) {
  std::vector<MadeColumn> columns;
  const auto add = [&](const char* name, ColumnType type, auto value) {
    auto& column = columns.emplace_back(MadeColumn{.name = name, .type = type});
    for (const auto& run : runs) column.values.emplace_back(value(run));
  };
  add("id", ColumnType::text, [](const auto& run) { return run.id; });
  add("name", ColumnType::text, [](const auto& run) { return run.name; });
  add("status", ColumnType::text, [](const auto& run) { return run.status; });
  add("started_at", ColumnType::timestamp, [](const auto& run) { return run.started_at.text(); });
  add("finished_at", ColumnType::timestamp, [](const auto& run) { return run.finished_at.text(); });
  add("duration_ms", ColumnType::integer, [](const auto& run) {
    return (run.finished_at.microseconds - run.started_at.microseconds) / 1000;
  });
  add("trigger", ColumnType::text, [](const auto& run) { return run.trigger; });
  add("git_commit", ColumnType::text, [](const auto& run) { return run.git_commit; });
  add("git_branch", ColumnType::text, [](const auto& run) { return run.git_branch; });
  add("actor", ColumnType::text, [](const auto& run) { return run.actor; });
  add("reason", ColumnType::text, [](const auto& run) { return run.reason; });
  add_group(columns, runs, "params", &RunSummary::params);
  add_group(columns, runs, "metrics", &RunSummary::metrics);
  add_group(columns, runs, "tags", &RunSummary::tags);
  return data::to_parquet(columns, repository.folder() / "tmp", repository.world());
}

}  // namespace mlo::run
