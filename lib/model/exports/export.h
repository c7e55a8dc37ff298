#pragma once

#include <functional>
#include <optional>
#include <string>

#include "mlo/core/registry.h"
#include "mlo/model/catalogue.h"
#include "mlo/workspace/repository.h"

namespace mlo::model {

/// One way of telling others of a version.
struct Export {
  std::function<std::string(workspace::Repository&, const CatalogueEntry&)> write;
};
Registry<Export>& exports();

/// The run that made the version, if it was trained here.
std::optional<ledger::Run> run_of(workspace::Repository& repository,
                                  const ledger::ModelVersion& version);
/// A UUID (RFC 9562 version 8) that is the same for the same text.
std::string uuid_for(const std::string& text);

}  // namespace mlo::model
