#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/digest.h"
#include "mlo/core/time.h"
#include "mlo/ledger/ledger.h"
#include "mlo/ledger/policy.h"
#include "mlo/ledger/records.h"

// What lets a model version go to a stage. `mlo promote` and the judge of the ledger's entries ask
// the same function; the first also for what mlo.yaml says, the second by the policy in force
// alone.

namespace mlo::ledger {

/// Under this name evidence lists the digest of the requirements that it was judged by.
constexpr std::string_view kRequirements = "mlo.yaml validate";

/// What the evidence lists under a name; null when it does not.
const Artifact* find_input(const Evidence& evidence, std::string_view name);

/// Evidence lists under this name whom a stage held when the version was compared with it: "against
/// production: churn@2" with the version's digest, or "against production: none".
Artifact compared_with(const std::string& stage, const std::optional<ModelVersion>& champion);
/// That input of the evidence; null when it compared nothing, or an earlier mlo wrote it.
const Artifact* comparison_in(const Evidence& evidence);

/// What a stage asks of a version.
struct GateDemands {
  std::vector<std::string> after;    ///< stages that the version must hold
  std::vector<std::string> require;  ///< kinds of evidence
  std::vector<ApprovalRule> approvals;
  std::int64_t max_age_seconds = 0;    ///< of evidence; 0: any age
  std::optional<Digest> requirements;  ///< that evidence is judged by
  std::string asked_by = "the policy";
  /// The stage that a version is compared with, for evidence of an earlier mlo, which names none.
  std::string against;
};
/// Adds what `rule` asks for beyond: never less than before.
void add_rule(GateDemands& demands, const GateRule& rule);

/// What is to be moved, and when.
struct Candidate {
  std::string model;
  std::int64_t number = 0;
  Digest digest;
  std::string stage;
  Timestamp now;
};

struct StageHolder {
  std::int64_t number = 0;
  Digest digest;
  std::int64_t since = -1;  ///< the entry that moved it there
};

/// A dataset with a contract that the version was made from, and its newest evidence.
struct JudgedDataset {
  std::string path;
  std::optional<Evidence> evidence;
  bool other_rules = false;  ///< contract or checks are not those of the evidence: files say so
};

/// Somebody's newest word on the version, and why it does not count.
struct Vote {
  std::int64_t entry = -1;
  std::string actor;
  std::optional<Timestamp> expires;
  std::string why_not;  ///< empty: it counts
};
struct AskedApprovals {
  ApprovalRule rule;
  std::vector<Vote> votes;
};

/// All that a gate may look at: read beforehand, so that a decision can be replayed.
struct GateFacts {
  Candidate candidate;
  std::vector<Evidence> evidence = {};  ///< newest first: of the version, that which decides
  std::vector<JudgedDataset> datasets = {};
  std::map<std::string, StageHolder> holders = {};  ///< stage → who is there
  std::vector<AskedApprovals> approvals = {};
};
/// What the ledger knows at `now`. Of the evidence it takes the newest, and the newest of each kind
/// that is asked for.
GateFacts gate_facts(Ledger& ledger, const ModelVersion& version, const std::string& stage,
                     const GateDemands& demands, Timestamp now);

enum class Requirement { stage, data, evidence, approvals };
struct Finding {
  Requirement of = Requirement::evidence;
  std::string name;  ///< the stage, or the kind of evidence
  bool passed = false;
  std::string reason;
  std::vector<std::int64_t> entries = {};
  bool judged = false;  ///< by evidence that stands: judging again would find the same
};
/// One finding a demand. Pure: the same facts give the same, whenever and wherever.
std::vector<Finding> judge_gate(const GateFacts& facts, const GateDemands& demands);

}  // namespace mlo::ledger
