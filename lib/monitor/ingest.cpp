#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>

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
Timestamp checked_time(const std::string& text, std::size_t row,
                       const std::filesystem::path& file) {
  static const auto kFirst = Timestamp::parse("2000-01-01T00:00:00Z");
  static const auto kLast = Timestamp::parse("2100-01-01T00:00:00Z");
  const auto refused = [&](std::string_view why) {
    return Error(ErrorKind::bad_input, "'{}', row {}: timestamp '{}' {}", file.string(), row + 1,
                 printable(text), why)
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

/// Throws bad_input naming the column that the version takes and the table has not.
void check_columns(const data::Table& table, const std::vector<std::string>& features,
                   const std::filesystem::path& file) {
  for (const auto& feature : features)
    if (table.find(feature) == nullptr)
      throw Error(ErrorKind::bad_input, "'{}' has no column '{}', which the model takes",
                  file.string(), feature)
          .hint("columns needed: {}", join(features, ", "));
}

/// Hands the rows of a table over as records, some thousands at a time.
void each_batch(const std::filesystem::path& file, const ledger::ModelVersion& version,
                Timestamp now, Progress& progress,
                const std::function<void(std::span<const InferenceRecord>)>& use) {
  const auto features = model::features_of(version);
  const auto table = data::Table::open(file, model::reading_for(version));
  check_columns(table, features, file);
  const auto columns = model::feature_columns(model::inputs_of(version.signature), features, table);
  const auto ids = texts_or_nothing(table, "id");
  const auto predictions = texts_or_nothing(table, "prediction");
  const auto scores = numbers_or_nothing(table, "score");
  const auto times = texts_or_nothing(table, "timestamp");
  std::vector<InferenceRecord> records;
  for (std::size_t row = 0; row < ids.size(); ++row) {
    InferenceRecord record{
        .at = now, .id = ids[row].value_or(""), .model = version.model, .version = version.number};
    if (times[row]) record.at = checked_time(*times[row], row, file);
    record.features = values_of(features, columns, row);
    if (predictions[row]) record.outputs.set("prediction", *predictions[row]);
    if (!std::isnan(scores[row])) record.outputs.set("score", scores[row]);
    records.push_back(std::move(record));
    if (records.size() == kBatchRows || row + 1 == ids.size()) {
      use(records);
      records.clear();
      progress.advance("rows", row + 1, ids.size());
    }
  }
}

}  // namespace

std::int64_t ingest(workspace::Repository& repository, const std::string& model,
                    const std::vector<std::filesystem::path>& files, Progress& progress) {
  const auto version = model::resolve(repository, model);
  const auto now = repository.world().now();
  const auto judged = last_window(repository.ledger(), version.model, "");
  std::int64_t rows = 0;
  std::int64_t too_late = 0;
  StagedInference staged(repository.folder(), repository.world());
  for (std::size_t source = 0; source < files.size(); ++source)
    each_batch(files[source], version, now, progress,
               [&](std::span<const InferenceRecord> records) {
                 staged.add(source, records);
                 rows += static_cast<std::int64_t>(records.size());
                 if (judged)
                   too_late += std::ranges::count_if(
                       records, [&](const auto& record) { return record.at < judged->to; });
               });
  const auto fresh = staged.publish(now);
  if (fresh < rows)
    progress.warn(
        fmt::format("{} in the log already: a row counts once",
                    rows - fresh == 1 ? "1 row is" : format_count(rows - fresh, "row") + " are"));
  if (too_late > 0 && fresh > 0)
    progress.warn(
        fmt::format("{} rows are from before {}, when the last window ended: they are "
                    "kept, but no window will judge them",
                    too_late, judged->to.brief()));
  return fresh;
}

}  // namespace mlo::monitor
