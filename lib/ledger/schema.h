#pragma once

#include <filesystem>
#include <span>
#include <string_view>

#include "mlo/core/database.h"

namespace mlo::ledger {

/// A step from one format of the database to the next: `sql/NNNN_what.sql`.
struct Migration {
  std::string_view name;
  std::string_view text;
};
/// All of them, oldest first; a database's `user_version` counts those it has seen.
std::span<const Migration> our_migrations();

/// Brings an opened database to the newest format, each migration in a transaction of its own; a
/// copy of an older one is kept beside it as `mlo.db.before-<n>`.
/// Throws conflict when it is of a newer mlo.
void migrate(Database& database, const std::filesystem::path& file,
             std::span<const Migration> steps = our_migrations());

}  // namespace mlo::ledger
