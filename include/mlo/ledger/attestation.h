#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mlo/ledger/records.h"

// Statements for verifiers elsewhere.

namespace mlo::ledger {

/// An in-toto statement signed by the actor as ledger entries are (DSSE), but kept by nobody.
struct Attestation {
  Json envelope;
  std::string actor;
  std::string public_key;  ///< PEM
};
/// Throws bad_input when `statement` is larger than an entry may be.
Attestation attest(const Json& statement, const World& world);

/// Envelopes of the ledger, one a line, as they were signed: an in-toto bundle. Numbers that are
/// not there are left out.
std::string envelopes(Ledger& ledger, const std::vector<std::int64_t>& entries);
/// The entries that together record a run, first the one with its provenance.
std::vector<std::int64_t> entries_of_run(Ledger& ledger, std::string_view run);

}  // namespace mlo::ledger
