#include "data/lines.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "data/csv_text.h"
#include "data/source.h"
#include "mlo/core/file.h"
#include "mlo/core/text.h"

namespace mlo::data {

namespace {

constexpr std::uint64_t kMaxBytes = 256U << 20U;

std::vector<std::int64_t> lines_of_csv(const std::string& text, std::span<const std::int64_t> rows,
                                       const ReadOptions& reading) {
  CsvText csv(text, reading.delimiter.value_or(sniff_delimiter(text)));
  std::vector<std::int64_t> lines;
  for (std::int64_t row = reading.header ? 0 : 1; lines.size() < rows.size(); ++row) {
    const auto record = csv.next();
    if (!record) break;
    if (row == rows[lines.size()]) lines.push_back(record->line);
  }
  return lines;
}

std::vector<std::int64_t> lines_of_json(const std::string& text,
                                        std::span<const std::int64_t> rows) {
  std::vector<std::int64_t> lines;
  std::int64_t row = 0;
  std::int64_t line = 0;
  for (std::size_t at = 0; at < text.size() && lines.size() < rows.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    ++line;
    const bool blank = text.find_first_not_of(" \t\r", at) >= end;
    if (!blank && ++row == rows[lines.size()]) lines.push_back(line);
    at = end + 1;
  }
  return lines;
}

}  // namespace

std::vector<std::int64_t> lines_of(const std::filesystem::path& source,
                                   std::span<const std::int64_t> rows, const ReadOptions& reading) {
  const auto format = reading.format ? reading.format : format_of(source);
  std::error_code problem;
  if (rows.empty() || !format || format == Format::parquet || is_compressed(source) ||
      reading.quote.value_or('"') != '"' || !std::filesystem::is_regular_file(source, problem) ||
      std::filesystem::file_size(source, problem) > kMaxBytes)
    return {};
  const auto text = read_file(source, kMaxBytes);
  return format == Format::json_lines ? lines_of_json(text, rows)
                                      : lines_of_csv(text, rows, reading);
}

void locate_samples(std::vector<CheckResult>& results, const std::filesystem::path& source,
                    const ReadOptions& reading) {
  std::vector<std::int64_t> rows;
  for (const auto& result : results)
    rows.insert(rows.end(), result.sample.begin(), result.sample.end());
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  const auto lines = lines_of(source, rows, reading);
  if (lines.size() != rows.size()) return;
  for (auto& result : results) {
    for (const auto row : result.sample) {
      const auto at = std::lower_bound(rows.begin(), rows.end(), row) - rows.begin();
      result.lines.push_back(lines[static_cast<std::size_t>(at)]);
    }
  }
}

void tell_samples(std::vector<CheckResult>& results) {
  for (auto& result : results) {
    if (result.sample.empty()) continue;
    const auto count = result.failing_rows.value_or(std::ssize(result.sample));
    const auto& places = result.lines.empty() ? result.sample : result.lines;
    std::vector<std::string> numbers;
    numbers.reserve(places.size());
    for (const auto place : places) numbers.push_back(std::to_string(place));
    const std::string_view kind = result.lines.empty() ? ""
                                  : places.size() == 1 ? "line "
                                                       : "lines ";
    auto told = fmt::format("{}: {}{}{}", format_count(count, "row"), kind, join(numbers, ", "),
                            std::cmp_less(numbers.size(), count) ? ", …" : "");
    if (!result.message.empty()) told += "; " + result.message;
    result.message = std::move(told);
  }
}

}  // namespace mlo::data
