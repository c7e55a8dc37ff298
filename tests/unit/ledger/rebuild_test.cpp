#include "mlo/ledger/rebuild.h"

#include "ledger/record_kind.h"
#include "unit/ledger/policy_fixture.h"

using namespace mlo;
using namespace mlo::ledger;

namespace {

/// All rows of all views and inner nodes, and the schema, as text.
std::string dump(Database& database) {
  std::string text;
  std::vector<std::string> tables(view_tables().begin(), view_tables().end());
  tables.emplace_back("node");
  for (const auto& table : tables) {
    std::string columns;
    for (const auto& name : database.all(
             "SELECT name FROM pragma_table_info(?1)",
             [](const Row& row) { return row.get<std::string>(0); }, table))
      columns += "||','||quote(" + name + ")";
    database.each("SELECT '" + table + "'" + columns + " FROM " + table + " ORDER BY 1", {},
                  [&](const Row& row) { text += row.get<std::string>(0) + "\n"; });
  }
  database.each("SELECT type || name || sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY 1",
                {}, [&](const Row& row) { text += row.get<std::string>(0) + "\n"; });
  return text;
}

}  // namespace

TEST_CASE("views are made again from entries alone, byte for byte", "[rebuild]") {
  Office office;
  office.meet({"bo", "cy"});
  tell_a_story(office);
  propose_policy(office.ledger(), a_policy(), "rules");
  const auto before = dump(office.ledger().database());
  const std::string damage = GENERATE(
      "SELECT 1", "DELETE FROM run", "UPDATE act SET actor = 'eve'", "DROP TABLE stage_move",
      "DROP TABLE repository", "DROP VIEW models", "DELETE FROM node",
      "INSERT INTO alert VALUES (2, 'tumour', zeroblob(32), 'drift', 'made up')",
      "CREATE TRIGGER watch AFTER INSERT ON act BEGIN SELECT 1; END",
      "CREATE TABLE mine (x); INSERT INTO mine VALUES (7)");
  INFO(damage);
  office.tamper(damage);
  office.opened.reset();
  const auto rebuilt = rebuild_views(office.folder);
  office.open();
  office.tamper("DROP TABLE IF EXISTS mine");
  CHECK(dump(office.ledger().database()) == before);
  CHECK(rebuilt.entries == office.ledger().size());
  const bool views_changed = damage.starts_with("DELETE") || damage.starts_with("UPDATE") ||
                             damage.starts_with("INSERT") || damage.starts_with("DROP TABLE");
  CHECK(rebuilt.changed.empty() == !views_changed);
  CHECK(office.ledger().verify().verified());
}

TEST_CASE("entries that are not those of the checkpoint give no views", "[rebuild][attack]") {
  Office office;
  tell_a_story(office);
  office.tamper(GENERATE("DELETE FROM entry WHERE number = 5", "DELETE FROM entry WHERE number > 8",
                         "UPDATE entry SET envelope = replace(envelope, 'a', 'b') WHERE number = 4",
                         "DELETE FROM checkpoint"));
  office.opened.reset();
  CHECK(Office::refusal([&] { rebuild_views(office.folder); }) == ErrorKind::integrity);
}

TEST_CASE("what other rooms and people keep in the database stays", "[rebuild]") {
  Office office;
  tell_a_story(office);
  office.tamper(
      "CREATE TABLE mine (x); INSERT INTO mine VALUES (7); CREATE VIEW v AS SELECT x FROM mine;"
      // A live run is durable before any entry tells it.
      "INSERT INTO live_tracked_run VALUES ('r1', 0, 'live', 'running', 1, NULL, '', 0, NULL);"
      "INSERT INTO run_param VALUES ('r1', 'seed', '7', NULL);"
      "INSERT INTO metric_series VALUES (1, 'r1', 'loss');"
      "INSERT INTO metric_point VALUES (1, 1, 1, 0.5, 0)");
  office.opened.reset();
  CHECK(rebuild_views(office.folder).changed.empty());
  office.open();
  CHECK(office.ledger().database().one(
            "SELECT x FROM v", [](const Row& row) { return row.get<std::int64_t>(0); }) == 7);
  for (const std::string table :
       {"live_tracked_run", "run_param", "metric_series", "metric_point"}) {
    CAPTURE(table);
    const auto live =
        table == "metric_series" || table == "metric_point"
            ? ""
            : " WHERE " + std::string(table == "run_param" ? "run" : "id") + " = 'r1'";
    CHECK(office.ledger().database().one("SELECT count(*) FROM " + table + live,
                                         [](const Row& row) { return row.get<std::int64_t>(0); }) ==
          1);
  }
}
