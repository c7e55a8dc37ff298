#include "ledger/memory.h"
#include "mlo/ledger/foresight.h"
#include "mlo/ledger/telling.h"
#include "unit/ledger/policy_fixture.h"

using namespace mlo;
using namespace mlo::ledger;

namespace {

bool permits(const Policy& policy, const std::string& who, const std::string& wish) {
  return rule_on(policy, who, Permission::parse(wish)).allowed;
}

}  // namespace

TEST_CASE("a pattern covers names, stars and what lies below", "[policy]") {
  struct Case {
    std::string pattern, name;
    bool covered;
  };
  const auto one = GENERATE(values<Case>({{"production", "production", true},
                                          {"production", "prod", false},
                                          {"churn/*", "churn/staging", true},
                                          {"churn/*", "fraud/staging", false},
                                          {"*/production", "churn/production", true},
                                          {"data", "data/raw/a.csv", true},
                                          {"data/*", "data/raw/a.csv", true},
                                          {"data/*.csv", "data/raw/a.csv", false},
                                          {"data/**.csv", "data/raw/a.csv", true},
                                          {"**", "anything/at all", true},
                                          {"", "x", false},
                                          {"dat", "data", false}}));
  INFO(one.pattern << " and " << one.name);
  CHECK(covers(one.pattern, one.name) == one.covered);
}

TEST_CASE("an action that is not known, or a pattern of many stars, is refused", "[policy]") {
  CHECK_THROWS_WITH(Permission::parse("promot:staging"), Catch::Contains("no action 'promot'"));
  CHECK_THROWS_WITH(Permission::parse("promote:"), Catch::Contains("nothing after its colon"));
  CHECK_THROWS_WITH(Permission::parse("track:*********"),
                    Catch::Contains("eight stars") || Catch::Contains("8 stars"));
  CHECK(Permission::parse("promote:churn/production").text() == "promote:churn/production");
}

TEST_CASE("roles come from oneself and from one's teams", "[policy]") {
  const auto policy = a_policy();
  CHECK(permits(policy, "ana", "track:data/raw"));
  CHECK(permits(policy, "ana", "promote:tumour/staging"));
  CHECK_FALSE(permits(policy, "ana", "promote:tumour/production"));
  CHECK(permits(policy, "bo", "promote:tumour/production"));
  CHECK_FALSE(permits(policy, "bo", "promote:tumour/staging"));
  CHECK(permits(policy, "cy", "approve:tumour/production"));
  CHECK_FALSE(permits(policy, "cy", "approve:tumour/staging"));
  CHECK_FALSE(permits(policy, "ci", "approve:tumour/production"));
  CHECK_FALSE(permits(policy, "eve", "track"));
  CHECK(permits(policy, "bo", "read:data/patients/1.csv"));
  CHECK_FALSE(permits(policy, "ana", "read:data/patients/1.csv"));
  // Who reads the folder reads what is in it.
  CHECK_FALSE(permits(policy, "ana", "read:data"));
  // However it is spelled, and whatever a pattern may mean.
  for (const std::string wish : {"./data/patients/1.csv", "data//patients/", "data/x/../patients",
                                 "data/**", "data/pat*", "**", "*"}) {
    INFO(wish);
    CHECK_FALSE(permits(policy, "ana", "read:" + wish));
  }
  CHECK(permits(policy, "bo", "read:data/pat*"));
  CHECK(permits(policy, "ana", "read:other/**"));
  CHECK(permits(policy, "ana", "read:docs"));
  CHECK_FALSE(permits(policy, "ana", "track:data/patients"));
}

TEST_CASE("a policy reads back as it was written", "[policy]") {
  const auto policy = a_policy();
  const auto again = Policy::from_json(Json::parse(policy.to_json().canonical()));
  CHECK(again.to_json() == policy.to_json());
  CHECK(again.digest() == policy.digest());
}

TEST_CASE("without a policy everybody may do everything", "[policy]") {
  Office team;
  team.meet({"bo", "cy"});
  CHECK_FALSE(policy_in_force(team.ledger()));
  CHECK(team.ledger().verify().verified());
}

