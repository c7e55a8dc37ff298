#pragma once

#include <functional>

#include "mlo/core/database.h"
#include "mlo/ledger/ledger.h"

namespace mlo::ledger {

using Report = std::function<void(std::int64_t entry, std::string problem)>;

/// Reports each object of the schema that differs from `rebuilt`'s, and triggers that are not ours.
void compare_schemas(Database& database, Database& rebuilt, const Report& report);
/// Reports, table by table, each entry whose view rows differ from those in `rebuilt`.
void compare_views(Database& database, Database& rebuilt, const Report& report);

}  // namespace mlo::ledger
