#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mlo::data {

enum class ColumnType { boolean, integer, number, text, date, timestamp, other };
std::string_view name_of(ColumnType type);

struct Column {
  std::string name;
  ColumnType type = ColumnType::other;
};

struct ReadOptions {
  std::map<std::string, ColumnType> types = {};  ///< from a contract: these columns are not sniffed
  std::vector<std::string> columns = {};         ///< only these, in this order; empty: all
  int threads = 0;                               ///< 0: all cores; no result depends on it
};

/// A table in memory or on disk, read by DuckDB: CSV, TSV, Parquet, JSON lines, by its extension.
/// Never goes to the network; extensions cannot be loaded.
class Table {
 public:
  /// Throws not_found, or bad_input naming file, line and column of malformed input.
  static Table open(const std::filesystem::path& source, const ReadOptions& options = {});
  /// True when the name ends like a table's (.csv .tsv .parquet .jsonl .ndjson, also .gz).
  static bool is_table(const std::filesystem::path& source);
  ~Table();
  Table(Table&&) noexcept;
  Table& operator=(Table&&) noexcept;
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  [[nodiscard]] const std::vector<Column>& columns() const;
  [[nodiscard]] const Column* find(std::string_view name) const;
  [[nodiscard]] std::int64_t rows() const;
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

/// DuckDB's version.
std::string engine_version();

}  // namespace mlo::data
