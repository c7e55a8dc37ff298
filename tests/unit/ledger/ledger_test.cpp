#include "mlo/ledger/ledger.h"

#include <thread>

#include "ledger/memory.h"
#include "mlo/ledger/audit.h"
#include "mlo/ledger/foresight.h"
#include "mlo/ledger/trust.h"
#include "unit/ledger/fixture.h"

using namespace mlo;
using namespace mlo::ledger;

TEST_CASE("a new ledger introduces its maker, then itself", "[ledger]") {
  TestLedger test;
  const auto entries = test.ledger().entries(0, 100);
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].predicate_type == "urn:mlo:identity:v1");
  CHECK(entries[0].actor == "ana");
  CHECK(entries[1].predicate_type == "urn:mlo:repository:v1");
  CHECK(entries[1].predicate.at("id").as_string().size() == 32);
  CHECK(test.ledger().verify().verified());
  CHECK_THROWS_AS(Ledger::create(test.folder, test.world), Error);
}

TEST_CASE("an entry reads back what was appended, with who, when and why", "[ledger]") {
  TestLedger test;
  const auto written =
      test.append({.subjects = {{.name = "file", .digest = digest_of(1)}},
                   .predicate_type = "urn:example:note:v1",
                   .predicate = Json::object({{"b", 1.0}, {"a", "\u00e9\u20ac\U0001F600"}})},
                  "because");
  const auto read = test.ledger().entry(written.index);
  REQUIRE(read);
  CHECK(read->index == 2);
  CHECK(read->actor == "ana");
  CHECK(read->command == "test");
  CHECK(read->reason == "because");
  CHECK(read->time == written.time);
  CHECK(read->leaf == written.leaf);
  CHECK(read->key == written.key);
  CHECK(read->subjects.at(0).digest == digest_of(1));
  CHECK(read->predicate.at("a").as_string() == "\u00e9\u20ac\U0001F600");
  CHECK_FALSE(test.ledger().entry(3));
  CHECK(test.ledger().size() == 3);
}

TEST_CASE("the statement in an envelope is an in-toto statement in canonical form", "[ledger]") {
  TestLedger test;
  const auto entry = test.append(statement_of(a_dataset()));
  const auto envelope = Json::parse(test.ledger().envelope(entry.index).value());
  CHECK(envelope.at("payloadType").as_string() == "application/vnd.in-toto+json");
  const auto payload = from_base64(envelope.at("payload").as_string());
  const auto statement = Json::parse(text_of(payload));
  CHECK(statement.canonical() == text_of(payload));
  CHECK(statement.at("_type").as_string() == "https://in-toto.io/Statement/v1");
  const auto& subject = statement.at("subject").as_array().at(0);
  CHECK(subject.at("digest").at("sha256").as_string() == digest_of(1).hex());
}

