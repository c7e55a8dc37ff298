#pragma once

#include <string>
#include <vector>

#include "mlo/ledger/records.h"

namespace mlo::ledger {

/// What an entry tells about a run: all of it, or one part of a run that one entry cannot hold.
struct RunPart {
  Run run;                      ///< of part 0 everything but the other parts' steps and files
  std::int64_t part = 0;        ///< 0: the SLSA provenance itself
  std::int64_t first_step = 0;  ///< how many steps the parts before have
};

constexpr auto kProvenanceType = "https://slsa.dev/provenance/v1";
constexpr auto kRunPartType = "urn:mlo:run-part:v1";

/// Reads an entry of either type.
RunPart read_run_part(const Entry& entry);

}  // namespace mlo::ledger
