#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "data/engine.h"
#include "mlo/data/contract.h"

namespace mlo::data {

/// How numbers show NaN, which is a missing value: telling them apart costs time for each value.
enum class Nan { as_null, as_read };

/// The checked table and those that its rules refer to, as a stranger's SQL sees them: the view
/// `mlo_rows` has the columns under their own names, typed as the contract says (what does not fit
/// and NaN are null), and each row's number from 1 as `mlo_row`; the contract's name is a view
/// without that, and so is `t` in what `with_table` returns.
class RowsView {
 public:
  /// Tables that rules refer to were opened beside `table`, in the order of these rules.
  RowsView(const Contract& contract, const Table& table);
  /// Over a table `t` that is read anew for each question: its rows have no numbers.
  RowsView(const Contract& contract, Engine& engine, const std::vector<Column>& columns, Nan nan);

  /// SQL of a column, and its type. Throws bad_input naming the nearest column.
  [[nodiscard]] std::string column(std::string_view name) const;
  [[nodiscard]] ColumnType type(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> names() const;

  /// The view of the table that a reference rule means: its target columns are called k0, k1, …
  [[nodiscard]] const std::string& target(const QualityRule& rule) const;
  /// `sql` with ${table} and ${column} (and the standard's other words for them) filled in.
  [[nodiscard]] std::string fill_in(const QualityRule& rule) const;
  /// `select` where `t` is the table as a stranger sees it, as `mlo sql` calls it, and not ours.
  [[nodiscard]] std::string with_table(const std::string& select) const;

 private:
  struct Shown {
    std::string sql;  ///< quoted
    ColumnType type = ColumnType::other;
  };
  void show_columns(const Contract& contract, Engine& engine, const std::vector<Column>& columns,
                    std::string_view number, Nan nan);
  const std::string& add_target(const QualityRule& rule);

  std::map<std::string, Shown, std::less<>> columns_;
  std::map<const QualityRule*, std::string> targets_;
  std::string table_;  ///< quoted
};

}  // namespace mlo::data
