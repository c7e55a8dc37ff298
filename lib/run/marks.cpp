#include "mlo/workspace/maintenance.h"
#include "run/journal.h"

namespace mlo::run {
namespace {

/// Steps that are done and may not be in the ledger yet: the run cache.
std::vector<Digest> cached(workspace::Repository& repository) {
  std::vector<Digest> digests;
  for (const auto& result : Journal(repository.ledger().database()).results()) {
    digests.push_back(result.fingerprint);
    for (const auto& output : result.outputs) digests.push_back(output.digest);
  }
  return digests;
}

const bool kRegistered = workspace::mark_sources().add("results of steps", cached);

}  // namespace
}  // namespace mlo::run
