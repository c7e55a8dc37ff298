#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/json.h"
#include "mlo/core/progress.h"

namespace mlo::data {

enum class ColumnType { boolean, integer, number, text, date, timestamp, other };
std::string_view name_of(ColumnType type);

struct Column {
  std::string name;
  ColumnType type = ColumnType::other;
};

/// How the files of a table are written.
enum class Format { csv, tsv, parquet, json_lines };
std::string_view name_of(Format format);  ///< "csv", "tsv", "parquet", "jsonl"
/// Throws usage for an unknown name.
Format parse_format(std::string_view name);

struct ReadOptions {
  std::map<std::string, ColumnType> types = {};  ///< from a contract: these columns are not sniffed
  std::map<std::string, std::string> dates = {};  ///< of CSV: how they are written ("dd/MM/yyyy")
  std::vector<std::string> columns = {};          ///< only these, in this order; empty: all
  int threads = 0;                                ///< 0: all cores; no result depends on it
  std::optional<Format> format = {};              ///< whatever the names of the files promise
  std::optional<char> delimiter = {};             ///< of CSV; else it is sniffed
  std::optional<char> quote = {};                 ///< of CSV; else a double quote
  bool header = true;                  ///< false: columns are called column1, column2, …
  std::filesystem::path scratch = {};  ///< where what exceeds memory may go; empty: the system's
  std::stop_token stop = {};           ///< ends reading, and all that is asked of the table later
  Progress* progress = nullptr;        ///< hears of reading and of long work on the table
};

/// A table that is still to be read.
struct TableFile {
  std::filesystem::path path;
  ReadOptions reading = {};
};

/// How the dates of a column are written in CSV, in the words of Java's DateTimeFormatter.
struct DateFormat {
  std::string pattern = {};  ///< "dd/MM/yyyy"
  std::string other = {};    ///< what would do as well; empty: the values tell
};

/// How a source was read, for people who wonder.
struct Reading {
  Format format = Format::csv;
  std::size_t files = 1;
  char delimiter = ',';  ///< of CSV and TSV, as are the next two
  char quote = '"';
  bool header = true;
  std::map<std::string, DateFormat> dates = {};  ///< of columns that are not in ISO 8601
  /// Words that were read as missing in columns of numbers, dates and truths: "NA".
  std::map<std::string, std::vector<std::string>> missing = {};
};
/// {"format", "files"} and, of CSV and TSV, {"delimiter", "quote", "header"} and, where there are
/// any, {"dates": {column: pattern}, "missing": {column: [word]}}.
Json to_json(const Reading& reading);
/// Says of which columns nobody can tell days from months, and how they were read.
void warn_of_open_dates(const Reading& reading, const std::filesystem::path& source,
                        Progress* progress);

/// A table in memory or on disk, read by DuckDB: CSV, TSV, Parquet, JSON lines, by its extension.
/// Never goes to the network; extensions cannot be loaded.
class Table {
 public:
  /// `source`: a file, a folder of files, or a pattern (* ? [a-z], ** for folders) when nothing has
  /// just that name. Throws not_found, or bad_input naming file, line and column of malformed
  /// input.
  static Table open(const std::filesystem::path& source, const ReadOptions& options = {});
  /// Another table that is opened into the same engine, for this room: `beside_<i>`.
  struct Beside {
    std::filesystem::path source;
    std::vector<std::string> columns;
  };
  static Table open(const std::filesystem::path& source, const ReadOptions& options,
                    const std::vector<Beside>& others);
  /// True when the name ends like a table's: .csv .tsv .jsonl .ndjson, also with .gz or .zst, and
  /// .parquet.
  static bool is_table(const std::filesystem::path& source);
  ~Table();
  Table(Table&&) noexcept;
  Table& operator=(Table&&) noexcept;
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  [[nodiscard]] const std::vector<Column>& columns() const;
  [[nodiscard]] const Column* find(std::string_view name) const;
  [[nodiscard]] std::int64_t rows() const;
  [[nodiscard]] const Reading& reading() const;
  /// A column as numbers, in row order: NULL is NaN, booleans 0 and 1, times seconds since 1970.
  /// Throws not_found for an unknown column, bad_input for text that is no number.
  [[nodiscard]] std::vector<double> numbers(std::string_view column) const;
  /// A column as text, in row order; NULL is nothing.
  [[nodiscard]] std::vector<std::optional<std::string>> texts(std::string_view column) const;

  struct State;
  [[nodiscard]] State& state() const { return *state_; }  ///< for this room

 private:
  explicit Table(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The ending ("csv", "parquet", "jsonl", with ".gz" or ".zst") that content without a name
/// deserves by its first bytes; compressed text counts as CSV.
std::string guess_ending(std::string_view first_bytes);

/// DuckDB's version.
std::string engine_version();

}  // namespace mlo::data
