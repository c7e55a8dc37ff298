#include "mlo/ledger/trust.h"

#include <vector>

#include <fmt/format.h>

#include "ledger/memory.h"
#include "ledger/records/acceptance.h"
#include "ledger/writer.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"

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
  const auto ahead = ahead_of(ledger.database(), world.now());
  if (!problem && !ahead)
    throw Error(ErrorKind::conflict,
                "there is nothing to accept: the ledger goes on from what was seen here last");
  const auto seen = memory.recall();
  const Memory::Seen found{.log_key = ledger.verifier_key(), .note = ledger.checkpoint()};
  std::vector<std::string> problems;
  if (problem) problems.push_back(*problem);
  if (ahead) problems.push_back(fmt::format("entry {} is of {}", ahead->entry, ahead->at.brief()));
  const auto statement = acceptance(join(problems, "; "), seen, found,
                                    ahead ? std::optional(ahead->entry) : std::nullopt);
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