TEST_CASE("work whose entry nobody could write is refused before it begins", "[policy]") {
  Office office;
  office.meet({"bo", "cy"});
  office.act_as("bo");
  CHECK_NOTHROW(require_action(office.ledger(), "train", office.world));
  office.act_as("ana");
  auto policy = a_policy();
  policy.roles["tester"] = {"validate:tumour"};
  policy.teams["board"].roles.emplace_back("tester");
  propose_policy(office.ledger(), policy, "rules");
  CHECK_NOTHROW(require_action(office.ledger(), "train", office.world));
  office.act_as("cy");
  // Of what, the entry will say.
  CHECK_NOTHROW(require_action(office.ledger(), "validate", office.world));
  office.act_as("bo");
  CHECK_THROWS_WITH(require_action(office.ledger(), "train", office.world),
                    Catch::Contains("does not let bo train"));
  office.act_as("eve");
  CHECK_THROWS_WITH(require_action(office.ledger(), "train", office.world),
                    Catch::Contains("does not know 'eve'"));
}

TEST_CASE("a policy is in force from its entry on, for everybody's entries", "[policy]") {
  Office team;
  team.meet({"bo", "cy"});
  const auto change = propose_policy(team.ledger(), a_policy(), "we are many now");
  CHECK(change.in_force);
  CHECK(policy_in_force(team.ledger())->origin.entry == change.entry);
  team.append(statement_of(a_dataset(2)));
  team.act_as("bo");
  std::string why;
  CHECK(Office::refusal([&] { team.append(statement_of(a_dataset(3))); }, &why) ==
        ErrorKind::not_allowed);
  CHECK(why == "the policy does not let bo track:data/raw");
  team.act_as("eve");
  CHECK(Office::refusal([&] { team.append(statement_of(a_dataset(3))); }, &why) ==
        ErrorKind::not_allowed);
  CHECK(why.find("no administrator has added") != std::string::npos);
  auto secret = a_dataset(5);
  secret.path = "data/patients/2026";
  team.act_as("ana");
  CHECK(Office::refusal([&] { team.append(statement_of(secret)); }, &why) ==
        ErrorKind::not_allowed);
  CHECK(why.find("only board may change it") != std::string::npos);
  CHECK(team.ledger().verify().verified());
}

TEST_CASE("a policy that is in force already changes nothing", "[policy]") {
  Office team;
  team.meet({"bo"});
  auto policy = a_policy();
  policy.admins = {.members = {"ana", "bo"}, .count = GENERATE(1, 2)};
  const auto first = propose_policy(team.ledger(), policy, "rules");
  CHECK(first.changed);
  const auto size = team.ledger().size();
  const auto again = propose_policy(team.ledger(), policy, "rules");
  CHECK_FALSE(again.changed);
  CHECK(again.in_force);
  CHECK(again.entry == first.entry);
  CHECK(team.ledger().size() == size);
}

TEST_CASE("a new policy rules the next entry of the same process", "[policy]") {
  Office team;
  team.meet({"bo", "cy"});
  propose_policy(team.ledger(), a_policy(), "rules");
  team.append(statement_of(a_dataset(2)));
  auto closed = a_policy();
  closed.roles["scientist"] = {"train"};
  propose_policy(team.ledger(), closed, "nobody tracks");
  const auto tracks = [&] { team.append(statement_of(a_dataset(3))); };
  CHECK(Office::refusal(tracks) == ErrorKind::not_allowed);
  // One that was judged by and came to nothing is forgotten.
  team.before_step = [](std::string_view) { throw Error(ErrorKind::unavailable, "a full disk"); };
  CHECK(Office::refusal([&] { propose_policy(team.ledger(), a_policy(), "as before"); }) ==
        ErrorKind::unavailable);
  team.before_step = [](std::string_view) {};
  CHECK(Office::refusal(tracks) == ErrorKind::not_allowed);
  propose_policy(team.ledger(), a_policy(), "as before");
  CHECK_NOTHROW(tracks());
  CHECK(team.ledger().verify().verified());
}

