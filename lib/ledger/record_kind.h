#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/database.h"
#include "mlo/core/registry.h"
#include "mlo/ledger/ledger.h"

namespace mlo::ledger {

/// Who may write entries of a kind while a policy is in force.
enum class Authority {
  permission,  ///< whom a role permits one of its actions
  own_rules,   ///< identities and policies: see policy/judge.h
  anybody,     ///< whom the policy knows
};

/// What the ledger does with entries of one predicate type; each adds itself from its own file in
/// records/, beside the function that writes the statement.
struct RecordKind {
  std::string word;                                      ///< "run": `audit log --what run`
  std::function<void(Database&, const Entry&)> project;  ///< writes the entry's view rows
  std::function<std::string(const Entry&)> describe;     ///< "registered tumour@1"
  std::vector<std::string> actions = {};  ///< permissions, any of which suffices; none: `word`
  /// Names by which a permission may mean what the entry is about; none: its subjects' names.
  std::function<std::vector<std::string>(const Entry&)> resources = {};
  Authority authority = Authority::permission;
};
/// By predicate type.
Registry<RecordKind>& record_kinds();

/// Writes all view rows of an entry: those that every entry has, and those of its kind.
/// Throws bad_input or integrity when the predicate is not what its type promises.
void project(Database& database, const Entry& entry);

/// The tables that `project` fills, each with a column `entry`; rows where it is NULL are of what
/// has not ended, and no entry's.
std::span<const std::string_view> view_tables();

}  // namespace mlo::ledger
