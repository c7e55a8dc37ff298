#include <algorithm>
#include <random>

#include "ledger/checkpoint.h"
#include "ledger/dsse.h"
#include "ledger/identity.h"
#include "ledger/merkle.h"
#include "ledger/record_kind.h"
#include "ledger/statement.h"
#include "unit/ledger/fixture.h"

using namespace mlo;
using namespace mlo::ledger;

namespace {

std::string text_of_problems(const Verification& verification) {
  std::string all;
  for (const auto& problem : verification.problems)
    all += std::to_string(problem.entry) + ": " + problem.problem + "\n";
  return all;
}

/// Somebody with the disk in their hands, who can do whatever SQLite, Ana's key file and time
/// allow.
struct Attacker {
  TestLedger& test;

  [[nodiscard]] PrivateKey key_of(const std::string& name) const {
    auto variables = test.variables;
    TestWorld other;
    other.variables = variables;
    other.variables["MLO_ACTOR"] = name;
    return load_identity(other.world).key;
  }
  [[nodiscard]] std::string payload(std::int64_t number) const {
    return open_envelope(test.ledger().envelope(number).value()).payload;
  }
  /// Puts an envelope in place, its leaf hash, and the tree above it.
  void replace(std::int64_t number, const std::string& envelope) const {
    test.tamper("SELECT 1");
    auto& database = test.ledger().database();
    database.run("UPDATE entry SET envelope = ?2, leaf = ?3 WHERE number = ?1", number, envelope,
                 leaf_hash(bytes_of(envelope)));
    recompute_tree();
  }
  void recompute_tree() const {
    auto& database = test.ledger().database();
    database.execute("DELETE FROM node");
    Frontier frontier;
    const auto leaves = database.all("SELECT leaf FROM entry ORDER BY number",
                                     [](const Row& row) { return row.get<Digest>(0); });
    for (const auto& leaf : leaves)
      frontier.append(leaf, [&](const Node& node) {
        database.run("INSERT INTO node VALUES (?1, ?2, ?3)", node.level, node.position, node.hash);
      });
    database.run("UPDATE checkpoint SET size = ?1, root = ?2", frontier.size(), frontier.root());
  }
  /// Signs the tree as it stands, as only the owner of the log key can.
  void sign_tree() const {
    auto& database = test.ledger().database();
    Checkpoint checkpoint;
    checkpoint.size = database
                          .one("SELECT size FROM checkpoint",
                               [](const Row& row) { return row.get<std::int64_t>(0); })
                          .value();
    checkpoint.root =
        database
            .one("SELECT root FROM checkpoint", [](const Row& row) { return row.get<Digest>(0); })
            .value();
    checkpoint.origin = test.ledger().checkpoint();
    checkpoint.origin.resize(checkpoint.origin.find('\n'));
    database.run("UPDATE checkpoint SET note = ?1",
                 write_checkpoint(checkpoint, load_log_key(test.folder)));
  }
  /// Rewrites the views from the entries, as far as that is possible.
  void rebuild_views() const {
    auto& database = test.ledger().database();
    test.tamper("PRAGMA foreign_keys = OFF");
    database.execute("PRAGMA foreign_keys = OFF");
    for (const auto table : view_tables()) database.execute("DELETE FROM " + std::string(table));
    for (const auto& entry : test.ledger().entries(0, 1000)) project(database, entry);
    database.execute("PRAGMA foreign_keys = ON");
  }
};

void expect(TestLedger& test, std::int64_t entry, const std::string& words) {
  const auto verification = test.ledger().verify();
  INFO(text_of_problems(verification));
  CHECK_FALSE(verification.verified());
  const auto found = std::ranges::any_of(verification.problems, [&](const Problem& problem) {
    return problem.entry == entry && problem.problem.find(words) != std::string::npos;
  });
  CHECK(found);
}

}  // namespace

TEST_CASE("an honest story is verified, and its root is the checkpoint's", "[verify]") {
  TestLedger test;
  const auto count = tell_a_story(test);
  const auto verification = test.ledger().verify();
  INFO(text_of_problems(verification));
  CHECK(verification.verified());
  CHECK(verification.entries == count);
  CHECK(test.ledger().checkpoint().find(to_base64(verification.root.bytes())) != std::string::npos);
}

