#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "mlo/data/table.h"

namespace mlo::data {

/// A column that only one table has, or that has another type in the other.
struct ColumnChange {
  std::string name;
  std::optional<ColumnType> before;  ///< nothing: the column is new
  std::optional<ColumnType> after;   ///< nothing: the column is gone
};

/// How two tables differ. Rows are compared in the columns that both have.
struct TableDifference {
  std::int64_t rows_before = 0;
  std::int64_t rows_after = 0;
  std::vector<ColumnChange> columns;
  std::string key;  ///< column by which rows were matched; empty: rows as multisets
  std::int64_t rows_added = 0;
  std::int64_t rows_removed = 0;
  std::int64_t rows_changed = 0;  ///< by key only
  struct Cells {
    std::string column;
    std::int64_t changed = 0;
  };
  std::vector<Cells> cells;  ///< by key: columns with changed cells, in the table's order

  [[nodiscard]] bool same() const {
    return columns.empty() && rows_added == 0 && rows_removed == 0 && rows_changed == 0;
  }
};

/// Compares two tables, whatever their order of rows and columns. `key` is used where it is a
/// column of both, without nulls and doubles; otherwise equal rows are counted off against each
/// other. Types are what the files look like; numbers are compared as numbers, else different types
/// as text. No result depends on the number of threads. Throws as Table::open does.
TableDifference compare_tables(const std::filesystem::path& before,
                               const std::filesystem::path& after, const std::string& key,
                               int threads = 0);

}  // namespace mlo::data