TEST_CASE("the first policy has its author among its administrators, each with a key", "[policy]") {
  Office team;
  auto policy = a_policy();
  policy.admins.members = {"bo"};
  CHECK(Office::refusal([&] { propose_policy(team.ledger(), policy, "x"); }) ==
        ErrorKind::not_allowed);
  policy.admins = {.members = {"ana", "zoe"}, .count = 2};
  std::string why;
  CHECK(Office::refusal([&] { propose_policy(team.ledger(), policy, "x"); }, &why) ==
        ErrorKind::not_allowed);
  CHECK(why.find("2 administrators") != std::string::npos);
}

TEST_CASE("a change of policy needs as many administrators as the one in force says", "[policy]") {
  Office team;
  team.meet({"bo", "cy"});
  auto policy = a_policy();
  policy.admins = {.members = {"ana", "bo", "cy"}, .count = 2};
  propose_policy(team.ledger(), policy, "two of three");
  auto looser = policy;
  looser.roles["scientist"].push_back("promote:production");
  // Nobody puts it in force alone, whatever their program does.
  CHECK(Office::refusal([&] { team.append(policy_statement(looser, std::nullopt)); }) ==
        ErrorKind::not_allowed);
  const auto proposed = propose_policy(team.ledger(), looser, "faster");
  CHECK_FALSE(proposed.in_force);
  CHECK(Office::refusal([&] { team.append(policy_statement(looser, proposed.entry)); }) ==
        ErrorKind::not_allowed);
  CHECK(Office::refusal([&] { consent_to_policy(team.ledger(), -1, "again"); }) ==
        ErrorKind::conflict);
  team.act_as("eve");
  CHECK(Office::refusal([&] { consent_to_policy(team.ledger(), -1, "me too"); }) ==
        ErrorKind::not_allowed);
  team.act_as("bo");
  const auto agreed = consent_to_policy(team.ledger(), -1, "yes");
  CHECK(agreed.in_force);
  CHECK(agreed.consents == std::vector<std::string>{"ana", "bo"});
  CHECK(policy_in_force(team.ledger())->policy.digest() == looser.digest());
  // A proposal of before is of no more use: it would bring an older policy back.
  CHECK(Office::refusal([&] { team.append(policy_statement(looser, proposed.entry)); }) ==
        ErrorKind::not_allowed);
  CHECK(open_proposals(team.ledger()).empty());
  CHECK(team.ledger().verify().verified());
}

TEST_CASE("reads of what is protected are refused or told of", "[policy][access]") {
  Office team;
  team.meet({"bo", "cy"});
  auto secret = a_dataset(5);
  secret.path = "data/patients/2026";
  team.append(statement_of(secret));
  propose_policy(team.ledger(), a_policy(), "x");
  const auto before = team.ledger().size();
  record_access(team.ledger(), "export",
                {{.kind = "dataset", .name = "data/raw", .digest = digest_of(1)}});
  CHECK(team.ledger().size() == before);
  // By another name, or by its digest alone, it is the same content.
  for (const auto* name : {"data/patients/2026", "data", "copy.csv"})
    CHECK(Office::refusal([&] {
            record_access(team.ledger(), "show",
                          {{.kind = "dataset", .name = name, .digest = secret.digest}});
          }) == ErrorKind::not_allowed);
  team.act_as("bo");
  record_access(team.ledger(), "export",
                {{.kind = "dataset", .name = "data/patients/2026", .digest = secret.digest},
                 {.kind = "dataset", .name = "data/raw", .digest = digest_of(1)}});
  const auto log = access_log(team.ledger());
  REQUIRE(log.size() == 1);
  CHECK(log[0].origin.actor == "bo");
  CHECK(log[0].how == "export");
  REQUIRE(log[0].accesses.size() == 1);
  CHECK(log[0].accesses[0].name == "data/patients/2026");
  CHECK(team.ledger().verify().verified());
}