TEST_CASE("a forged signature among thousands of one key is found", "[verify][attack]") {
  TestLedger test;
  tell_a_story(test);
  std::vector<Statement> many;
  for (int i = 0; i < 1500; ++i)
    many.push_back(statement_of(DatasetVersion{.path = "d", .digest = Digest::of("content")}));
  const auto last = test.ledger().append(many, {"track", ""}).back().index;
  CHECK(test.ledger().verify().verified());
  const Attacker attacker{test};
  // The signature of the entry before, which is good, but not of this.
  const auto before = test.ledger().envelope(last - 1).value();
  auto envelope = Json::parse(test.ledger().envelope(last).value());
  envelope.set("signatures", Json::parse(before).at("signatures"));
  attacker.replace(last, envelope.canonical());
  attacker.sign_tree();
  expect(test, last, "the signature does not match the statement");
}

TEST_CASE("plain edits of the record are found", "[verify][attack]") {
  TestLedger test;
  const auto count = tell_a_story(test);
  struct Attack {
    std::string sql;
    std::int64_t entry;
    std::string words;
  };
  const auto attack = GENERATE_COPY(values<Attack>(
      {{"UPDATE entry SET envelope = replace(envelope, 'a', 'b') WHERE number = 4", 4, "leaf hash"},
       {"UPDATE entry SET leaf = zeroblob(32) WHERE number = 4", 4, "leaf hash"},
       {"UPDATE entry SET leaf = zeroblob(3) WHERE number = 4", 4, "leaf hash"},
       {"DELETE FROM entry WHERE number = 4", 4, "missing"},
       {"DELETE FROM entry WHERE number IN (4, 5, 6)", 4, "up to 6 are missing"},
       {"DELETE FROM entry WHERE number >= 8", -1, "the checkpoint commits to"},
       {"DELETE FROM entry", -1, "no entry says how the ledger began"},
       {"INSERT INTO entry SELECT number + 100, leaf, envelope FROM entry "
        "WHERE number = 3",
        103, "it was written as entry 3"},
       {"UPDATE entry SET number = 900 WHERE number = 4; UPDATE entry SET number = 4 "
        "WHERE number = 5; UPDATE entry SET number = 5 WHERE number = 900",
        4, "it was written as entry 5"},
       {"UPDATE entry SET envelope = char(255) || envelope WHERE number = 4", 4,
        "malformed envelope"},
       {"UPDATE entry SET envelope = '' WHERE number = 4", 4, "malformed envelope"},
       {"UPDATE entry SET envelope = replace(hex(zeroblob(5000000)), '0', '[') "
        "WHERE number = 4",
        4, "10,000,000 bytes"},
       {"UPDATE entry SET envelope = replace(hex(zeroblob(30000)), '0', '[') "
        "WHERE number = 4",
        4, "malformed envelope"},
       {"UPDATE node SET hash = zeroblob(32) WHERE level = 2 AND position = 1", -1,
        "level 2, position 1 does not match"},
       {"DELETE FROM node WHERE level = 1 AND position = 0", -1, "is missing"},
       {"INSERT INTO node VALUES (9, 0, zeroblob(32))", -1, "covers nothing"},
       {"DELETE FROM checkpoint", -1, "the checkpoint is missing"},
       {"UPDATE checkpoint SET size = size - 1", -1, "not those of the signed"},
       {"UPDATE checkpoint SET root = zeroblob(32)", -1, "not those of the signed"},
       {"UPDATE checkpoint SET note = replace(note, 'mlo/', 'mla/')", -1, "not signed by"},
       {"UPDATE checkpoint SET note = ''", -1, "no signature"}}));
  REQUIRE(count > 10);
  INFO(attack.sql);
  test.tamper(attack.sql);
  expect(test, attack.entry, attack.words);
}

TEST_CASE("an edit of any view is found and named", "[verify][attack]") {
  TestLedger test;
  tell_a_story(test);
  struct Attack {
    std::string sql;
    std::int64_t entry;
    std::string table;
  };
  const auto attack = GENERATE(values<Attack>(
      {{"UPDATE act SET actor = 'bo' WHERE entry = 3", 3, "act"},
       {"UPDATE act SET reason = 'none' WHERE entry = 3", 3, "act"},
       {"UPDATE subject SET digest = zeroblob(32) WHERE entry = 2", 2, "subject"},
       {"UPDATE identity SET name = 'bo'", 0, "identity"},
       {"UPDATE dataset_version SET source = 'elsewhere'", 2, "dataset_version"},
       {"UPDATE run SET git_commit = ''", 3, "run"},
       {"DELETE FROM run_step WHERE name = 'report'", 3, "run_step"},
       {"UPDATE run_file SET path = 'x' WHERE role = 'material'", 3, "run_file"},
       {"UPDATE model_version SET metrics = '{\"accuracy\":1}'", 4, "model_version"},
       {"UPDATE evidence SET passed = 0", 5, "evidence"},
       {"UPDATE check_result SET passed = 1", 5, "check_result"},
       {"UPDATE gate_decision SET passed = 0", 6, "gate_decision"},
       {"DELETE FROM gate_evidence", 6, "gate_evidence"},
       {"UPDATE stage_move SET stage = 'staging'", 7, "stage_move"},
       {"INSERT INTO stage_move SELECT 5, model, number, digest, stage, previous, 1 FROM "
        "stage_move",
        5, "stage_move"},
       {"UPDATE deployment SET status = 'pending'", 8, "deployment"},
       {"UPDATE monitor_window SET drifted_share = 0.5", 9, "monitor_window"},
       {"DELETE FROM alert", 10, "alert"},
       {"DELETE FROM lineage_edge WHERE relation = 'delivery'", 8, "lineage_edge"},
       {"UPDATE lineage_thing SET name = 'x' WHERE kind = 'run'", 3, "lineage_thing"}}));
  INFO(attack.sql);
  test.tamper(attack.sql);
  expect(test, attack.entry, "table '" + attack.table + "'");
}

