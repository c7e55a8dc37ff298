#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "mlo/core/database.h"
#include "mlo/core/registry.h"
#include "mlo/ledger/ledger.h"

namespace mlo::ledger {

/// What the ledger does with entries of one predicate type; each adds itself from its own file in
/// records/, beside the function that writes the statement.
struct RecordKind {
  std::string word;                                      ///< "run": `audit log --what run`
  std::function<void(Database&, const Entry&)> project;  ///< writes the entry's view rows
  std::function<std::string(const Entry&)> describe;     ///< "registered tumour@1"
};
/// By predicate type.
Registry<RecordKind>& record_kinds();

/// Writes all view rows of an entry: those that every entry has, and those of its kind.
/// Throws bad_input or integrity when the predicate is not what its type promises.
void project(Database& database, const Entry& entry);

/// The tables that `project` fills, each with a column `entry`.
std::span<const std::string_view> view_tables();

}  // namespace mlo::ledger
