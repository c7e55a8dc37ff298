#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/data/table.h"
#include "mlo/model/features.h"
#include "mlo/model/reference.h"
#include "mlo/monitor/inference_log.h"
#include "mlo/monitor/monitor.h"
#include "monitor/window.h"

namespace mlo::monitor {
namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::size_t kBatchRows = 10'000;

using Texts = std::vector<std::optional<std::string>>;

Texts texts_or_nothing(const data::Table& table, std::string_view column) {
  if (table.find(column) == nullptr) return Texts(static_cast<std::size_t>(table.rows()));
  return table.texts(column);
}

std::vector<double> numbers_or_nothing(const data::Table& table, std::string_view column) {
  if (table.find(column) == nullptr)
    return std::vector<double>(static_cast<std::size_t>(table.rows()), std::nan(""));
  return table.numbers(column);
}

Json number_or_null(double value) {
  return std::isnan(value) ? Json() : Json(value);
}

}  // namespace

std::int64_t ingest(workspace::Repository& repository, const std::string& model,
                    const std::filesystem::path& file, Progress& progress) {
  const auto version = model::resolve(repository, model);
  const auto features = model::features_of(version);
  const auto table = data::Table::open(file);
  std::vector<std::vector<double>> columns;
  for (const auto& feature : features) {
    if (table.find(feature) == nullptr)
      throw Error(ErrorKind::bad_input, "'{}' has no column '{}', which the model takes",
                  file.string(), feature)
          .hint("columns needed: {}", join(features, ", "));
    columns.push_back(table.numbers(feature));
  }
  const auto ids = texts_or_nothing(table, "id");
  const auto predictions = texts_or_nothing(table, "prediction");
  const auto scores = numbers_or_nothing(table, "score");
  const auto times = numbers_or_nothing(table, "timestamp");
  const auto now = repository.world().now();
  const auto judged = last_window(repository.ledger(), version.model, "");
  std::int64_t too_late = 0;
  std::vector<InferenceRecord> records;
  for (std::size_t row = 0; row < ids.size(); ++row) {
    InferenceRecord record{
        .at = now, .id = ids[row].value_or(""), .model = version.model, .version = version.number};
    if (!std::isnan(times[row]))
      record.at.microseconds = std::llround(times[row] * kMicrosPerSecond);
    if (judged && record.at < judged->to) ++too_late;
    Json::Object values;
    for (std::size_t i = 0; i < features.size(); ++i)
      values.emplace_back(features[i], number_or_null(columns[i][row]));
    record.features = std::move(values);
    if (predictions[row]) record.outputs.set("prediction", *predictions[row]);
    if (!std::isnan(scores[row])) record.outputs.set("score", scores[row]);
    records.push_back(std::move(record));
    if (records.size() == kBatchRows || row + 1 == ids.size()) {
      append_inference(repository.folder(), records);
      records.clear();
      progress.advance("rows", row + 1, ids.size());
    }
  }
  if (too_late > 0)
    progress.warn(
        fmt::format("{} rows are from before {}, when the last window ended: they are "
                    "kept, but no window will judge them",
                    too_late, judged->to.brief()));
  return static_cast<std::int64_t>(ids.size());
}

}  // namespace mlo::monitor
