#pragma once

#include <optional>
#include <string>

#include "ledger/signing.h"
#include "mlo/core/database.h"
#include "mlo/ledger/ledger.h"

namespace mlo::ledger {

/// `urn:mlo:repository:v1`: what makes this ledger this one; its second entry.
struct Beginning {
  std::string id;       ///< 16 random bytes in hex
  std::string origin;   ///< name of the log and of its key
  std::string log_key;  ///< C2SP verifier key of the log
};

Statement statement_of(const Beginning& beginning, const PublicKey& log_key);
/// Nothing while a ledger is being created.
std::optional<Beginning> find_beginning(Database& database);

}  // namespace mlo::ledger
