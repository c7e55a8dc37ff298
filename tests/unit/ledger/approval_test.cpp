#include "unit/ledger/policy_fixture.h"

using namespace mlo;
using namespace mlo::ledger;

namespace {

/// ana has made tumour@1 and validated it; the policy of `a_policy` is in force.
struct Release : Office {
  ModelVersion version = a_model();
  Release() {
    meet({"bo", "cy"});
    append(a_run());
    append(statement_of(version));
    propose_policy(ledger(), a_policy(), "release by rules");
    append(statement_of(an_evidence(version)));
  }
  Approval approval() const {
    return {.model = "tumour", .number = 1, .digest = version.digest, .stage = "production"};
  }
  void approve_as(const std::string& name) {
    act_as(name);
    append(statement_of(approval()));
  }
  /// What `mlo promote` writes: the gate's decision and the move, in one append.
  void promote_as(const std::string& name, bool break_glass = false) {
    act_as(name);
    const std::vector<Statement> statements{statement_of(GateDecision{.model = "tumour",
                                                                      .number = 1,
                                                                      .digest = version.digest,
                                                                      .stage = "production",
                                                                      .passed = !break_glass}),
                                            statement_of(StageMove{.model = "tumour",
                                                                   .number = 1,
                                                                   .digest = version.digest,
                                                                   .stage = "production",
                                                                   .break_glass = break_glass})};
    ledger().append(statements, {"promote", "why"});
  }
  std::string refusal_of(const std::string& name) {
    std::string why;
    CHECK(refusal([&] { promote_as(name); }, &why) == ErrorKind::not_allowed);
    return why;
  }
};

}  // namespace

TEST_CASE("a version with evidence and approval goes to production", "[policy][approval]") {
  Release release;
  CHECK(release.refusal_of("bo").find("approvals: 0 of 1 from") != std::string::npos);
  release.approve_as("cy");
  release.promote_as("bo");
  CHECK(model_at_stage(release.ledger(), "tumour", "production")->number == 1);
  CHECK(release.ledger().verify().verified());
}

TEST_CASE("nobody approves what they made themselves", "[policy][approval][attack]") {
  Release release;
  auto policy = a_policy();
  policy.people["ana"] = {"scientist", "release"};
  release.act_as("ana");
  propose_policy(release.ledger(), policy, "ana may release now");
  release.approve_as("ana");
  const auto why = release.refusal_of("bo");
  CHECK(why.find("ana: its author cannot approve it") != std::string::npos);
}

TEST_CASE("an approval ends with new evidence, its time, or its withdrawal", "[policy][approval]") {
  Release release;
  SECTION("new evidence") {
    release.approve_as("cy");
    release.act_as("ana");
    release.append(statement_of(an_evidence(release.version)));
    CHECK(release.refusal_of("bo").find("older than the newest evidence") != std::string::npos);
  }
  SECTION("the rule's time") {
    release.approve_as("cy");
    release.seconds += 86'400 + 60;
    CHECK(release.refusal_of("bo").find("cy: expired") != std::string::npos);
  }
  SECTION("its own time") {
    auto approval = release.approval();
    approval.expires = Timestamp{(release.seconds + 60) * 1'000'000};
    release.act_as("cy");
    release.append(statement_of(approval));
    release.seconds += 120;
    CHECK(release.refusal_of("bo").find("cy: expired") != std::string::npos);
  }
  SECTION("withdrawn") {
    release.approve_as("cy");
    auto approval = release.approval();
    approval.withdrawn = true;
    release.append(statement_of(approval));
    CHECK(release.refusal_of("bo").find("cy: withdrawn") != std::string::npos);
  }
  SECTION("somebody who may not") {
    // ana has no `approve`: her approval is refused at once.
    release.act_as("ana");
    CHECK(Office::refusal([&] { release.append(statement_of(release.approval())); }) ==
          ErrorKind::not_allowed);
  }
}

