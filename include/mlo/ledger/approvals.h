#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/ledger/ledger.h"
#include "mlo/ledger/policy.h"
#include "mlo/ledger/records.h"

// What people say of a model version before it may go to a stage, and who read what is protected.

namespace mlo::ledger {

/// `urn:mlo:approval:v1`
struct Approval {
  std::string model;
  std::int64_t number = 0;
  Digest digest;
  std::string stage;
  std::vector<std::int64_t> evidence;  ///< entries that the approver had before them
  std::optional<Timestamp> expires;
  bool withdrawn = false;
  Origin origin;
};
Statement statement_of(const Approval& approval);

/// An approval and whether it counts now.
struct WeighedApproval {
  Approval approval;
  std::optional<Timestamp> expires;  ///< the earlier of its own end and the rule's
  bool counts = false;
  std::string why_not;  ///< "expired 2026-11-20", "is its author", …
};
/// The newest of each approver, oldest first, weighed by `rule` at `now`. Counted are people whom
/// the rule names (by a role only where a policy in force gives it to them), not the version's
/// author, whose approval has not expired, was not withdrawn, and is younger than the newest
/// evidence.
std::vector<WeighedApproval> approvals_of(Ledger& ledger, const ModelVersion& version,
                                          const std::string& stage, const ApprovalRule& rule,
                                          Timestamp now);
std::vector<Approval> approvals(Ledger& ledger, std::string_view model = {});

/// A read of something that the policy protects: `urn:mlo:access:v1`.
struct Access {
  std::string kind;  ///< dataset, model
  std::string name;  ///< path, or name of the model
  Digest digest;
  std::int64_t reads = 1;
};
struct AccessRecord {
  std::string how;  ///< checkout, export, show, query, diff, reproduce, serve, download
  std::vector<Access> accesses;
  Origin origin;
};
std::vector<AccessRecord> access_log(Ledger& ledger, std::int64_t limit = 1000);

/// Says before something is read that it is: throws not_allowed when the policy in force keeps the
/// actor from reading it, and makes one entry of all that it protects. Costs next to nothing where
/// nothing is protected. The entry survives a killed process at once, a power cut after the next
/// change of the repository.
void record_access(Ledger& ledger, const std::string& how, const std::vector<Access>& accesses);

/// An act that went past its rules by permission, for every report.
struct Exception {
  std::string kind;  ///< break-glass
  std::string what;  ///< "promoted churn@3 to production"
  std::string model;
  Origin origin;
};
std::vector<Exception> exceptions(Ledger& ledger);

}  // namespace mlo::ledger
