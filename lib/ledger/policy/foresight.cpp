#include "mlo/ledger/foresight.h"

#include <algorithm>

#include "ledger/writer.h"
#include "mlo/core/error.h"
#include "mlo/ledger/policy.h"

namespace mlo::ledger {
namespace {

bool permits_somewhere(const Policy& policy, std::string_view actor, std::string_view action) {
  const auto speaks_of_it = [&](std::string_view permission) {
    const auto allowed = permission.substr(0, permission.find(':'));
    return allowed == "*" || allowed == action;
  };
  return std::ranges::any_of(policy.roles_of(actor), [&](const auto& name) {
    const auto role = policy.roles.find(name);
    return role != policy.roles.end() && std::ranges::any_of(role->second, speaks_of_it);
  });
}

}  // namespace

void require_action(Ledger& ledger, std::string_view action, const World& world) {
  require_clock(ledger.database(), world.now());
  const auto in_force = policy_in_force(ledger);
  if (!in_force) return;
  const auto actor = ledger.actor();
  if (!in_force->policy.knows(actor))
    throw Error(ErrorKind::not_allowed, "the policy does not know '{}'", actor)
        .hint("mlo policy show");
  if (!permits_somewhere(in_force->policy, actor, action))
    throw Error(ErrorKind::not_allowed, "the policy does not let {} {}", actor, action)
        .hint("mlo policy explain {} {}", actor, action);
}

}  // namespace mlo::ledger
