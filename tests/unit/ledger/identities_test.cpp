#include "unit/ledger/policy_fixture.h"

using namespace mlo;
using namespace mlo::ledger;

namespace fs = std::filesystem;

TEST_CASE("a key is replaced by the next, and what it signed stays valid", "[identity]") {
  Office team;
  team.append(statement_of(a_dataset(1)));
  const auto before = own_identity(team.world);
  const auto rotated = rotate_identity(team.ledger(), team.world, "yearly");
  CHECK(rotated.before == before.key);
  CHECK(own_identity(team.world).key == rotated.key);
  CHECK(fs::exists(rotated.file + ".until-" + std::to_string(rotated.entry)));
  CHECK(team.append(statement_of(a_dataset(2))).key == rotated.key);
  const auto known = find_identity(team.ledger(), "ana");
  REQUIRE(known.keys.size() == 2);
  CHECK(known.keys[0].state == "replaced");
  CHECK(known.keys[0].until->entry == rotated.entry);
  CHECK(known.keys[1].state == "in force");
  CHECK(team.ledger().verify().verified());
  // The old key is of no more use to whoever finds it.
  fs::copy_file(rotated.file + ".until-" + std::to_string(rotated.entry), rotated.file,
                fs::copy_options::overwrite_existing);
  team.open();
  std::string why;
  CHECK(Office::refusal([&] { team.append(statement_of(a_dataset(3))); }, &why) ==
        ErrorKind::not_allowed);
  CHECK(why.find("was replaced") != std::string::npos);
}

TEST_CASE("a rotation that stopped after its entry is completed by the next", "[identity]") {
  Office team;
  team.append(statement_of(a_dataset(1)));
  team.before_step = [](std::string_view step) {
    if (step == "key.rotate") throw Error(ErrorKind::interrupted, "stopped");
  };
  CHECK(Office::refusal([&] { rotate_identity(team.ledger(), team.world, "x"); }) ==
        ErrorKind::interrupted);
  team.before_step = [](std::string_view) {};
  team.open();
  CHECK(Office::refusal([&] { team.append(statement_of(a_dataset(2))); }) ==
        ErrorKind::not_allowed);
  const auto rotated = rotate_identity(team.ledger(), team.world, "x");
  CHECK(own_identity(team.world).key == rotated.key);
  CHECK(team.append(statement_of(a_dataset(2))).key == rotated.key);
  CHECK(team.ledger().verify().verified());
}

TEST_CASE("a revoked key signs no more, and names since when it is in doubt", "[identity]") {
  Office team;
  team.meet({"bo"});
  const Timestamp since{(team.seconds - 5) * 1'000'000};
  std::string why;
  CHECK(Office::refusal([&] { revoke_identity(team.ledger(), "bo", "", since, "lost"); }, &why) ==
        ErrorKind::not_allowed);
  CHECK(why.find("only bo or an administrator") != std::string::npos);
  team.act_as("bo");
  revoke_identity(team.ledger(), "bo", "", since, "laptop stolen");
  CHECK(Office::refusal([&] { team.append(statement_of(a_dataset(2))); }) ==
        ErrorKind::not_allowed);
  const auto known = find_identity(team.ledger(), "bo");
  CHECK(known.keys.at(0).state == "revoked");
  CHECK(known.keys.at(0).in_doubt_since == since);
  CHECK(team.ledger().verify().verified());
  CHECK_THROWS_WITH(revoke_identity(team.ledger(), "bo", "", std::nullopt, "again"),
                    Catch::Contains("no key"));
  CHECK_THROWS_WITH(find_identity(team.ledger(), "bobo"), Catch::Contains("nobody is called"));
}

TEST_CASE("what a key signed since it was no longer safe is told, and the ledger stands",
          "[identity]") {
  Office team;
  team.meet({"bo", "cy"});
  const Timestamp since{(team.seconds + 1) * 1'000'000};
  team.act_as("bo");
  const auto first = team.append(statement_of(a_dataset(2)));
  team.act_as("cy");
  team.append(statement_of(a_dataset(3)));
  team.act_as("bo");
  const auto second = team.append(statement_of(a_dataset(4)));
  CHECK(entries_in_doubt(team.ledger()).empty());
  revoke_identity(team.ledger(), "bo", "", since, "laptop stolen");
  team.act_as("cy");
  revoke_identity(team.ledger(), "cy", "", std::nullopt, "left");
  const auto doubts = entries_in_doubt(team.ledger());
  REQUIRE(doubts.size() == 2);
  CHECK(doubts[0].entry == first.index);
  CHECK(doubts[1].entry == second.index);
  CHECK(doubts[1].actor == "bo");
  CHECK(doubts[1].at == second.time);
  CHECK(doubts[1].since == since);
  CHECK(team.ledger().verify().verified());
}

TEST_CASE("with a policy administrators bring in keys, each as many as must agree", "[identity]") {
  Office team;
  team.meet({"bo", "cy"});
  auto policy = a_policy();
  policy.people["dee"] = {"scientist"};
  policy.admins = {.members = {"ana", "bo"}, .count = 2};
  propose_policy(team.ledger(), policy, "x");
  team.act_as("dee");
  const auto dee = own_identity(team.world).public_key;
  team.act_as("cy");
  CHECK(Office::refusal([&] { add_identity(team.ledger(), "dee", dee, "new"); }) ==
        ErrorKind::not_allowed);
  team.act_as("ana");
  add_identity(team.ledger(), "dee", dee, "joins us");
  team.act_as("dee");
  std::string why;
  CHECK(Office::refusal([&] { team.append(statement_of(a_dataset(7))); }, &why) ==
        ErrorKind::not_allowed);
  CHECK(why.find("not vouched for") != std::string::npos);
  team.act_as("bo");
  add_identity(team.ledger(), "dee", dee, "yes");
  team.act_as("dee");
  team.append(statement_of(a_dataset(7)));
  CHECK(find_identity(team.ledger(), "dee").keys.at(0).state == "in force");
  CHECK(team.ledger().verify().verified());
}

TEST_CASE("a key may be under a passphrase, or in the environment", "[identity]") {
  Office team;
  const auto key = own_identity(team.world).key;
  const auto file = protect_own_key(team.world, "correct horse");
  CHECK(read_file(file).find("ENCRYPTED") != std::string::npos);
  team.open();
  CHECK(Office::refusal([&] { team.append(statement_of(a_dataset(1))); }) ==
        ErrorKind::not_allowed);
  team.variables["MLO_KEY_PASSPHRASE"] = "wrong";
  CHECK_THROWS_WITH(own_identity(team.world), Catch::Contains("the passphrase is wrong"));
  team.variables["MLO_KEY_PASSPHRASE"] = "correct horse";
  CHECK(own_identity(team.world).key == key);
  // What replaces it is under the same passphrase.
  team.open();
  CHECK(own_identity(team.world).key == key);
  const auto rotated = rotate_identity(team.ledger(), team.world, "yearly");
  CHECK(read_file(rotated.file).find("ENCRYPTED") != std::string::npos);
  team.variables["MLO_KEY"] = read_file(file);
  CHECK(own_identity(team.world).key == rotated.key);
  CHECK_THROWS_WITH(protect_own_key(team.world, "x"), Catch::Contains("kept by somebody else"));
  team.variables["MLO_KEY"] = "no key";
  CHECK_THROWS_WITH(own_identity(team.world), Catch::Contains("malformed private key"));
}
