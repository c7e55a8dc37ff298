#include "data/csv_text.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "mlo/core/bytes.h"

namespace mlo::data {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::array kDelimiters = {',', '\t', ';', '|'};
constexpr int kSniffedRecords = 50;

struct Split {
  std::size_t fields = 0;  ///< of the first record
  bool even = true;        ///< the same in all looked at
};

Split split_of(std::string_view text, char delimiter, char quote) {
  CsvText csv(text, delimiter, quote);
  Split split;
  for (int i = 0; i < kSniffedRecords; ++i) {
    const auto record = csv.next();
    // The last record of a piece of a file may be cut off.
    if (!record || (i > 0 && !record->complete)) break;
    if (i == 0) split.fields = record->fields.size();
    split.even = split.even && record->fields.size() == split.fields;
  }
  return split;
}

}  // namespace

CsvText::CsvText(std::string_view text, char delimiter, char quote)
    : text_(text), delimiter_(delimiter), quote_(quote) {
  if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
}

bool CsvText::at_end_of_line() {
  if (at_ >= text_.size() || (text_[at_] != '\n' && text_[at_] != '\r')) return false;
  if (text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') ++at_;
  ++at_;
  ++line_;
  return true;
}

bool CsvText::read_quoted(CsvRecord& record) {
  for (++at_; at_ < text_.size(); ++at_) {
    const char letter = text_[at_];
    if (letter == quote_) {
      if (at_ + 1 >= text_.size() || text_[at_ + 1] != quote_) {
        ++at_;
        return true;
      }
      ++at_;
    }
    if (letter == '\n') ++line_;
    record.fields.back() += letter;
  }
  return false;
}

std::optional<CsvRecord> CsvText::next() {
  while (at_end_of_line()) continue;
  if (at_ >= text_.size()) return std::nullopt;
  CsvRecord record{.fields = {""}, .line = line_};
  bool field_begins = true;
  bool field_closed = false;
  while (at_ < text_.size()) {
    if (at_end_of_line()) return record;
    const char letter = text_[at_];
    if (letter == quote_ && field_begins) {
      record.open_quote = !read_quoted(record);
      field_begins = false;
      field_closed = true;
      continue;
    }
    field_begins = letter == delimiter_;
    if (field_begins) {
      record.fields.emplace_back();
      field_closed = false;
    } else {
      if (field_closed && record.stray == 0) record.stray = record.fields.size();
      record.fields.back() += letter;
    }
    ++at_;
  }
  record.complete = false;
  return record;
}

char sniff_delimiter(std::string_view text, char quote) {
  char best = ',';
  Split best_split{.fields = 1, .even = false};
  for (const char delimiter : kDelimiters) {
    const auto split = split_of(text, delimiter, quote);
    if (split.fields < 2) continue;
    const bool better =
        split.even != best_split.even ? split.even : split.fields > best_split.fields;
    if (better) {
      best = delimiter;
      best_split = split;
    }
  }
  return best;
}

namespace {

/// `width` when there are more records and all of them have so many fields, else 0.
std::size_t common_width(CsvText& rest, std::size_t width) {
  std::size_t common = 0;
  while (const auto record = rest.next()) {
    if (record->fields.size() != width) return 0;
    common = width;
  }
  return common;
}

}  // namespace

std::optional<CsvProblem> find_problem(std::string_view text, char delimiter, char quote) {
  CsvText csv(text, delimiter, quote);
  std::size_t width = 0;
  for (std::size_t row = 0; const auto record = csv.next(); ++row) {
    if (row == 0) width = record->fields.size();
    for (std::size_t i = 0; i < record->fields.size(); ++i) {
      if (!is_utf8(record->fields[i]))
        return CsvProblem{record->line, fmt::format("column {} is not UTF-8 text", i + 1)};
    }
    if (record->open_quote) {
      return CsvProblem{record->line, fmt::format("column {} opens a quote that never closes",
                                                  record->fields.size())};
    }
    if (record->stray != 0) {
      return CsvProblem{record->line,
                        fmt::format("column {} goes on after its closing quote", record->stray)};
    }
    if (record->fields.size() != width) {
      const auto fields = record->fields.size();
      return CsvProblem{record->line,
                        fmt::format("{} columns where the header has {}", fields, width),
                        row == 1 ? common_width(csv, fields) : 0};
    }
  }
  return std::nullopt;
}

}  // namespace mlo::data