TEST_CASE("a read is told of on another thread, before anything is read", "[policy][access]") {
  Office team;
  team.meet({"bo"});
  propose_policy(team.ledger(), a_policy(), "x");
  const std::vector<Access> reads{
      {.kind = "dataset", .name = "data/patients", .digest = digest_of(5)}};
  const auto before = team.ledger().size();
  SECTION("nobody begins who may not") {
    CHECK(Office::refusal([&] {
            Telling(team.ledger(), team.folder, team.world, "export", reads);
          }) == ErrorKind::not_allowed);
    CHECK(team.ledger().size() == before);
  }
  SECTION("who may waits until others can see it") {
    team.act_as("bo");
    Telling telling(team.ledger(), team.folder, team.world, "export", reads);
    telling.wait();
    Database other(team.folder / "mlo.db", Database::Mode::read_only);
    CHECK(other.one("SELECT count(*) FROM access",
                    [](const Row& row) { return row.get<std::int64_t>(0); }) == 1);
    telling.wait();
  }
  SECTION("at its end all is in the database, and so it is what this user saw last") {
    team.act_as("bo");
    { Telling(team.ledger(), team.folder, team.world, "export", reads).wait(); }
    CHECK(std::filesystem::file_size(team.folder / "mlo.db-wal") == 0);
    CHECK(Memory(team.folder, team.world).recall()->note == team.ledger().checkpoint());
    CHECK(access_log(team.ledger()).size() == 1);
    CHECK(team.ledger().verify().verified());
  }
  SECTION("what keeps it from being told keeps it from being read") {
    team.act_as("bo");
    team.before_step = [](std::string_view step) {
      if (step == "ledger.commit") throw Error(ErrorKind::unavailable, "the disk is full");
    };
    Telling telling(team.ledger(), team.folder, team.world, "export", reads);
    CHECK(Office::refusal([&] { telling.wait(); }) == ErrorKind::unavailable);
  }
  SECTION("what is not protected is not told") {
    Telling telling(team.ledger(), team.folder, team.world, "export",
                    {{.kind = "dataset", .name = "data/raw", .digest = digest_of(1)}});
    telling.wait();
    CHECK(team.ledger().size() == before);
  }
}

TEST_CASE("ten thousand reads fit into entries", "[policy][access]") {
  Office team;
  team.meet({"bo"});
  propose_policy(team.ledger(), a_policy(), "x");
  team.act_as("bo");
  std::vector<Access> reads;
  for (int i = 0; i < 10'000; ++i)
    reads.push_back({.kind = "dataset",
                     .name = "data/patients/" + std::string(200, 'p') + std::to_string(i),
                     .digest = digest_of(i)});
  record_access(team.ledger(), "checkout", reads);
  std::size_t told = 0;
  for (const auto& record : access_log(team.ledger())) told += record.accesses.size();
  CHECK(told == reads.size());
}

TEST_CASE("no administrator is revoked without whom nobody could change the policy", "[policy]") {
  Office office;
  office.meet({"bo", "cy"});
  const auto put_in_force = [&](std::vector<std::string> members, std::int64_t count) {
    auto policy = a_policy();
    policy.admins = {.members = std::move(members), .count = count};
    return propose_policy(office.ledger(), policy, "why");
  };
  CHECK(put_in_force({"ana", "bo"}, 2).in_force);
  std::string why;
  const auto revoke = [&](const std::string& name) {
    return Office::refusal(
        [&] { revoke_identity(office.ledger(), name, "", std::nullopt, "lost"); }, &why);
  };
  CHECK(revoke("bo") == ErrorKind::conflict);
  CHECK_THAT(why, Catch::Contains("asks for 2 administrators, and 1 would be left"));
  CHECK(revoke("ana") == ErrorKind::conflict);
  CHECK_FALSE(revoke("cy"));
  // With a third there is one to spare.
  CHECK_FALSE(put_in_force({"ana"}, 1).in_force);
  office.act_as("bo");
  CHECK(consent_to_policy(office.ledger(), -1, "bo leaves").in_force);
  office.act_as("ana");
  CHECK_FALSE(revoke("bo"));
  CHECK(revoke("ana") == ErrorKind::conflict);
  CHECK(office.ledger().verify().verified());
}
