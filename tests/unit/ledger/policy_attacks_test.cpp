#include <algorithm>
#include <random>

#include "ledger/records/identity_change.h"
#include "mlo/ledger/proofs.h"
#include "unit/ledger/policy_fixture.h"

using namespace mlo;
using namespace mlo::ledger;

// Somebody writes past the judge, with all keys in one hand: who verifies judges each entry again.

namespace {

void expect(Office& office, std::int64_t entry, const std::string& words) {
  const auto verification = office.ledger().verify();
  std::string all;
  bool found = false;
  for (const auto& problem : verification.problems) {
    all += std::to_string(problem.entry) + ": " + problem.problem + "\n";
    found = found || (problem.entry == entry && problem.problem.find(words) != std::string::npos);
  }
  INFO(all);
  CHECK(found);
  // What was forged is the only thing that is wrong.
  CHECK(std::ranges::all_of(verification.problems, [&](const Problem& problem) {
    return problem.entry >= entry || problem.entry < 0;
  }));
}

struct Tale : Office {
  ModelVersion version = a_model();
  Tale() {
    meet({"bo", "cy"});
    append(a_run());
    append(statement_of(version));
    propose_policy(ledger(), a_policy(), "rules");
    append(statement_of(an_evidence(version)));
  }
  GateDecision decision() const {
    return {.model = "tumour",
            .number = 1,
            .digest = version.digest,
            .stage = "production",
            .passed = true};
  }
  StageMove move() const {
    return {.model = "tumour", .number = 1, .digest = version.digest, .stage = "production"};
  }
  Statement gate() {
    return complete_decision(ledger().database(), statement_of(decision()), Timestamp{});
  }
};

}  // namespace

TEST_CASE("an act without permission is found", "[verify][attack]") {
  Tale tale;
  const auto entry = append_unjudged(tale, "bo", statement_of(a_dataset(4)));
  expect(tale, entry, "the policy does not let bo track:data/raw");
}

TEST_CASE("a promotion without approval, gate or evidence is found", "[verify][attack]") {
  Tale tale;
  SECTION("without approval") {
    append_unjudged(tale, "bo", tale.gate());
    const auto entry = append_unjudged(tale, "bo", statement_of(tale.move()));
    expect(tale, entry, "approvals: 0 of 1 from");
  }
  SECTION("approved by its author") {
    auto policy = a_policy();
    policy.people["ana"].push_back("release");
    tale.act_as("ana");
    propose_policy(tale.ledger(), policy, "ana may approve");
    tale.append(statement_of(Approval{
        .model = "tumour", .number = 1, .digest = tale.version.digest, .stage = "production"}));
    append_unjudged(tale, "bo", tale.gate());
    const auto entry = append_unjudged(tale, "bo", statement_of(tale.move()));
    expect(tale, entry, "its author cannot approve it");
  }
  SECTION("without its gate") {
    const auto entry = append_unjudged(tale, "bo", statement_of(tale.move()));
    expect(tale, entry, "no gate let tumour@1 pass");
  }
  SECTION("approved one content, published another") {
    tale.act_as("cy");
    tale.append(statement_of(Approval{
        .model = "tumour", .number = 1, .digest = tale.version.digest, .stage = "production"}));
    append_unjudged(tale, "bo", tale.gate());
    auto move = tale.move();
    move.digest = digest_of(4711);
    const auto entry = append_unjudged(tale, "bo", statement_of(move));
    expect(tale, entry, "it speaks of");
  }
}

TEST_CASE("a key that nobody brought in, was replaced or revoked is found", "[verify][attack]") {
  Tale tale;
  SECTION("swapped for another") {
    std::filesystem::remove(tale.temporary.path() / "config/mlo/keys/ana.pem");
    const auto stranger = load_identity(tale.world).key.public_key();
    const auto entry = append_unjudged(tale, "ana", statement_of("ana", stranger));
    append_unjudged(tale, "ana", statement_of(a_dataset(5)));
    expect(tale, entry, "no administrator has added");
    expect(tale, entry + 1 - 1, "not allowed");
  }
  SECTION("replaced") {
    const auto rotated = rotate_identity(tale.ledger(), tale.world, "yearly");
    std::filesystem::copy_file(rotated.file + ".until-" + std::to_string(rotated.entry),
                               rotated.file, std::filesystem::copy_options::overwrite_existing);
    const auto entry = append_unjudged(tale, "ana", statement_of(a_dataset(5)));
    expect(tale, entry, "was replaced");
  }
  SECTION("revoked") {
    revoke_identity(tale.ledger(), "bo", "", std::nullopt, "left");
    const auto entry = append_unjudged(tale, "bo", statement_of(tale.decision()));
    expect(tale, entry, "was revoked");
  }
  SECTION("another's, replaced by somebody else") {
    const auto victim = find_identity(tale.ledger(), "bo").keys.at(0).key;
    const auto fresh = PrivateKey::generate(Algorithm::ecdsa_p256).public_key();
    const auto entry =
        append_unjudged(tale, "cy",
                        statement_of(IdentityChange{.kind = IdentityChange::Kind::rotate,
                                                    .name = "bo",
                                                    .key = victim,
                                                    .public_key = fresh.pem()}));
    expect(tale, entry, "only that key can");
  }
}

