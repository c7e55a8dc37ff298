#include "unit/ledger/policy_fixture.h"

using namespace mlo;
using namespace mlo::ledger;

namespace fs = std::filesystem;

namespace {

/// A rotation that a crash ends between its entry and the new key's place.
void stop_rotation(Office& team) {
  team.before_step = [](std::string_view step) {
    if (step == "key.rotate") throw Error(ErrorKind::interrupted, "stopped");
  };
  CHECK(Office::refusal([&] { rotate_identity(team.ledger(), team.world, "x"); }) ==
        ErrorKind::interrupted);
  team.before_step = [](std::string_view) {};
}

}  // namespace

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
  stop_rotation(team);
  team.open();
  CHECK(Office::refusal([&] { team.append(statement_of(a_dataset(2))); }) ==
        ErrorKind::not_allowed);
  const auto rotated = rotate_identity(team.ledger(), team.world, "x");
  CHECK(own_identity(team.world).key == rotated.key);
  CHECK(team.append(statement_of(a_dataset(2))).key == rotated.key);
  CHECK(team.ledger().verify().verified());
}

TEST_CASE("a ledger that stays open goes on with the key that another process put in place",
          "[identity]") {
  Office team;
  Ledger server(team.folder, team.world);
  const auto append = [&](int number) {
    return server.append(statement_of(a_dataset(number)), {.command = "test", .reason = "why"});
  };
  const auto before = append(1).key;
  const auto rotated = rotate_identity(team.ledger(), team.world, "yearly");
  CHECK(append(2).key == rotated.key);
  CHECK(rotated.key != before);
  // Nobody puts another in the place of one that was revoked.
  revoke_identity(team.ledger(), "ana", "", std::nullopt, "lost");
  CHECK_THROWS_WITH(append(3), Catch::Contains("was revoked"));
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

namespace {

/// Ana's second ledger, which knows her by the key that she has now.
struct OtherPlace {
  OtherPlace(Office& team, bool with_policy)
      : folder(team.temporary.path() / "other" / ".mlo"), world(team.world) {
    Ledger::create(folder, world);
    auto ledger = open();
    append(ledger, 1);
    if (with_policy) propose_policy(ledger, a_policy(), "rules");
  }
  [[nodiscard]] Ledger open() const { return {folder, world}; }
  static Entry append(Ledger& ledger, int number) {
    return ledger.append(statement_of(a_dataset(number)), {.command = "test", .reason = "why"});
  }

  fs::path folder;
  const World& world;
};

}  // namespace

TEST_CASE("a key that was replaced in one ledger signs in the others until they learn the next",
          "[identity]") {
  Office team;
  const bool with_policy = GENERATE(true, false);
  const OtherPlace other(team, with_policy);
  team.append(statement_of(a_dataset(1)));
  const auto before = own_identity(team.world).key;
  const auto rotated = rotate_identity(team.ledger(), team.world, "yearly");
  auto there = other.open();
  CHECK(OtherPlace::append(there, 2).key == before);
  CHECK(former_key(there, team.world) == before);
  CHECK_FALSE(former_key(team.ledger(), team.world));
  // Twice replaced in one, it is one step in the other.
  const auto newest = rotate_identity(team.ledger(), team.world, "again");
  CHECK(OtherPlace::append(there, 3).key == before);
  const auto entered = rotate_identity(there, team.world, "there too");
  CHECK(entered.before == before);
  CHECK(entered.key == newest.key);
  CHECK(entered.former_file == rotated.former_file);
  CHECK(own_identity(team.world).key == newest.key);
  CHECK(OtherPlace::append(there, 4).key == newest.key);
  CHECK_FALSE(former_key(there, team.world));
  CHECK(find_identity(there, "ana").keys.size() == 2);
  CHECK(there.verify().verified());
  CHECK(team.ledger().verify().verified());
}

TEST_CASE("a key that was kept signs in no ledger that ended it or never knew it", "[identity]") {
  Office team;
  team.append(statement_of(a_dataset(1)));
  const auto before = own_identity(team.world).key;
  const auto rotated = rotate_identity(team.ledger(), team.world, "yearly");
  SECTION("not where it was replaced, though its successor is revoked") {
    revoke_identity(team.ledger(), "ana", rotated.key.hex(), std::nullopt, "lost");
    std::string why;
    CHECK(Office::refusal([&] { team.append(statement_of(a_dataset(2))); }, &why) ==
          ErrorKind::not_allowed);
    CHECK(why.find(rotated.key.brief()) != std::string::npos);
  }
  SECTION("not where it was revoked") {
    const OtherPlace other(team, false);
    auto there = other.open();
    fs::rename(rotated.file, rotated.file + ".away");
    fs::copy_file(rotated.former_file, rotated.file);
    auto as_before = other.open();
    OtherPlace::append(as_before, 2);
    revoke_identity(as_before, "ana", before.hex(), std::nullopt, "lost");
    fs::rename(rotated.file + ".away", rotated.file);
    CHECK(OtherPlace::append(there, 3).key == rotated.key);
  }
  SECTION("not in a new one") {
    const OtherPlace other(team, true);
    auto there = other.open();
    CHECK(OtherPlace::append(there, 2).key == rotated.key);
    CHECK(find_identity(there, "ana").keys.size() == 1);
  }
}

TEST_CASE("a key that ended cannot replace another", "[identity]") {
  Office team;
  team.append(statement_of(a_dataset(1)));
  const auto before = own_identity(team.world);
  rotate_identity(team.ledger(), team.world, "yearly");
  const IdentityChange back{.kind = IdentityChange::Kind::rotate,
                            .name = "ana",
                            .key = own_identity(team.world).key,
                            .public_key = before.public_key};
  std::string why;
  CHECK(Office::refusal([&] { team.append(statement_of(back)); }, &why) == ErrorKind::not_allowed);
  CHECK(why.find("was replaced: it cannot replace another") != std::string::npos);
  append_unjudged(team, "ana", statement_of(back));
  CHECK_FALSE(team.ledger().verify().verified());
}

TEST_CASE("a rotation that stopped is completed in whatever ledger comes next", "[identity]") {
  Office team;
  const OtherPlace other(team, true);
  team.append(statement_of(a_dataset(1)));
  stop_rotation(team);
  auto there = other.open();
  const auto rotated = rotate_identity(there, team.world, "y");
  CHECK(OtherPlace::append(there, 2).key == rotated.key);
  team.open();
  CHECK(team.append(statement_of(a_dataset(2))).key == rotated.key);
  CHECK(there.verify().verified());
  CHECK(team.ledger().verify().verified());
}

TEST_CASE("keys that are kept are under the passphrase of the one in use, and none is lost",
          "[identity]") {
  Office team;
  const OtherPlace other(team, false);
  for (int number : {1, 2, 3}) team.append(statement_of(a_dataset(number)));
  const auto first = rotate_identity(team.ledger(), team.world, "x");
  // The other ledger ends its key at the same number.
  auto there = other.open();
  rotate_identity(there, team.world, "y");
  while (there.size() < first.entry) OtherPlace::append(there, 5);
  const auto second = rotate_identity(there, team.world, "z");
  CHECK(second.entry == first.entry);
  CHECK(second.former_file != first.former_file);
  CHECK(fs::exists(first.former_file));
  protect_own_key(team.world, "correct horse");
  CHECK(read_file(first.former_file).find("ENCRYPTED") != std::string::npos);
  CHECK(read_file(second.former_file).find("ENCRYPTED") != std::string::npos);
  team.variables["MLO_KEY_PASSPHRASE"] = "correct horse";
  CHECK(former_key(team.ledger(), team.world) == first.key);
}

TEST_CASE("each time that a key counted is told", "[identity]") {
  Office team;
  team.meet({"bo"});
  team.act_as("bo");
  const auto bo = own_identity(team.world);
  const auto revoked = revoke_identity(team.ledger(), "bo", "", std::nullopt, "lost").front();
  team.act_as("ana");
  const auto added = add_identity(team.ledger(), "bo", bo.public_key, "found again");
  team.act_as("bo");
  team.append(statement_of(a_dataset(7)));
  const auto rotated = rotate_identity(team.ledger(), team.world, "to be safe");
  const auto known = find_identity(team.ledger(), "bo");
  REQUIRE(known.keys.size() == 3);
  CHECK(known.keys[0].state == "revoked");
  CHECK(known.keys[0].until->entry == revoked.index);
  CHECK(known.keys[1].key == bo.key);
  CHECK(known.keys[1].state == "replaced");
  CHECK(known.keys[1].from.entry == added.index);
  CHECK(known.keys[1].until->entry == rotated.entry);
  CHECK(known.keys[1].entries == 2);
  CHECK(known.keys[2].state == "in force");
  // Each key is ended once.
  CHECK(revoke_identity(team.ledger(), "bo", "", std::nullopt, "left").size() == 2);
}
