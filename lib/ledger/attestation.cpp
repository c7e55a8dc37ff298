#include "mlo/ledger/attestation.h"

#include "ledger/dsse.h"
#include "ledger/identity.h"

namespace mlo::ledger {

Attestation attest(const Json& statement, const World& world) {
  const auto identity = load_identity(world);
  const auto key = identity.key.public_key();
  return {.envelope = Json::parse(seal(statement.canonical(), identity.key, key.id())),
          .actor = identity.name,
          .public_key = key.pem()};
}

std::string envelopes(Ledger& ledger, const std::vector<std::int64_t>& entries) {
  std::string lines;
  for (const auto entry : entries)
    if (const auto envelope = ledger.envelope(entry)) lines += *envelope + "\n";
  return lines;
}

std::vector<std::int64_t> entries_of_run(Ledger& ledger, std::string_view run) {
  return ledger.database().all(
      "SELECT entry FROM run_part WHERE run = ?1 ORDER BY part",
      [](const Row& row) { return row.get<std::int64_t>(0); }, run);
}

}  // namespace mlo::ledger
