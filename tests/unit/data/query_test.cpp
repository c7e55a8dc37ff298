#include "mlo/data/query.h"

#include <cstdint>
#include <thread>

#include <catch2/catch.hpp>

#include "unit/data/tables.h"

using namespace mlo;
using namespace mlo::data;
using Catch::Matchers::Contains;

TEST_CASE("a query sees its tables by their names and columns", "[query]") {
  const Folder folder;
  const auto people = folder.write("people.csv", "id,Plan,plan\n1,pro,x\n2,free,y\n3,pro,z\n");
  const auto sums =
      folder.write("sums.jsonl", "{\"id\":1,\"spent\":2.5}\n{\"id\":3,\"spent\":4}\n");
  const auto result = query(
      "SELECT Plan, plan_1, sum(spent) AS spent, count(*) > 0 AS any FROM people JOIN s USING (id) "
      "GROUP BY ALL ORDER BY plan_1;",
      {{"people", people}, {"s", sums}});
  REQUIRE(result.columns.size() == 4);
  CHECK(result.columns[2].type == "DOUBLE");
  REQUIRE(result.rows.size() == 2);
  CHECK(result.rows[0] == std::vector<Json>{"pro", "x", 2.5, true});
  CHECK(query("FROM t SELECT count(*)", {{"people", people}}).rows[0][0] == Json(3));
}

TEST_CASE("an answer has every digit, as text where a JSON number would lose some", "[query]") {
  const auto result = query(
      "SELECT 18446744073709551615::UBIGINT AS a, sum(i) AS b, 90071992547409.91::DECIMAL(18,2) "
      "AS c, 0.25::DECIMAL(3,2) AS d, 9223372036854775807 AS e, 'inf'::DOUBLE AS f, "
      "'nan'::DOUBLE AS g FROM (VALUES (9223372036854775807), (2)) r(i)",
      {});
  const auto& row = result.rows.at(0);
  CHECK(row[0] == Json("18446744073709551615"));
  CHECK(row[1] == Json("9223372036854775809"));
  CHECK(row[2] == Json("90071992547409.91"));
  CHECK(row[3] == Json(0.25));
  CHECK(row[4] == Json(INT64_MAX));
  CHECK(to_csv(result) ==
        "a,b,c,d,e,f,g\n18446744073709551615,9223372036854775809,90071992547409.91,0.25,"
        "9223372036854775807,inf,\n");
}

TEST_CASE("equal names in an answer are told apart; NULL is null, rows are counted off",
          "[query]") {
  const auto result =
      query("SELECT i AS a, NULL AS a, 'x\"y' AS b FROM range(5) r(i)", {}, {.max_rows = 2});
  CHECK(result.columns[1].name == "a_1");
  CHECK(result.truncated);
  CHECK(result.rows.size() == 2);
  CHECK(result.rows[1][1].is_null());
  CHECK(to_csv(result) == "a,a_1,b\n0,,\"x\"\"y\"\n1,,\"x\"\"y\"\n");
  CHECK(query("SELECT 1 -- one\n", {}).rows.size() == 1);
}

TEST_CASE("a query reaches no file, network, setting or extension, and changes nothing",
          "[query]") {
  const Folder folder;
  const auto table = folder.write("t.csv", "a\n1\n");
  const auto secret = folder.write("secret.csv", "a\n1\n").string();
  const auto out = (folder.path() / "out.csv").string();
  const std::string sql = GENERATE_COPY(
      as<std::string>{}, "SELECT * FROM '" + secret + "'",
      "SELECT * FROM read_csv('" + secret + "')", "SELECT * FROM read_text('" + secret + "')",
      "SELECT * FROM read_blob('" + secret + "')",
      "SELECT * FROM read_parquet('http://127.0.0.1:1/x.parquet')",
      "SELECT * FROM read_json('" + secret + "')", "SELECT * FROM glob('" + secret + "')",
      "COPY t TO '" + out + "'", "COPY (SELECT 1) TO '" + out + "'",
      "EXPORT DATABASE '" + out + "'", "ATTACH '" + out + "' AS other", "INSTALL httpfs",
      "LOAD '" + secret + "'", "LOAD json", "SET threads = 9", "PRAGMA threads = 9",
      "CREATE TABLE x AS SELECT 1", "DROP VIEW t", "INSERT INTO t VALUES (1)", "SELECT 1; SELECT 2",
      "SELECT 1) AS answer(p0); COPY t TO '" + out + "' --", "CALL pragma_version()", "SELEC 1", "",
      "-- nothing");
  const auto error = error_of([&] { query(sql, {{"t", table}}); });
  INFO(sql << " → " << error.message());
  CHECK((error.kind() == ErrorKind::not_allowed || error.kind() == ErrorKind::bad_input));
  CHECK_FALSE(std::filesystem::exists(out));
}

TEST_CASE("a query that would run for ever is ended, by the clock or by Ctrl-C", "[query]") {
  const std::string forever = GENERATE(
      as<std::string>{}, "SELECT count(*) FROM range(1000000000) a, range(1000000) b",
      "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r) SELECT count(*) FROM r");
  const auto late = error_of([&] { query(forever, {}, {.time = std::chrono::milliseconds(100)}); });
  CHECK(late.kind() == ErrorKind::unavailable);
  CHECK_THAT(late.message(), Contains("longer than 0.1 s"));
  std::stop_source stop;
  const std::jthread impatient([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    stop.request_stop();
  });
  CHECK(error_of([&] { query(forever, {}, {.stop = stop.get_token()}); }).kind() ==
        ErrorKind::interrupted);
}

TEST_CASE("a source has a name of its own, or its file's", "[query]") {
  CHECK(parse_named_source("c=data/x.csv").name == "c");
  CHECK(parse_named_source("c=data/x.csv").source == "data/x.csv");
  CHECK(parse_named_source("data/train-2026.csv.gz").name == "train_2026");
  CHECK(parse_named_source("data/train.csv@v3").name == "train");
  CHECK(parse_named_source("2026/").name == "t_2026");
  const Folder folder;
  const auto table = folder.write("t.csv", "a\n1\n");
  CHECK(error_of([&] {
          query("SELECT 1", {{"a", table}, {"A", table}});
        }).kind() == ErrorKind::usage);
}
