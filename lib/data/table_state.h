#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/engine.h"
#include "mlo/core/error.h"
#include "mlo/data/table.h"

namespace mlo::data {

/// The engine's table `t`: column i of `columns` is its column "c<i>".
struct Table::State {
  explicit State(const ReadOptions& options)
      : State(options, Engine(thread_count(options.threads), options.scratch)) {}
  State(const ReadOptions& options, Engine started)
      : threads(thread_count(options.threads)),
        stop(options.stop),
        progress(options.progress != nullptr ? *options.progress : no_progress()),
        engine(std::move(started)) {
    engine.stop_on(stop);
  }
  /// Reads `file` into the engine of `state`.
  static Table load(std::unique_ptr<State> state, const TableFile& file);

  int threads;
  std::stop_token stop;
  Progress& progress;
  mutable Engine engine;
  std::vector<Column> columns;
  std::int64_t rows = 0;
  Reading reading;

  /// What to ask for one column: `t`, or of a wide table a part of it that has the column, in the
  /// same order of rows. A statement costs time for every column of what it names: 5 ms for ten
  /// thousand, whatever it does with them.
  [[nodiscard]] std::string relation_of(std::size_t column) const;

  /// Calls `visit` with an SQL condition for each part of the rows, in their order: what a
  /// statement answers is held in memory.
  void each_slice(const std::function<void(const std::string& rows)>& visit) const;
  /// The place of a column. Throws not_found naming the nearest one.
  [[nodiscard]] std::size_t index_of(std::string_view name) const;

 private:
  mutable std::mutex parts_mutex_;
  mutable std::set<std::size_t> parts_;  ///< that have been made
};

/// A not_found about `name` that names the nearest of `names`, or all.
Error no_column(std::string_view name, const std::vector<std::string>& names);

/// "c<index>"
std::string sql_column(std::size_t index);

}  // namespace mlo::data
