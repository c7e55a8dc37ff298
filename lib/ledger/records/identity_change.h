#pragma once

#include <string_view>

#include "mlo/ledger/identities.h"

namespace mlo::ledger {

constexpr std::string_view kIdentityChangeType = "urn:mlo:identity-change:v1";

IdentityChange read_identity_change(const Entry& entry);

}  // namespace mlo::ledger
