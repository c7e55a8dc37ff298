#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/database.h"
#include "mlo/ledger/ledger.h"

namespace mlo::ledger {

using Report = std::function<void(std::int64_t entry, std::string problem)>;

/// Reports each object of the schema that differs from `rebuilt`'s, and triggers that are not ours.
void compare_schemas(Database& database, Database& rebuilt, const Report& report);
/// Names of a table's columns, in their order; none when it is not there.
std::vector<std::string> columns_of(Database& database, std::string_view table);
/// A name as an identifier of SQL, whatever it holds.
std::string in_quotes(std::string_view name);

/// What a table holds, to compare it with another of the same schema.
struct TableContent {
  std::int64_t rows = 0;
  Digest digest;
  bool operator==(const TableContent&) const = default;
};
/// Nothing when the table is not there or cannot be read.
std::optional<TableContent> content_of(Database& database, std::string_view table);

/// Reports, table by table, each entry whose view rows differ from those in `rebuilt`.
void compare_views(Database& database, Database& rebuilt, const Report& report);

}  // namespace mlo::ledger
