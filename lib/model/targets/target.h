#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "mlo/core/registry.h"
#include "mlo/ledger/records.h"
#include "mlo/workspace/repository.h"

namespace mlo::model {

/// What came of a delivery.
struct Delivered {
  std::string status;  ///< live: it answers with this version; pending: it will; failed
  std::string detail;
};

/// One way of delivering a version to where predictions are made.
struct Target {
  std::function<Delivered(workspace::Repository&, const ledger::ModelVersion&,
                          const std::string& stage, const Json& options, const std::stop_token&)>
      deliver;
};
Registry<Target>& targets();

}  // namespace mlo::model