TEST_CASE("a policy that nobody agreed to, or an older one, is found", "[verify][attack]") {
  Tale tale;
  const auto old = a_policy();
  auto strict = old;
  strict.admins = {.members = {"ana", "bo"}, .count = 2};
  propose_policy(tale.ledger(), strict, "two of us");
  const auto entry = append_unjudged(tale, "ana", policy_statement(old, std::nullopt));
  expect(tale, entry, "a change of policy needs 2 administrators");
}

TEST_CASE("a backdated entry, and one of two signatures, are found", "[verify][attack]") {
  Tale tale;
  SECTION("backdated") {
    const auto entry = append_unjudged(tale, "ana", statement_of(a_dataset(4)), 86'400);
    expect(tale, entry, "is before that of earlier entries");
  }
  SECTION("two signatures") {
    const auto number = tale.ledger().size() - 1;
    auto envelope = Json::parse(tale.ledger().envelope(number).value());
    auto signatures = envelope.at("signatures");
    const auto forged = PrivateKey::generate(Algorithm::ecdsa_p256);
    signatures.add(Json::object({{"keyid", forged.public_key().id().text()},
                                 {"sig", to_base64(forged.sign(bytes_of("other")))}}));
    envelope.set("signatures", signatures);
    const auto text = envelope.canonical();
    tale.ledger().database().run("UPDATE entry SET envelope = ?2, leaf = ?3 WHERE number = ?1",
                                 number, text, leaf_hash(bytes_of(text)));
    expect(tale, number, "has 2 signatures instead of one");
  }
}

TEST_CASE("two hundred honest histories under policies raise no alarm", "[verify]") {
  const unsigned seed = GENERATE(range(1U, 201U));
  INFO("seed " << seed);
  std::mt19937 random(seed);
  Tale tale;
  const std::vector<std::string> names{"ana", "bo", "cy", "dee"};
  for (int i = 0; i < 12; ++i) {
    tale.seconds += static_cast<std::int64_t>(random() % 400) - 100;
    tale.act_as(names[random() % names.size()]);
    // Much of it is refused; what is not must be as fine later as it was then.
    try {
      auto policy = a_policy();
      switch (random() % 9) {
        case 0: tale.append(statement_of(a_dataset(i + 10))); break;
        case 1: tale.append(statement_of(an_evidence(tale.version, random() % 3 > 0))); break;
        case 2:
          tale.append(statement_of(Approval{.model = "tumour",
                                            .number = 1,
                                            .digest = tale.version.digest,
                                            .stage = "production",
                                            .withdrawn = random() % 4 == 0}));
          break;
        case 3:
          tale.ledger().append(
              std::vector{statement_of(tale.decision()), statement_of(tale.move())},
              {"promote", "why"});
          break;
        case 4:
          if (random() % 2 == 0) policy.admins = {.members = {"ana", "bo"}, .count = 2};
          if (random() % 2 == 0) policy.people["dee"] = {"release"};
          propose_policy(tale.ledger(), policy, "other rules");
          break;
        case 5: consent_to_policy(tale.ledger(), -1, "yes"); break;
        case 6: rotate_identity(tale.ledger(), tale.world, "yearly"); break;
        case 7:
          add_identity(tale.ledger(), "dee", own_identity(tale.world).public_key, "joins");
          break;
        default:
          if (random() % 4 == 0)
            revoke_identity(tale.ledger(), names[random() % names.size()], "", std::nullopt, "x");
      }
    } catch (const Error& refused) {
      CHECK(refused.kind() != ErrorKind::integrity);
    }
  }
  const auto verification = tale.ledger().verify();
  for (const auto& problem : verification.problems)
    UNSCOPED_INFO(problem.entry << ": " << problem.problem);
  CHECK(verification.verified());
}

namespace {

/// What somebody sees who has a part of the ledger, the log's public key and nothing else.
OutsideVerification seen_in(Office& office, const std::string& bundle) {
  const auto file = office.temporary.path() / "part";
  write_durably(file, bytes_of(bundle), office.real, "test");
  return verify_outside(file, {.log_key = office.ledger().verifier_key()});
}

bool is_named(const OutsideVerification& outside, std::int64_t entry, const std::string& words) {
  return std::ranges::any_of(outside.found.problems, [&](const Problem& problem) {
    return problem.entry == entry && problem.problem.find(words) != std::string::npos;
  });
}

std::string without_its_word(std::string bundle) {
  const std::string word = R"("grounds":true)";
  return bundle.replace(bundle.find(word), word.size(), R"("grounds":false)");
}

}  // namespace

TEST_CASE("an act without permission is found in a part of the ledger", "[verify][attack]") {
  Tale tale;
  const auto entry = append_unjudged(tale, "bo", statement_of(a_dataset(4)));
  tale.act_as("ana");
  const auto part = export_bundle(tale.ledger(), {.from = entry});
  CHECK(is_named(seen_in(tale, part), entry, "the policy does not let bo track:data/raw"));
  // Whatever the part says of itself.
  CHECK(is_named(seen_in(tale, without_its_word(part)), entry, "does not let bo track"));
}

TEST_CASE("a promotion in a part of the ledger is judged by what came along", "[verify][attack]") {
  Tale tale;
  const auto approve = [&] {
    tale.act_as("cy");
    tale.append(statement_of(Approval{
        .model = "tumour", .number = 1, .digest = tale.version.digest, .stage = "production"}));
  };
  SECTION("allowed") {
    approve();
    tale.act_as("bo");
    const std::vector<Statement> both{tale.gate(), statement_of(tale.move())};
    const auto move = tale.ledger().append(both, {"promote", "why"}).back().index;
    const auto scope = GENERATE_COPY(BundleScope{.from = move - 1}, BundleScope{.model = "tumour"});
    const auto outside = seen_in(tale, export_bundle(tale.ledger(), scope));
    CHECK(outside.found.problems.empty());
    // That nothing was left out is what a part never shows.
    REQUIRE(outside.unjudged.size() == 1);
    CHECK(outside.unjudged[0].entry == -1);
    CHECK(seen_in(tale, export_bundle(tale.ledger(), {})).unjudged.empty());
  }
  SECTION("allowed, where another version stood before") {
    auto policy = a_policy();
    policy.gates["tumour"]["production"].after = "staging";
    tale.act_as("ana");
    propose_policy(tale.ledger(), policy, "by way of staging");
    auto second = a_model(2);
    second.run = tale.version.run;
    std::int64_t last = 0;
    for (const auto& version : {tale.version, second}) {
      tale.act_as("ana");
      if (version.number == 2) tale.append(statement_of(version));
      tale.append(statement_of(an_evidence(version)));
      tale.version = version;
      for (const auto* stage : {"staging", "production"}) {
        auto decision = tale.decision();
        auto move = tale.move();
        decision.number = move.number = version.number;
        decision.stage = move.stage = stage;
        if (decision.stage == "production") {
          tale.act_as("cy");
          tale.append(statement_of(Approval{.model = "tumour",
                                            .number = version.number,
                                            .digest = version.digest,
                                            .stage = stage}));
          tale.act_as("bo");
        }
        const std::vector<Statement> both{
            complete_decision(tale.ledger().database(), statement_of(decision), Timestamp{}),
            statement_of(move)};
        last = tale.ledger().append(both, {"promote", "why"}).back().index;
      }
    }
    for (std::int64_t from = 1; from <= last; ++from) {
      const auto outside = seen_in(tale, export_bundle(tale.ledger(), {.from = from}));
      CHECK(outside.found.problems.empty());
      CHECK(outside.unjudged.size() == 1);
    }
  }
  SECTION("without approval") {
    append_unjudged(tale, "bo", tale.gate());
    const auto move = append_unjudged(tale, "bo", statement_of(tale.move()));
    approve();
    for (const auto& scope : {BundleScope{.from = move - 1}, BundleScope{.model = "tumour"}}) {
      const auto part = export_bundle(tale.ledger(), scope);
      CHECK(is_named(seen_in(tale, part), move, "approvals: 0 of 1 from"));
      // One that does not say that all came along accuses nobody of what may have been left out.
      const auto unsure = seen_in(tale, without_its_word(part));
      CHECK(unsure.found.problems.empty());
      REQUIRE(unsure.unjudged.size() == 2);
      CHECK(unsure.unjudged[1].entry == move);
    }
  }
  SECTION("by somebody who may not") {
    approve();
    append_unjudged(tale, "ana", tale.gate());
    const auto move = append_unjudged(tale, "ana", statement_of(tale.move()));
    const auto part = export_bundle(tale.ledger(), {.model = "tumour"});
    CHECK(is_named(seen_in(tale, without_its_word(part)), move, "does not let ana promote"));
  }
}

TEST_CASE("an entry alone is not judged, which is said", "[verify]") {
  Tale tale;
  std::vector<std::string> signers;
  for (const auto& key : public_keys(tale.ledger()))
    if (key.name != "log.key") signers.push_back(key.content);
  const auto file = tale.temporary.path() / "proof";
  for (std::int64_t entry = 0; entry < tale.ledger().size(); ++entry) {
    write_durably(file, bytes_of(prove(tale.ledger(), entry)), tale.real, "test");
    const auto outside =
        verify_outside(file, {.log_key = tale.ledger().verifier_key(), .signers = signers});
    CHECK(outside.found.problems.empty());
    REQUIRE(outside.unjudged.size() == 1);
  }
}
