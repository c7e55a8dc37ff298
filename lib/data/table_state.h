#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/engine.h"
#include "mlo/data/table.h"

namespace mlo::data {

/// The engine's table `t`: column i of `columns` is its column "c<i>".
struct Table::State {
  explicit State(const ReadOptions& options)
      : threads(thread_count(options.threads)), engine(threads, options.scratch) {}
  int threads;
  mutable Engine engine;
  std::vector<Column> columns;
  std::int64_t rows = 0;
  Reading reading;

  /// The place of a column. Throws not_found naming the nearest one.
  [[nodiscard]] std::size_t index_of(std::string_view name) const;
};

/// "c<index>"
std::string sql_column(std::size_t index);

}  // namespace mlo::data
