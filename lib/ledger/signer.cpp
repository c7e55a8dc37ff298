#include "ledger/signer.h"

#include <algorithm>

#include "ledger/policy/in_force.h"
#include "ledger/policy/keys.h"
#include "mlo/ledger/policy.h"

namespace mlo::ledger {

Signer signer_for(Database& views, const World& world) {
  Signer own{.identity = load_identity(world)};
  const auto former = former_key_files(world);
  if (former.empty()) return own;
  const auto& name = own.identity.name;
  const auto in_force = policy_in_force(views);
  const auto keys = keys_in_force(views, law_of(in_force), name);
  const auto counts = [&](const Digest& key) { return std::ranges::find(keys, key) != keys.end(); };
  if (counts(own.identity.key_id)) return own;
  const auto state = key_state(views, law_of(in_force), name, own.identity.key_id);
  // Whoever ended the key in use here did not mean that an older one goes on.
  if (state == KeyState::replaced || state == KeyState::revoked || keys.empty()) return own;
  for (const auto& file : former) {
    auto key = read_own_key(file, world);
    const auto id = key.public_key().id();
    if (counts(id)) return {{name, std::move(key), id}, true, file};
  }
  return own;
}

}  // namespace mlo::ledger
