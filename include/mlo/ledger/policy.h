#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/digest.h"
#include "mlo/core/json.h"
#include "mlo/ledger/ledger.h"
#include "mlo/ledger/records.h"

// Who may do what. A policy is in force from its own entry of the ledger; without one everything is
// allowed. `Ledger::append` judges each entry by it, and `Ledger::verify` judges each again.

namespace mlo::ledger {

/// "promote:churn/production": an action, and what it may be done to (empty: anything).
struct Permission {
  std::string action;  ///< one of `known_actions()`
  std::string resource;
  /// Throws bad_input naming the nearest known action.
  static Permission parse(std::string_view text);
  [[nodiscard]] std::string text() const;
};
/// What a role may list: the actions of all kinds of entries, `read`, `break-glass`, `*`.
std::vector<std::string> known_actions();

/// `*` is any text without '/', `**` any text; a pattern also covers what lies below it.
bool covers(std::string_view pattern, std::string_view resource);

/// How many of whom must agree that a version may go to a stage.
struct ApprovalRule {
  std::vector<std::string> from;     ///< roles, teams or names
  std::int64_t count = 0;            ///< distinct people, none of them its author; 0: none needed
  std::int64_t expires_seconds = 0;  ///< an approval counts that long; 0: until new evidence
};
/// What a promotion must show.
struct GateRule {
  std::string after;                 ///< stage that the version must hold; empty: none
  std::vector<std::string> require;  ///< kinds of evidence
  ApprovalRule approvals;
  std::int64_t max_age_seconds = 0;  ///< of evidence; 0: any age
  std::optional<Digest>
      requirements;  ///< the model's `validate` section that evidence is judged by
};
/// A path of data or a model whose reading is recorded.
struct Protection {
  std::string pattern;
  std::vector<std::string> read;   ///< roles, teams or names; empty: all who act here
  std::vector<std::string> write;  ///< likewise, for data
};
struct Team {
  std::vector<std::string> members;
  std::vector<std::string> roles;
};
struct Administrators {
  std::vector<std::string> members;
  std::int64_t count = 1;  ///< how many must agree to a change of policy
};

struct Policy {
  std::map<std::string, std::vector<std::string>> roles;     ///< role → permissions
  std::map<std::string, std::vector<std::string>> people;    ///< name → roles
  std::map<std::string, std::vector<std::string>> machines;  ///< likewise; they cannot approve
  std::map<std::string, Team> teams;
  Administrators admins;
  std::vector<Protection> data;
  std::vector<Protection> models;
  std::map<std::string, std::map<std::string, GateRule>> gates;  ///< model → stage → rule

  [[nodiscard]] Json to_json() const;
  /// Throws bad_input on a document that `to_json` does not write.
  static Policy from_json(const Json& document);
  [[nodiscard]] Digest digest() const;  ///< of its canonical JSON

  [[nodiscard]] bool knows(std::string_view actor) const;
  [[nodiscard]] bool is_admin(std::string_view actor) const;
  /// Roles of a person or machine, its own and its teams', each once.
  [[nodiscard]] std::vector<std::string> roles_of(std::string_view actor) const;
  /// True when `names` has the actor, one of its teams or one of its roles.
  [[nodiscard]] bool among(std::string_view actor, std::span<const std::string> names) const;
  /// True when a role of the actor permits `action` on one of the names that the resource has.
  [[nodiscard]] bool permits(std::string_view actor, std::string_view action,
                             std::span<const std::string> resources) const;
  [[nodiscard]] const GateRule* gate(std::string_view model, std::string_view stage) const;
  [[nodiscard]] const Protection* protection_of_data(std::string_view path) const;
  [[nodiscard]] const Protection* protection_of_model(std::string_view model) const;
};

/// A policy and the entry that put it in force.
struct PolicyInForce {
  Policy policy;
  Origin origin;
};
/// Nothing when there is none yet.
std::optional<PolicyInForce> policy_in_force(Ledger& ledger);

/// A policy that waits for administrators.
struct Proposal {
  Policy policy;
  Digest digest;
  std::vector<std::string> consents;  ///< administrators who agreed, the proposer among them
  std::int64_t needed = 1;
  Origin origin;
};
/// Those made since the policy in force, newest first.
std::vector<Proposal> open_proposals(Ledger& ledger);

/// What became of a wish to change the policy.
struct PolicyChange {
  bool changed = true;    ///< else it is the one that was in force already
  bool in_force = false;  ///< else it waits for more administrators
  std::int64_t entry = -1;
  std::vector<std::string> consents;
  std::int64_t needed = 1;
};
/// Puts `policy` in force when the actor alone may, else proposes it; where it is in force already
/// there is nothing to do. Throws not_allowed for who is
/// no administrator, bad_input for a policy that nobody could change again.
PolicyChange propose_policy(Ledger& ledger, const Policy& policy, const std::string& reason);
/// Agrees to the proposal of that entry (-1: the newest), and puts it in force when enough have.
PolicyChange consent_to_policy(Ledger& ledger, std::int64_t proposal, const std::string& reason);

/// Whether an act is allowed, and why, in lines for people.
struct Ruling {
  bool allowed = false;
  std::vector<std::string> reasons;
  std::vector<std::string> next;  ///< commands that could change it
};
/// By the rules alone: roles and protections, as if the actor's key were known.
Ruling rule_on(const Policy& policy, const std::string& actor, const Permission& wish);

}  // namespace mlo::ledger
