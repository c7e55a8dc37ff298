#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "ledger/policy/gate.h"
#include "ledger/policy/keys.h"
#include "mlo/core/text.h"

// Which approvals count.

namespace mlo::ledger {
namespace {

constexpr std::int64_t kMicroseconds = 1'000'000;

constexpr auto kApprovals = R"sql(
  SELECT approval.entry, actor, act.key, at, digest, expires_at, withdrawn
  FROM approval JOIN act USING (entry)
  WHERE model = ?1 AND number = ?2 AND stage = ?3 ORDER BY approval.entry
)sql";
// Who made it: who registered it, and whose run it came from.
constexpr auto kAuthors = R"sql(
  SELECT actor, act.key FROM model_version JOIN act USING (entry) WHERE model = ?1 AND number = ?2
  UNION
  SELECT actor, act.key FROM model_version JOIN run ON run.id = model_version.run
                                           JOIN act ON act.entry = run.entry
  WHERE model = ?1 AND number = ?2
)sql";
constexpr auto kNewestEvidence = R"sql(
  SELECT coalesce(max(entry), -1) FROM evidence WHERE subject = ?1 AND target = ?2
)sql";
constexpr auto kDoubt = R"sql(
  SELECT min(since) FROM identity_change WHERE change = 'revoke' AND key = ?1
)sql";

struct Given {
  Vote vote;
  Digest key;
  Timestamp at;
  Digest digest;
  std::optional<Timestamp> expires;
  bool withdrawn = false;
};

/// The newest of each actor, in the order of entries.
std::vector<Given> newest_of_each(Database& views, const Candidate& candidate) {
  std::vector<Given> all;
  views.each(kApprovals, {Bound(candidate.model), Bound(candidate.number), Bound(candidate.stage)},
             [&](const Row& row) {
               Given given{.vote = {.entry = row.get<std::int64_t>(0),
                                    .actor = row.get<std::string>(1),
                                    .expires = {},
                                    .why_not = {}},
                           .key = row.get<Digest>(2),
                           .at = row.get<Timestamp>(3),
                           .digest = row.get<Digest>(4),
                           .expires = row.get<std::optional<Timestamp>>(5),
                           .withdrawn = row.get<bool>(6)};
               std::erase_if(
                   all, [&](const Given& other) { return other.vote.actor == given.vote.actor; });
               all.push_back(std::move(given));
             });
  return all;
}

/// Keys and names of who made it: one person may work under two names.
struct Authors {
  std::set<std::string> names;
  std::set<Digest> keys;
};

Authors authors_of(Database& views, const Candidate& candidate) {
  Authors authors;
  views.each(kAuthors, {Bound(candidate.model), Bound(candidate.number)}, [&](const Row& row) {
    authors.names.insert(row.get<std::string>(0));
    authors.keys.insert(row.get<Digest>(1));
  });
  return authors;
}

/// The earlier of the approval's own end and the rule's.
std::optional<Timestamp> expiry(const ApprovalRule& rule, const Given& given) {
  if (rule.expires_seconds == 0) return given.expires;
  const Timestamp latest{given.at.microseconds + rule.expires_seconds * kMicroseconds};
  return given.expires ? std::min(*given.expires, latest) : latest;
}

/// Without a policy nothing says who has a role: only who is named counts then.
std::string why_not_among(const std::optional<Law>& law, const ApprovalRule& rule,
                          const std::string& actor) {
  if (law && law->policy.machines.contains(actor)) return "a machine cannot approve";
  if (law ? law->policy.among(actor, rule.from) : Policy().among(actor, rule.from)) return "";
  if (!law)
    return fmt::format("no policy is in force that says who is {}", join(rule.from, " or "));
  return fmt::format("not among those who may: {}", join(rule.from, ", "));
}

std::string why_not(Database& views, const std::optional<Law>& law, const Candidate& candidate,
                    const ApprovalRule& rule, const Given& given) {
  const auto& actor = given.vote.actor;
  if (given.withdrawn) return "withdrawn";
  if (given.digest != candidate.digest) return "given for other content";
  if (auto reason = why_not_among(law, rule, actor); !reason.empty()) return reason;
  // Revoked as of a time before: what the key said then is not known to be its owner's word.
  if (law && key_state(views, law, actor, given.key) == KeyState::revoked) {
    const auto since = views.one(
        kDoubt, [](const Row& row) { return row.get<std::optional<Timestamp>>(0); }, given.key);
    if (since && *since && **since <= given.at) return "its key was revoked";
  }
  const auto& expires = given.vote.expires;
  if (expires && *expires < candidate.now) return "expired " + expires->brief();
  const auto newest = views.one(
      kNewestEvidence, [](const Row& row) { return row.get<std::int64_t>(0); }, candidate.digest,
      fmt::format("{}@{}", candidate.model, candidate.number));
  if (newest && *newest > given.vote.entry)
    return fmt::format("older than the newest evidence, entry {}", *newest);
  return "";
}

}  // namespace

std::vector<Vote> weigh_approvals(Database& views, const std::optional<Law>& law,
                                  const Candidate& candidate, const ApprovalRule& rule) {
  const auto authors = authors_of(views, candidate);
  std::set<Digest> keys;
  std::vector<Vote> votes;
  for (auto& given : newest_of_each(views, candidate)) {
    given.vote.expires = expiry(rule, given);
    given.vote.why_not = why_not(views, law, candidate, rule, given);
    if (given.vote.why_not.empty() &&
        (authors.names.contains(given.vote.actor) || authors.keys.contains(given.key)))
      given.vote.why_not = "its author cannot approve it";
    if (given.vote.why_not.empty() && !keys.insert(given.key).second)
      given.vote.why_not = "the same key has approved under another name";
    votes.push_back(std::move(given.vote));
  }
  return votes;
}

}  // namespace mlo::ledger
