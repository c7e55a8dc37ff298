#pragma once

#include "ledger/identity.h"
#include "mlo/core/database.h"

namespace mlo::ledger {

/// The user's identity as the ledger behind `views` knows it. A key is the user's, an entry that
/// replaces it is one ledger's: where only a key is known that was replaced elsewhere, that one
/// signs, until `rotate_identity` enters the key in use. One that was replaced or revoked here
/// never does.
struct Signer {
  Identity identity;
  bool former = false;              ///< another is in use, which this ledger does not know
  std::filesystem::path file = {};  ///< where a former one lies
};
Signer signer_for(Database& views, const World& world);

}  // namespace mlo::ledger
