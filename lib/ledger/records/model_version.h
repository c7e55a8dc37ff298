#pragma once

namespace mlo::ledger {

/// Of an entry that registers a version of a model.
constexpr auto kReleaseType = "https://in-toto.io/attestation/release/v0.1";

}  // namespace mlo::ledger