TEST_CASE("without a policy nobody has a role: only who is named counts", "[policy][approval]") {
  Office office;
  office.meet({"bo"});
  office.append(a_run());
  const auto version = a_model();
  office.append(statement_of(version));
  office.act_as("bo");
  office.append(statement_of(
      Approval{.model = "tumour", .number = 1, .digest = version.digest, .stage = "production"}));
  const auto weighed = [&](const std::string& from) {
    return approvals_of(office.ledger(), version, "production", {.from = {from}, .count = 1},
                        Timestamp{office.seconds * 1'000'000})
        .at(0);
  };
  CHECK(weighed("bo").counts);
  CHECK(weighed("reviewer").why_not == "no policy is in force that says who is reviewer");
}

TEST_CASE("an approval counts until the earlier of its own end and the rule's",
          "[policy][approval]") {
  Release release;
  release.act_as("cy");
  auto approval = release.approval();
  approval.expires = Timestamp{(release.seconds + 3600) * 1'000'000};
  release.append(statement_of(approval));
  const auto expiry = [&](std::int64_t seconds) {
    return approvals_of(release.ledger(), release.version, "production",
                        {.from = {"reviewer"}, .count = 1, .expires_seconds = seconds},
                        Timestamp{release.seconds * 1'000'000})
        .at(0)
        .expires;
  };
  CHECK(expiry(0) == approval.expires);
  CHECK(expiry(86'400) == approval.expires);
  CHECK(*expiry(60) < *approval.expires);
}

TEST_CASE("evidence that failed, is too old or judged by other bounds holds a promotion back",
          "[policy][approval]") {
  Release release;
  SECTION("failed") {
    release.act_as("ana");
    release.append(statement_of(an_evidence(release.version, false)));
    release.approve_as("cy");
    CHECK(release.refusal_of("bo").find("metrics: failed on") != std::string::npos);
  }
  SECTION("too old") {
    release.seconds += 8 * 86'400;
    release.approve_as("cy");
    CHECK(release.refusal_of("bo").find("passed too long ago") != std::string::npos);
  }
  SECTION("other requirements") {
    auto policy = a_policy();
    policy.gates["tumour"]["production"].requirements = digest_of(42);
    release.act_as("ana");
    propose_policy(release.ledger(), policy, "these bounds");
    release.approve_as("cy");
    CHECK(release.refusal_of("bo").find("other requirements") != std::string::npos);
  }
  CHECK(release.ledger().verify().verified());
}

TEST_CASE("a promotion rests on its gate's decision, right before, of the same actor",
          "[policy][approval][attack]") {
  Release release;
  release.approve_as("cy");
  release.act_as("bo");
  const StageMove move{
      .model = "tumour", .number = 1, .digest = release.version.digest, .stage = "production"};
  std::string why;
  CHECK(Office::refusal([&] { release.append(statement_of(move)); }, &why) ==
        ErrorKind::not_allowed);
  CHECK(why.find("no gate let tumour@1 pass") != std::string::npos);
}

TEST_CASE("approve one content and publish another is refused", "[policy][approval][attack]") {
  Release release;
  release.approve_as("cy");
  release.version.digest = digest_of(4711);
  CHECK(release.refusal_of("bo").find("it speaks of") != std::string::npos);
}

TEST_CASE("breaking the glass takes its own permission and shows", "[policy][approval]") {
  Release release;
  std::string why;
  CHECK(Office::refusal([&] { release.promote_as("ana", true); }, &why) == ErrorKind::not_allowed);
  CHECK(why == "the policy does not let ana promote:tumour/production");
  release.promote_as("bo", true);
  const auto found = exceptions(release.ledger());
  REQUIRE(found.size() == 1);
  CHECK(found[0].what == "BREAK GLASS: promoted tumour@1 to production");
  CHECK(found[0].origin.actor == "bo");
  CHECK(release.ledger().verify().verified());
}