TEST_CASE("a foreign trigger, a changed view and a dropped table are found", "[verify][attack]") {
  TestLedger test;
  tell_a_story(test);
  SECTION("trigger") {
    test.tamper("CREATE TRIGGER quiet AFTER INSERT ON alert BEGIN DELETE FROM alert; END");
    expect(test, -1, "foreign trigger quiet");
  }
  SECTION("view") {
    test.tamper("DROP VIEW audit_log; CREATE VIEW audit_log AS SELECT 1 AS entry");
    expect(test, -1, "view audit_log of the database is not ours");
  }
  SECTION("table") {
    test.tamper("DROP TABLE alert");
    expect(test, -1, "table 'alert' cannot be read");
  }
}

TEST_CASE("tables of other rooms in the database are no problem", "[verify]") {
  TestLedger test;
  test.ledger().database().execute("CREATE TABLE IF NOT EXISTS live_metric (run TEXT) STRICT");
  CHECK(test.ledger().verify().verified());
}

TEST_CASE("an edit that recomputes leaves and tree fails at the signatures", "[verify][attack]") {
  TestLedger test;
  tell_a_story(test);
  const Attacker attacker{test};
  const auto json = Json::parse(test.ledger().envelope(3).value());
  SECTION("another statement under the old signature") {
    auto forged = json;
    auto payload = attacker.payload(3);
    payload.replace(payload.find("nightly"), 7, "weekly!");
    forged.set("payload", to_base64(bytes_of(payload)));
    attacker.replace(3, forged.canonical());
    attacker.sign_tree();
    expect(test, 3, "the signature does not match");
  }
  SECTION("signed by a key that nobody introduced") {
    const auto stranger = PrivateKey::generate(Algorithm::ecdsa_p256);
    attacker.replace(3, seal(attacker.payload(3), stranger, stranger.public_key().id()));
    attacker.sign_tree();
    expect(test, 3, "unknown key");
  }
  SECTION("signed by the right key, but without the log key") {
    auto payload = attacker.payload(3);
    payload.replace(payload.find("nightly"), 7, "weekly!");
    const auto key = attacker.key_of("ana");
    attacker.replace(3, seal(payload, key, key.public_key().id()));
    attacker.rebuild_views();
    expect(test, -1, "the stored size and root are not those of the signed checkpoint");
  }
  SECTION("a log signed with another key") {
    auto payload = attacker.payload(3);
    const auto key = attacker.key_of("ana");
    attacker.replace(3, seal(payload, key, key.public_key().id()));
    const auto file = test.folder / "keys" / "log.pem";
    std::filesystem::remove(file);
    make_log_key(test.folder, test.world);
    attacker.sign_tree();
    expect(test, -1, "not signed by");
  }
}

