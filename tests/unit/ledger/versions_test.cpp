#include "mlo/ledger/versions.h"

#include "unit/ledger/fixture.h"

using namespace mlo;
using namespace mlo::ledger;

TEST_CASE("the newest word about a tag is in force", "[versions]") {
  TestLedger test;
  const Tag first{.path = "data/a.csv", .name = "q3", .number = 1, .digest = digest_of(1)};
  test.append(statement_of(first), "agreed");
  CHECK(tags(test.ledger(), "data/a.csv").front().origin.reason == "agreed");
  auto gone = first;
  gone.removed = true;
  test.append(statement_of(gone));
  CHECK(tags(test.ledger()).empty());
  auto again = first;
  again.number = 2;
  again.digest = digest_of(2);
  test.append(statement_of(again));
  REQUIRE(tags(test.ledger(), "data/a.csv").size() == 1);
  CHECK(tags(test.ledger(), "data/a.csv").front().number == 2);
  CHECK(tag_history(test.ledger(), "data/a.csv").size() == 3);
  CHECK(tags(test.ledger(), "data/b.csv").empty());
  CHECK(test.ledger().verify().verified());
}

TEST_CASE("a path that is tracked no longer keeps where it went", "[versions]") {
  TestLedger test;
  test.append(statement_of(
      Untracking{.path = "data/a.csv", .digest = digest_of(1), .moved_to = "data/b.csv"}));
  const auto found = untrackings(test.ledger(), "data/a.csv");
  REQUIRE(found.size() == 1);
  CHECK(found.front().moved_to == "data/b.csv");
  CHECK(found.front().digest == digest_of(1));
  CHECK(test.ledger().verify().verified());
}

TEST_CASE("a thousand collected versions fit into entries, each is found", "[versions]") {
  TestLedger test;
  Collection collection{.rule = "keep 1"};
  for (int number = 1; number <= 1000; ++number)
    collection.versions.push_back({.path = "data/" + std::string(number % 90, 'x') + ".csv",
                                   .number = number,
                                   .digest = Digest::of(std::to_string(number))});
  const auto statements = statements_of(collection);
  CHECK(statements.size() > 1);
  test.ledger().append(statements, {"gc", "space"});
  CHECK(collected_digests(test.ledger()).size() == 1000);
  const auto found = collection_of(test.ledger(), Digest::of("777"));
  REQUIRE(found);
  CHECK(found->rule == "keep 1");
  CHECK(found->origin.reason == "space");
  CHECK_FALSE(collection_of(test.ledger(), digest_of(5)));
  CHECK(test.ledger().verify().verified());
}
