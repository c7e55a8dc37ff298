#include "mlo/data/table_diff.h"

#include <algorithm>

#include <fmt/format.h>

#include "data/engine.h"
#include "data/load.h"
#include "data/sql_count.h"
#include "data/table_state.h"
#include "mlo/core/text.h"

namespace mlo::data {
namespace {

/// A column of both tables as expressions that can be compared: in the table `b` (before), `a`.
struct Pair {
  std::string name;
  std::string before;
  std::string after;
};

bool is_numeric(ColumnType type) {
  return type == ColumnType::integer || type == ColumnType::number || type == ColumnType::boolean;
}

std::string comparable(std::string_view table, std::size_t index, ColumnType own,
                       ColumnType other) {
  auto column = fmt::format("{}.{}", table, sql_column(index));
  if (own == other && own != ColumnType::other) return column;
  const auto type = is_numeric(own) && is_numeric(other) ? "DOUBLE" : "VARCHAR";
  return fmt::format("CAST({} AS {})", column, type);
}

class Comparison {
 public:
  Comparison(const std::filesystem::path& before, const std::filesystem::path& after, int threads)
      : engine_(thread_count(threads)),
        before_(read(before, "before_rows")),
        after_(read(after, "after_rows")) {
    engine_.lock();
    result_.rows_before = count("SELECT count(*) FROM before_rows");
    result_.rows_after = count("SELECT count(*) FROM after_rows");
    pair_columns();
  }

  TableDifference run(const std::string& key) {
    const auto found = std::ranges::find(pairs_, key, &Pair::name);
    if (found != pairs_.end() && is_key(*found))
      by_key(*found);
    else if (!pairs_.empty())
      as_multisets();
    return result_;
  }

 private:
  std::vector<Column> read(const std::filesystem::path& source, std::string_view name) {
    auto columns = load(engine_, source, {}).columns;
    engine_.run(fmt::format("ALTER TABLE t RENAME TO {}", name));
    return columns;
  }
  std::int64_t count(const std::string& sql) { return engine_.counts(sql).at(0).at(0); }

  void pair_columns() {
    for (std::size_t i = 0; i < before_.size(); ++i) {
      const auto& old = before_[i];
      const auto found = std::ranges::find(after_, old.name, &Column::name);
      if (found == after_.end()) {
        result_.columns.push_back({old.name, old.type, std::nullopt});
        continue;
      }
      const auto j = static_cast<std::size_t>(found - after_.begin());
      if (found->type != old.type) result_.columns.push_back({old.name, old.type, found->type});
      pairs_.push_back({old.name, comparable("b", i, old.type, found->type),
                        comparable("a", j, found->type, old.type)});
    }
    for (const auto& column : after_)
      if (std::ranges::find(before_, column.name, &Column::name) == before_.end())
        result_.columns.push_back({column.name, std::nullopt, column.type});
  }

  bool is_key(const Pair& pair) {
    const auto holds = [&](std::string_view table, const std::string& column,
                           std::string_view alias) {
      return count(fmt::format("SELECT CAST(count(*) = count(DISTINCT {0}) AS BIGINT) FROM {1} {2}",
                               column, table, alias)) == 1;
    };
    return holds("before_rows", pair.before, "b") && holds("after_rows", pair.after, "a");
  }

  void by_key(const Pair& key) {
    result_.key = key.name;
    const auto on = fmt::format("{} = {}", key.before, key.after);
    result_.rows_added =
        count(fmt::format("SELECT count(*) FROM after_rows a ANTI JOIN before_rows b ON {}", on));
    result_.rows_removed =
        count(fmt::format("SELECT count(*) FROM before_rows b ANTI JOIN after_rows a ON {}", on));
    std::vector<std::string> differs;
    std::vector<std::string> sums{"0"};
    for (const auto& pair : pairs_) {
      differs.push_back(fmt::format("{} IS DISTINCT FROM {}", pair.before, pair.after));
      sums.push_back(sql_count(differs.back()));
    }
    sums.front() = sql_count(join(differs, " OR "));
    const auto counts =
        engine_
            .counts(fmt::format("SELECT {} FROM before_rows b JOIN after_rows a ON {}",
                                join(sums, ", "), on))
            .at(0);
    result_.rows_changed = counts.at(0);
    for (std::size_t i = 0; i < pairs_.size(); ++i)
      if (counts.at(i + 1) > 0) result_.cells.push_back({pairs_[i].name, counts[i + 1]});
  }

  void as_multisets() {
    std::vector<std::string> old_columns;
    std::vector<std::string> new_columns;
    for (const auto& pair : pairs_) {
      old_columns.push_back(pair.before);
      new_columns.push_back(pair.after);
    }
    const auto old_rows = fmt::format("SELECT {} FROM before_rows b", join(old_columns, ", "));
    const auto new_rows = fmt::format("SELECT {} FROM after_rows a", join(new_columns, ", "));
    const auto only_in = [&](const std::string& left, const std::string& right) {
      return count(fmt::format("SELECT count(*) FROM ({} EXCEPT ALL {})", left, right));
    };
    result_.rows_added = only_in(new_rows, old_rows);
    result_.rows_removed = only_in(old_rows, new_rows);
  }

  Engine engine_;
  std::vector<Column> before_;
  std::vector<Column> after_;
  std::vector<Pair> pairs_;
  TableDifference result_;
};

}  // namespace

TableDifference compare_tables(const std::filesystem::path& before,
                               const std::filesystem::path& after, const std::string& key,
                               int threads) {
  return Comparison(before, after, threads).run(key);
}

}  // namespace mlo::data
