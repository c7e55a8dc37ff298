#include "mlo/ledger/gate.h"

#include "mlo/ledger/proofs.h"
#include "unit/ledger/policy_fixture.h"

using namespace mlo;
using namespace mlo::ledger;

namespace {

/// ana's two models, of which each has been compared with what was in production when it was
/// validated; the policy asks for that and for nothing else.
struct Champions : Office {
  ModelVersion first = a_model();
  ModelVersion second = a_model(2);

  Champions() {
    append(a_run());
    append(statement_of(first));
    second.run = first.run;
    second.digest = digest_of(777);
    append(statement_of(second));
    Policy policy{.roles = {{"all", {"*"}}}, .people = {{"ana", {"all"}}}};
    policy.admins.members = {"ana"};
    policy.gates["tumour"]["production"] = {.after = {}, .require = {"against"}, .approvals = {}};
    propose_policy(ledger(), policy, "never worse");
  }
  /// Evidence as `mlo validate` writes it, or as an earlier mlo did.
  Statement evidence(const ModelVersion& version, bool names_champion = true) {
    Evidence evidence{
        .subject = {.name = "tumour", .digest = version.digest},
        .target = "tumour@" + std::to_string(version.number),
        .passed = true,
        .checks = {{.name = "against production", .kind = "against", .passed = true}}};
    if (names_champion)
      evidence.inputs.push_back(
          compared_with("production", model_at_stage(ledger(), "tumour", "production")));
    return statement_of(evidence);
  }
  static Statement gate(const ModelVersion& version) {
    return statement_of(GateDecision{.model = "tumour",
                                     .number = version.number,
                                     .digest = version.digest,
                                     .stage = "production",
                                     .passed = true});
  }
  static Statement move(const ModelVersion& version) {
    return statement_of(StageMove{.model = "tumour",
                                  .number = version.number,
                                  .digest = version.digest,
                                  .stage = "production"});
  }
  void promote(const ModelVersion& version) {
    const std::vector<Statement> both{gate(version), move(version)};
    ledger().append(both, {"promote", "why"});
  }
};

GateFacts facts_of(const ModelVersion& version) {
  return {.candidate = {.model = version.model,
                        .number = version.number,
                        .digest = version.digest,
                        .stage = "production"}};
}

}  // namespace

TEST_CASE("evidence names whom a stage held when the version was compared with it", "[gate]") {
  CHECK(compared_with("production", std::nullopt).path == "against production: none");
  const auto champion = compared_with("production", a_model());
  CHECK(champion.path == "against production: tumour@1");
  CHECK(champion.digest == a_model().digest);
  Evidence evidence{.inputs = {{"test.csv", digest_of(1)}}};
  CHECK(comparison_in(evidence) == nullptr);
  evidence.inputs.push_back(champion);
  CHECK(comparison_in(evidence) == &evidence.inputs[1]);
}

TEST_CASE("who was compared with a model that is there no more is not promoted", "[gate]") {
  Champions tale;
  tale.append(tale.evidence(tale.first));
  tale.append(tale.evidence(tale.second));
  tale.promote(tale.first);
  std::string why;
  CHECK(Office::refusal([&] { tale.promote(tale.second); }, &why) == ErrorKind::not_allowed);
  CHECK(why.ends_with("against: 'production' has moved since the evidence"));
  tale.append(tale.evidence(tale.second));
  tale.promote(tale.second);
  tale.promote(tale.second);  // nobody is worse than oneself
  CHECK(tale.ledger().verify().verified());
}

TEST_CASE("a promotion past the present champion is found, one of an earlier mlo is none",
          "[gate][verify][attack]") {
  Champions tale;
  const bool names_champion = GENERATE(true, false);
  tale.append(tale.evidence(tale.first));
  tale.append(tale.evidence(tale.second, names_champion));
  tale.promote(tale.first);
  append_unjudged(tale, "ana",
                  complete_decision(tale.ledger().database(), Champions::gate(tale.second), {}));
  const auto entry = append_unjudged(tale, "ana", Champions::move(tale.second));
  const auto found = tale.ledger().verify();
  const bool named = std::ranges::any_of(found.problems, [&](const Problem& problem) {
    return problem.entry == entry && problem.problem.find("has moved") != std::string::npos;
  });
  CHECK(named == names_champion);
  CHECK(found.verified() != names_champion);
}

TEST_CASE("a part of the ledger without the champions of old accuses nobody", "[gate][verify]") {
  Champions tale;
  for (const auto& version : {tale.first, tale.second, tale.first, tale.second}) {
    tale.append(tale.evidence(version));
    tale.promote(version);
  }
  tale.append(statement_of(a_dataset(5)));
  const auto file = tale.temporary.path() / "part";
  for (std::int64_t from = 1; from < tale.ledger().size(); ++from) {
    write_durably(file, bytes_of(export_bundle(tale.ledger(), {.from = from})), tale.real, "test");
    const auto outside = verify_outside(file, {.log_key = tale.ledger().verifier_key()});
    CHECK(outside.found.problems.empty());
  }
}

TEST_CASE("the content of another number does not stand in at the stage before", "[gate]") {
  auto version = a_model();
  auto facts = facts_of(version);
  facts.holders["staging"] = {.number = 2, .digest = version.digest, .since = 4};
  const GateDemands demands{.after = {"staging"}};
  CHECK_FALSE(judge_gate(facts, demands).at(0).passed);
  facts.holders["staging"].number = 1;
  CHECK(judge_gate(facts, demands).at(0).passed);
}

TEST_CASE("evidence that does not say what it was judged by meets no requirements", "[gate]") {
  auto facts = facts_of(a_model());
  facts.evidence = {an_evidence(a_model())};
  GateDemands demands{.require = {"metrics"}};
  CHECK(judge_gate(facts, demands).at(0).passed);
  demands.requirements = digest_of(3);
  CHECK(judge_gate(facts, demands).at(0).reason ==
        "metrics: judged by other requirements than the policy's");
}

TEST_CASE("two rules together ask for what each asks for", "[gate]") {
  GateDemands demands;
  add_rule(demands, {.after = "staging",
                     .require = {"metrics"},
                     .approvals = {.from = {"bo", "cy"}, .count = 2},
                     .max_age_seconds = 60});
  add_rule(demands, {.after = "canary",
                     .require = {"size", "metrics"},
                     .approvals = {.from = {"cy", "bo"}, .count = 1, .expires_seconds = 30},
                     .max_age_seconds = 90});
  CHECK(demands.after == std::vector<std::string>{"staging", "canary"});
  CHECK(demands.require == std::vector<std::string>{"metrics", "size"});
  CHECK(demands.max_age_seconds == 60);
  REQUIRE(demands.approvals.size() == 1);
  CHECK(demands.approvals[0].count == 2);
  CHECK(demands.approvals[0].expires_seconds == 30);
  add_rule(demands, {.approvals = {.from = {"security"}, .count = 1}});
  CHECK(demands.approvals.size() == 2);  // of others, who must agree as well
  add_rule(demands, {});
  CHECK(demands.approvals.size() == 2);
}
