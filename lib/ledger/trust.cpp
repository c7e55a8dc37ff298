#include "mlo/ledger/trust.h"

#include "ledger/memory.h"
#include "ledger/records/acceptance.h"
#include "mlo/core/error.h"

namespace mlo::ledger {

std::optional<std::string> distrust(Ledger& ledger, const std::filesystem::path& folder,
                                    const World& world) {
  return Memory(folder, world).look(ledger.database(), ledger.verifier_key());
}

void require_trust(Ledger& ledger, const std::filesystem::path& folder, const World& world) {
  if (const auto problem = distrust(ledger, folder, world)) throw distrust(*problem);
}

Entry accept(Ledger& ledger, const std::filesystem::path& folder, const World& world,
             const std::string& reason) {
  const Memory memory(folder, world);
  const auto problem = memory.look(ledger.database(), ledger.verifier_key());
  if (!problem)
    throw Error(ErrorKind::conflict,
                "there is nothing to accept: the ledger goes on from what was seen here last");
  const auto seen = memory.recall();
  const Memory::Seen found{.log_key = ledger.verifier_key(), .note = ledger.checkpoint()};
  const auto statement = acceptance(*problem, seen, found);
  memory.remember(found);
  try {
    return ledger.append(statement, {.command = "audit", .reason = reason});
  } catch (...) {
    // Without its entry nobody would ever see that it was accepted.
    if (seen) memory.remember(*seen);
    throw;
  }
}

}  // namespace mlo::ledger