TEST_CASE("the statement itself is held to its form by all keys in one hand", "[verify][attack]") {
  TestLedger test;
  tell_a_story(test);
  const Attacker attacker{test};
  const auto key = attacker.key_of("ana");
  const auto forge = [&](std::int64_t number, const std::string& payload) {
    attacker.replace(number, seal(payload, key, key.public_key().id()));
    attacker.sign_tree();
  };
  const auto changed = [&](std::string text, const std::string& from, const std::string& to) {
    REQUIRE(text.find(from) != std::string::npos);
    return text.replace(text.find(from), from.size(), to);
  };
  const auto payload = attacker.payload(3);
  SECTION("not canonical") {
    forge(3, changed(payload, ",", ", "));
    expect(test, 3, "not canonical");
  }
  SECTION("duplicate key") {
    forge(3, changed(payload, "{\"_type\"", "{\"_type\":\"x\",\"_type\""));
    expect(test, 3, "malformed statement");
  }
  SECTION("deeply nested") {
    forge(3, std::string(20'000, '['));
    expect(test, 3, "malformed statement");
  }
  SECTION("not UTF-8") {
    forge(3, changed(payload, "nightly", "night\xfe\xff"));
    expect(test, 3, "malformed statement");
  }
  SECTION("another repository") {
    const std::string id = test.ledger().entry(3)->repository;
    forge(3, changed(payload, id, std::string(32, '0')));
    expect(test, 3, "was written for the repository");
  }
  SECTION("backdated") {
    const auto time = test.ledger().entry(3)->time.text();
    forge(3, changed(payload, time, "2001-01-01T00:00:00.000000Z"));
    expect(test, 3, "is before that of earlier entries");
  }
  SECTION("in another's name") {
    forge(3, changed(payload, "\"actor\":\"ana\"", "\"actor\":\"eve\""));
    expect(test, 3, "signed by 'eve' with the unknown key");
  }
  SECTION("a predicate that breaks its type's promise") {
    forge(3, changed(payload, "\"mlo_run\"", "\"mlo_ran\""));
    expect(test, 3, "predicate is not valid");
  }
  SECTION("moved to another place") {
    const auto other = attacker.payload(4);
    forge(3, other);
    expect(test, 3, "it was written as entry 4");
  }
  SECTION("views that still say what was") {
    forge(3, changed(payload, "nightly", "weekly!"));
    expect(test, 3, "table 'run'");
  }
}

TEST_CASE("an entry of another ledger does not pass in this one", "[verify][attack]") {
  TestLedger test;
  tell_a_story(test);
  const auto folder = test.temporary.path() / "other" / ".mlo";
  Ledger::create(folder, test.world);
  Ledger other(folder, test.world);
  for (int i = 2; i <= 4; ++i) other.append(statement_of(a_dataset(i)), {.command = "track"});
  const Attacker attacker{test};
  attacker.replace(4, other.envelope(4).value());
  attacker.sign_tree();
  expect(test, 4, "was written for the repository");
}

TEST_CASE("any changed byte of any envelope, leaf or node is found", "[verify][attack]") {
  TestLedger test;
  const auto count = tell_a_story(test);
  auto& database = test.ledger().database();
  std::mt19937 random(20261123);
  for (int round = 0; round < 60; ++round) {
    const auto number = static_cast<std::int64_t>(random() % static_cast<unsigned>(count));
    const auto original = test.ledger().envelope(number).value();
    auto envelope = original;
    envelope[random() % envelope.size()] ^= static_cast<char>(1 + random() % 127);
    if (envelope == original) continue;
    database.run("UPDATE entry SET envelope = ?2 WHERE number = ?1", number, envelope);
    INFO("round " << round << ", entry " << number << ": " << envelope);
    const auto verification = test.ledger().verify();
    REQUIRE_FALSE(verification.verified());
    REQUIRE(verification.problems.front().entry == number);
    database.run("UPDATE entry SET envelope = ?2 WHERE number = ?1", number, original);
  }
  CHECK(test.ledger().verify().verified());
}

TEST_CASE("twenty honest histories raise no alarm", "[verify]") {
  const unsigned seed = GENERATE(range(1U, 21U));
  INFO("seed " << seed);
  std::mt19937 random(seed);
  TestLedger test;
  std::int64_t models = 0;
  int made = 0;
  for (unsigned i = 0; i < 5 + random() % 20; ++i) {
    test.seconds += static_cast<std::int64_t>(random() % 400) - 100;
    test.variables["MLO_ACTOR"] = random() % 4 == 0 ? "bo" : "ana";
    test.open();
    ++made;
    switch (random() % 6) {
      case 0: test.append(statement_of(a_dataset(made))); break;
      case 1: test.append(a_run(made)); break;
      case 2: test.append(statement_of(a_model(++models))); break;
      case 3: test.append(statement_of(an_evidence(a_model(), random() % 2 == 0))); break;
      case 4:
        if (models > 0)
          test.append(statement_of(StageMove{.model = "tumour",
                                             .number = models,
                                             .digest = a_model(models).digest,
                                             .stage = "production",
                                             .rollback = random() % 3 == 0}));
        break;
      default:
        test.append(statement_of(Alert{.model = "tumour", .kind = "drift", .message = "\u2603"}));
    }
  }
  const auto verification = test.ledger().verify();
  INFO(text_of_problems(verification));
  CHECK(verification.verified());
}
