#include <algorithm>
#include <charconv>
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
constexpr double kMostSeconds = 1e11;  // in microseconds a number that fits
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

/// Seconds since 1970, or a date and time; one without a zone is in UTC. The engine that read the
/// table spells zones by their hours alone: "+00".
Timestamp time_of(std::string text) {
  double seconds = 0;
  const auto* last = text.data() + text.size();
  const auto [end, problem] = std::from_chars(text.data(), last, seconds);
  if (problem == std::errc() && end == last)
    return {static_cast<std::int64_t>(
        std::llround(std::clamp(seconds, -kMostSeconds, kMostSeconds) * kMicrosPerSecond))};
  const auto zone = text.find_first_of("Zz+-", std::string_view("2026-11-26T").size());
  if (zone == std::string::npos)
    text += "Z";
  else if (text.size() == zone + 3)
    text += ":00";
  return Timestamp::parse(text);
}

/// Throws bad_input naming the row for what is no time, and for one that must be of another unit.
Timestamp checked_time(const std::string& text, std::size_t row) {
  static const auto kFirst = Timestamp::parse("2000-01-01T00:00:00Z");
  static const auto kLast = Timestamp::parse("2100-01-01T00:00:00Z");
  const auto refused = [&](std::string_view why) {
    return Error(ErrorKind::bad_input, "row {}: timestamp '{}' {}", row + 1, printable(text), why)
        .hint("write seconds since 1970, or 2026-11-26T16:31:00Z");
  };
  const auto at = [&] {
    try {
      return time_of(text);
    } catch (const Error&) {
      throw refused("is no time");
    }
  }();
  if (at < kFirst || kLast < at) throw refused("is not of this century: is its unit seconds?");
  return at;
}

Json number_or_null(double value) {
  return std::isnan(value) ? Json() : Json(value);
}

/// A row as the log has it, of `columns`, one a feature.
Json::Object values_of(const std::vector<std::string>& features,
                       const std::vector<model::FeatureColumn>& columns, std::size_t row) {
  Json::Object values;
  values.reserve(features.size());
  for (std::size_t i = 0; i < features.size(); ++i)
    values.emplace_back(features[i], columns[i].texts.empty()
                                         ? number_or_null(columns[i].numbers[row])
                                         : Json(columns[i].texts[row]));
  return values;
}

}  // namespace

std::int64_t ingest(workspace::Repository& repository, const std::string& model,
                    const std::filesystem::path& file, Progress& progress) {
  const auto version = model::resolve(repository, model);
  const auto features = model::features_of(version);
  const auto table = data::Table::open(file, model::reading_for(version));
  for (const auto& feature : features)
    if (table.find(feature) == nullptr)
      throw Error(ErrorKind::bad_input, "'{}' has no column '{}', which the model takes",
                  file.string(), feature)
          .hint("columns needed: {}", join(features, ", "));
  const auto columns = model::feature_columns(model::inputs_of(version.signature), features, table);
  const auto ids = texts_or_nothing(table, "id");
  const auto predictions = texts_or_nothing(table, "prediction");
  const auto scores = numbers_or_nothing(table, "score");
  const auto times = texts_or_nothing(table, "timestamp");
  const auto now = repository.world().now();
  const auto judged = last_window(repository.ledger(), version.model, "");
  std::int64_t too_late = 0;
  std::vector<InferenceRecord> records;
  for (std::size_t row = 0; row < ids.size(); ++row) {
    InferenceRecord record{
        .at = now, .id = ids[row].value_or(""), .model = version.model, .version = version.number};
    if (times[row]) record.at = checked_time(*times[row], row);
    if (judged && record.at < judged->to) ++too_late;
    record.features = values_of(features, columns, row);
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
