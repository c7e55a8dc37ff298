#pragma once

#include <string>
#include <vector>

#include "mlo/ledger/records.h"
#include "mlo/workspace/repository.h"

namespace mlo::model {

/// A version as a team finds it.
struct CatalogueEntry {
  ledger::ModelVersion version;
  std::vector<std::string> stages;         ///< that it holds now
  std::vector<ledger::Evidence> evidence;  ///< newest first
  std::vector<ledger::StageMove> moves;    ///< its own, newest first
  std::vector<ledger::Deployment> deployments;
};

/// Every version of every model, or of one; newest first within a model.
std::vector<CatalogueEntry> catalogue(workspace::Repository& repository,
                                      const std::string& model = {});
/// Versions of which what people know them by (names, stages, what mlo.yaml and MLflow's clients
/// say of them, data, params, metrics, who made them and why, digests) has each of `words`; case is
/// the same in ASCII. Newest first within a model.
std::vector<CatalogueEntry> search_catalogue(workspace::Repository& repository,
                                             const std::vector<std::string>& words);
/// One version by "churn", "churn@3" or "churn@production".
CatalogueEntry catalogue_entry(workspace::Repository& repository, const std::string& reference);

}  // namespace mlo::model
