#pragma once

#include <string_view>

#include "mlo/ledger/policy.h"

// The three kinds of entries by which a policy comes into force.

namespace mlo::ledger {

constexpr std::string_view kPolicyType = "urn:mlo:policy:v1";
constexpr std::string_view kProposalType = "urn:mlo:policy-proposal:v1";
constexpr std::string_view kConsentType = "urn:mlo:policy-consent:v1";

/// `urn:mlo:policy:v1` (in force from here on) and `urn:mlo:policy-proposal:v1`.
struct PolicyText {
  Policy policy;
  Digest digest;
  std::optional<std::int64_t> proposal;  ///< that administrators agreed to
};
/// `urn:mlo:policy-consent:v1`
struct PolicyConsent {
  std::int64_t proposal = -1;
  Digest digest;
};
PolicyText read_policy(const Entry& entry);
PolicyConsent read_consent(const Entry& entry);
Statement policy_statement(const Policy& policy, std::optional<std::int64_t> proposal);
Statement proposal_statement(const Policy& policy);
Statement consent_statement(std::int64_t proposal, const Digest& digest);

}  // namespace mlo::ledger