TEST_CASE("an entry over 64 KiB is refused and leaves nothing behind", "[ledger]") {
  TestLedger test;
  auto dataset = a_dataset();
  dataset.source = std::string(60'000, 'x');
  CHECK_THROWS_WITH(test.append(statement_of(dataset)), Catch::Contains("larger than 65,535"));
  CHECK(test.ledger().size() == 2);
  test.append(statement_of(a_dataset()));
  CHECK(test.ledger().verify().verified());
}

TEST_CASE("statements without a subject or with text that is not UTF-8 are refused", "[ledger]") {
  TestLedger test;
  CHECK_THROWS_AS(test.append({.predicate_type = "x", .predicate = Json::object()}), Error);
  auto dataset = a_dataset();
  dataset.source = "\xff";
  CHECK_THROWS_AS(test.append(statement_of(dataset)), Error);
  CHECK(test.ledger().size() == 2);
}

TEST_CASE("a stop at the commit leaves the ledger as it was", "[ledger][crash]") {
  TestLedger test;
  test.append(statement_of(a_dataset(1)));
  const auto before = test.ledger().checkpoint();
  test.before_step = [](std::string_view step) {
    if (step == "ledger.commit") throw Error(ErrorKind::interrupted, "stopped");
  };
  CHECK_THROWS_AS(test.append(statement_of(a_dataset(2))), Error);
  CHECK(test.ledger().size() == 3);
  CHECK(test.ledger().checkpoint() == before);
  CHECK(dataset_versions(test.ledger()).size() == 1);
  test.before_step = [](std::string_view) {};
  test.append(statement_of(a_dataset(2)));
  CHECK(test.ledger().verify().verified());
}

TEST_CASE("a creation that stopped half-way is completed by the next one", "[ledger][crash]") {
  TestLedger test;
  const auto folder = test.temporary.path() / "second" / ".mlo";
  test.before_step = [](std::string_view step) {
    if (step == "ledger.commit") throw Error(ErrorKind::interrupted, "stopped");
  };
  CHECK_THROWS_AS(Ledger::create(folder, test.world), Error);
  CHECK_THROWS_AS(Ledger(folder, test.world), Error);
  test.before_step = [](std::string_view) {};
  Ledger::create(folder, test.world);
  CHECK(Ledger(folder, test.world).verify().verified());
}

TEST_CASE("two that append at the same time both get all their entries in", "[ledger]") {
  TestLedger test;
  constexpr int kEach = 25;
  const auto work = [&test](const std::string& actor) {
    TestWorld own;
    own.variables = {{"MLO_ACTOR", actor},
                     {"XDG_CONFIG_HOME", test.variables.at("XDG_CONFIG_HOME")}};
    Ledger ledger(test.folder, own.world);
    for (int i = 0; i < kEach; ++i)
      ledger.append(statement_of(a_dataset(i)), {.command = "track", .reason = ""});
  };
  std::jthread first(work, "bo");
  std::jthread second(work, "cy");
  first.join();
  second.join();
  // Two beginnings, two introductions and all the datasets.
  CHECK(test.ledger().size() == 4 + 2 * kEach);
  CHECK(test.ledger().verify().verified());
  CHECK(latest_dataset(test.ledger(), "data/raw")->number == 2 * kEach);
}

TEST_CASE("the log of who appends again and again stays small", "[ledger]") {
  TestLedger test;
  // Six megabytes, were they not written over one another.
  for (int i = 0; i < 150; ++i) test.append(statement_of(a_dataset(i)));
  CHECK(status_of(test.folder / "mlo.db-wal")->size_bytes < 3'000'000);
  CHECK(test.ledger().verify().verified());
}

TEST_CASE("a second actor, or the same name with another key, is introduced once", "[ledger]") {
  TestLedger test;
  test.variables["MLO_ACTOR"] = "bo";
  Ledger bo(test.folder, test.world);
  bo.append(statement_of(a_dataset()), {.command = "track"});
  bo.append(statement_of(a_dataset(2)), {.command = "track"});
  CHECK(bo.size() == 5);
  test.variables["XDG_CONFIG_HOME"] = (test.temporary.path() / "other").string();
  Ledger other_bo(test.folder, test.world);
  other_bo.append(statement_of(a_dataset(3)), {.command = "track"});
  CHECK(bo.size() == 7);
  CHECK(bo.entry(5)->predicate_type == "urn:mlo:identity:v1");
  CHECK(bo.entry(6)->key != bo.entry(4)->key);
  CHECK(bo.verify().verified());
}

TEST_CASE("a clock far behind the last entry is refused", "[ledger]") {
  TestLedger test;
  test.append(statement_of(a_dataset(1)));
  test.seconds -= 200;
  test.append(statement_of(a_dataset(2)));
  test.seconds -= 3600;
  CHECK_THROWS_WITH(test.append(statement_of(a_dataset(3))), Catch::Contains("the clock says"));
  CHECK(test.ledger().verify().verified());
}

TEST_CASE("after an entry from the future somebody says so, and time goes on", "[ledger]") {
  TestLedger test;
  test.append(statement_of(a_dataset(1)));
  constexpr std::int64_t kYears = 315'360'000;
  test.seconds += kYears;
  test.append(statement_of(a_dataset(2)));
  test.seconds -= kYears;
  CHECK_THROWS_WITH(test.append(statement_of(a_dataset(3))), Catch::Contains("the clock says"));
  CHECK_THROWS_WITH(require_action(test.ledger(), "train", test.world),
                    Catch::Contains("the clock says"));
  const auto entry = accept(test.ledger(), test.folder, test.world, "a runner without NTP");
  CHECK(describe(entry).find("went on after a wrong clock: entry 3 is of 203") == 0);
  test.append(statement_of(a_dataset(3)));
  CHECK(test.ledger().verify().verified());
  CHECK_THROWS_WITH(accept(test.ledger(), test.folder, test.world, "again"),
                    Catch::Contains("nothing to accept"));
  // It excuses the one entry before it, and no going back after it.
  test.seconds -= 7200;
  CHECK_THROWS_WITH(test.append(statement_of(a_dataset(4))), Catch::Contains("the clock says"));
}

TEST_CASE("an append refuses to sign what was done to the ledger behind its back", "[ledger]") {
  TestLedger test;
  tell_a_story(test);
  const std::string sql = GENERATE(
      "DELETE FROM entry WHERE number = (SELECT max(number) FROM entry)",
      "UPDATE entry SET leaf = randomblob(32) WHERE number = (SELECT max(number) FROM entry)",
      "UPDATE node SET hash = randomblob(32) WHERE level = 3", "DELETE FROM node",
      "DELETE FROM checkpoint", "UPDATE checkpoint SET note = replace(note, '1', '2')");
  test.tamper(sql);
  try {
    test.append(statement_of(a_dataset(2)));
    FAIL("appended after: " << sql);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::integrity);
  }
}

TEST_CASE("what is not a ledger of ours is told apart", "[ledger]") {
  TestLedger test;
  const auto kind_of = [&test] {
    try {
      Ledger ledger(test.folder, test.world);
    } catch (const Error& error) {
      return error.kind();
    }
    return ErrorKind::usage;
  };
  const auto file = test.folder / "mlo.db";
  SECTION("a newer format") {
    test.ledger().database().execute("PRAGMA user_version = 99");
    CHECK(kind_of() == ErrorKind::conflict);
  }
  SECTION("no file") {
    test.opened.reset();
    std::filesystem::remove(file);
    CHECK(kind_of() == ErrorKind::integrity);
  }
  SECTION("another file") {
    test.opened.reset();
    write_durably(file, bytes_of(std::string(8192, 'x')), test.world, "test");
    CHECK(kind_of() == ErrorKind::integrity);
  }
  SECTION("a replaced log key") {
    std::filesystem::remove(test.folder / "keys" / "log.pem");
    const auto folder = test.temporary.path() / "other" / ".mlo";
    Ledger::create(folder, test.world);
    std::filesystem::copy(folder / "keys" / "log.pem", test.folder / "keys" / "log.pem");
    CHECK_THROWS_WITH(test.append(statement_of(a_dataset())), Catch::Contains("log.pem"));
  }
}

TEST_CASE("the last checkpoint is remembered when the ledger is closed", "[ledger]") {
  TestLedger test;
  for (int i = 0; i < 3; ++i) test.append(statement_of(a_dataset(i)));
  const auto note = test.ledger().checkpoint();
  SECTION("closed") {
    test.opened.reset();
  }
  SECTION("another is opened in its place") {
    test.opened = Ledger(test.folder, test.world);
  }
  CHECK(Memory(test.folder, test.world).recall()->note == note);
}
