#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mlo::data {

/// One record of RFC 4180 text: fields, and where it began.
struct CsvRecord {
  std::vector<std::string> fields;
  std::int64_t line = 1;    ///< of its first character, from 1
  bool complete = true;     ///< false: the text ended without an end of line
  bool open_quote = false;  ///< the text ended inside quotes
  std::size_t stray = 0;    ///< the column, from 1, that goes on after its closing quote
};

/// Reads records of CSV text one by one: for headers, dialects and for saying where text is wrong.
/// DuckDB reads the data itself; this is slower and plainer.
class CsvText {
 public:
  CsvText(std::string_view text, char delimiter, char quote = '"');
  /// The next record, or nothing at the end. Blank lines are skipped, as DuckDB does.
  std::optional<CsvRecord> next();

 private:
  bool read_quoted(CsvRecord& record);
  bool at_end_of_line();
  std::string_view text_;
  char delimiter_;
  char quote_;
  std::size_t at_ = 0;
  std::int64_t line_ = 1;
};

/// The delimiter among , tab ; | that splits the first records of `text` evenly into most fields;
/// without one the one that splits the first record most; ',' when none does.
char sniff_delimiter(std::string_view text, char quote = '"');

/// Where CSV text is malformed.
struct CsvProblem {
  std::int64_t line = 0;
  std::string what;            ///< "3 columns where the header has 4"
  std::size_t row_fields = 0;  ///< of all rows, when it is the header that has others
};
/// The first ragged record, unclosed quote or byte that is not UTF-8, if there is one.
std::optional<CsvProblem> find_problem(std::string_view text, char delimiter, char quote = '"');

}  // namespace mlo::data
