#pragma once

#include <string>

#include "mlo/core/database.h"
#include "mlo/core/json.h"
#include "mlo/ledger/records.h"

namespace mlo::ledger {

/// What is found of a run by name: params, tags and metrics, and what a tracking client told
/// beside.
struct RunFacts {
  Json params = Json::object();
  Json tags = Json::object();     ///< null takes a tag away
  Json metrics = Json::object();  ///< finite ones
  Json tracking;                  ///< as in Run::tracking; null: nothing
};

/// Writes or replaces the rows of these facts. The run's own row is there already.
void index_run_facts(Database& database, const Entry& entry, const std::string& run,
                     const RunFacts& facts);
/// Merges the facts into the JSON columns of the run's row.
void merge_run_facts(Database& database, const std::string& run, const RunFacts& facts);
/// A file of a run or a logged model.
void index_artifact(Database& database, const Entry& entry, const std::string& owner,
                    const Artifact& file);
/// Takes away all rows of a run that the entry at hand tells anew.
void forget_run_facts(Database& database, const std::string& run);

}  // namespace mlo::ledger
