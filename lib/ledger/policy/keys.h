#pragma once

#include <optional>
#include <string>

#include "ledger/policy/judge.h"

namespace mlo::ledger {

enum class KeyState {
  in_force,
  replaced,
  revoked,
  not_vouched,  ///< a policy is in force, and not enough administrators have added the key
};
/// The state of a key under a name after the entries in `views`; `law` is the policy in force.
KeyState key_state(Database& views, const std::optional<Law>& law, const std::string& name,
                   const Digest& key);
/// "was replaced", … for people.
std::string text_of(KeyState state);

/// Keys under this name that are in force.
std::vector<Digest> keys_in_force(Database& views, const std::optional<Law>& law,
                                  const std::string& name);

/// The rules of `urn:mlo:identity:v1` and `urn:mlo:identity-change:v1`.
std::optional<Objection> object_to_identity(const Records& records, const std::optional<Law>& law,
                                            const Entry& entry);

}  // namespace mlo::ledger
