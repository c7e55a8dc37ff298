#include "data/source.h"

#include <chrono>
#include <cmath>
#include <thread>

#include <catch2/catch.hpp>

#include "data/engine.h"
#include "mlo/data/table.h"
#include "unit/data/tables.h"

using namespace mlo;
using namespace mlo::data;
using Catch::Matchers::Contains;
using Texts = std::vector<std::optional<std::string>>;

TEST_CASE("zstd text is read as the plain one, CSV and JSON lines", "[source]") {
  const Folder folder;
  Engine engine(1);
  const auto csv = folder.path() / "t.csv.zst";
  engine.run("COPY (SELECT 1 AS a, 'x,y' AS b) TO " + sql_text(csv.string()) +
             " (FORMAT csv, HEADER, COMPRESSION zstd)");
  CHECK(Table::open(csv).texts("b") == Texts{"x,y"});
  const auto json = folder.path() / "t.jsonl.zst";
  engine.run("COPY (SELECT 7 AS a) TO " + sql_text(json.string()) +
             " (FORMAT json, COMPRESSION zstd)");
  CHECK(Table::open(json).numbers("a") == std::vector{7.0});
  CHECK(Table::is_table(csv));
}

TEST_CASE("a pattern is one table of what it names, sorted", "[source]") {
  const Folder folder;
  folder.write("d/p2.csv", "x\n2\n");
  folder.write("d/p1.csv", "x\n1\n");
  folder.write("d/e/p3.csv", "x\n3\n");
  folder.write("d/.p4.csv", "x\n4\n");
  CHECK(Table::open(folder.path() / "d/p*.csv").numbers("x") == std::vector{1.0, 2.0});
  const auto deep = Table::open(folder.path() / "d/**/p*.csv");
  CHECK(deep.rows() == 3);
  CHECK(deep.reading().files == 3);
  const auto none = error_of([&] { Table::open(folder.path() / "d/z*.csv"); });
  CHECK(none.kind() == ErrorKind::not_found);
}

TEST_CASE("how a source is written is found out, stated, and can be said instead", "[source]") {
  const Folder folder;
  const auto sniffed = folder.table("a;b\n1;2\n");
  CHECK(sniffed.reading().delimiter == ';');
  CHECK(to_json(sniffed.reading()).dump() ==
        R"({"format":"csv","files":1,"delimiter":";","quote":"\"","header":true})");
  CHECK(folder.table("a;b,c\n1;2,3\n", {.delimiter = ','}).columns()[0].name == "a;b");
  CHECK(folder.table("a,b\n'x,y',2\n", {.quote = '\''}).texts("a") == Texts{"x,y"});
  const auto bare = folder.table("1,2\n3,4\n", {.header = false});
  CHECK(bare.numbers("column2") == std::vector{2.0, 4.0});
  const auto named = Table::open(folder.write("export.txt", "a\n1\n"), {.format = Format::csv});
  CHECK(named.numbers("a") == std::vector{1.0});
}

TEST_CASE("Arrow files are refused with a way out", "[source]") {
  const Folder folder;
  const auto error = error_of([&] { Table::open(folder.write("t.arrow", "ARROW1")); });
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK_THAT(error.message(), Contains("Arrow"));
  CHECK_THAT(error.hint(), Contains("parquet"));
}

TEST_CASE("content without a name gets an ending by its first bytes", "[source]") {
  CHECK(guess_ending("PAR1\x15") == "parquet");
  CHECK(guess_ending("\x1f\x8b\x08") == "csv.gz");
  CHECK(guess_ending("\x28\xb5\x2f\xfd") == "csv.zst");
  CHECK(guess_ending(" \n{\"a\": 1}") == "jsonl");
  CHECK(guess_ending("a,b\n") == "csv");
  CHECK(guess_ending("") == "csv");
}

TEST_CASE("what comes after the sample still decides a column's type", "[source]") {
  const Folder folder;
  const auto late = [&](const std::string& early, const std::string& last) {
    std::string csv = "a,b\n";
    for (int i = 0; i < 30000; ++i) csv += early + "," + std::to_string(i) + "\n";
    return folder.table(csv + last + ",1\n");
  };
  CHECK(late("1", "2.5").columns()[0].type == ColumnType::number);
  CHECK(late("1", "1e3").columns()[0].type == ColumnType::number);
  CHECK(late("1", "007").texts("a").back() == "007");
  CHECK(late("1.5", "-07").columns()[0].type == folder.table("a\n1.5\n-07\n").columns()[0].type);
  CHECK(late("1.5", "007").columns()[0].type == folder.table("a\n1.5\n007\n").columns()[0].type);
  CHECK(late("1", "many").columns()[0].type == ColumnType::text);
  CHECK(late("1.5", "many").columns()[0].type == ColumnType::text);
  CHECK(late("", "7").columns()[0].type == ColumnType::integer);
  CHECK(late("", "7.5").columns()[0].type == ColumnType::number);
  const auto time = late("2026-01-02", "2026-01-02 10:00:00");
  CHECK(time.columns()[0].type == ColumnType::timestamp);
  CHECK(std::fmod(time.numbers("a").back(), 86400) == 36000);
  CHECK(late("true", "perhaps").columns()[0].type == ColumnType::text);
  CHECK(late("true", "false").columns()[0].type == ColumnType::boolean);
  CHECK(late("9007199254740993", "-1").texts("a").front() == "9007199254740993");
}

TEST_CASE("a statement ends when it is stopped, or took too long", "[engine]") {
  Engine engine(2);
  engine.lock();
  engine.limit(std::chrono::milliseconds(50));
  constexpr auto kForever = "SELECT count(*) FROM range(1000000000) a, range(1000000) b";
  const auto late = error_of([&] { engine.run(kForever); });
  CHECK(late.kind() == ErrorKind::unavailable);
  CHECK_THAT(late.message(), Contains("longer than 0.05 s"));
  std::stop_source stop;
  engine.limit({});
  engine.stop_on(stop.get_token());
  const std::jthread impatient([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    stop.request_stop();
  });
  CHECK(error_of([&] { engine.run(kForever); }).kind() == ErrorKind::interrupted);
  CHECK(error_of([&] { engine.run("SELECT 1"); }).kind() == ErrorKind::interrupted);
}

TEST_CASE("tables beyond the memory limit go to a folder that vanishes", "[engine]") {
  const Folder folder;
  {
    Engine engine(1, folder.path());
    engine.run("SET memory_limit = '40MB'");
    engine.run("CREATE TABLE t AS SELECT random() AS x, random() AS y FROM range(4000000)");
    CHECK(engine.counts("SELECT count(DISTINCT x) FROM t").at(0).at(0) > 3900000);
    CHECK_FALSE(std::filesystem::is_empty(folder.path()));
  }
  CHECK(std::filesystem::is_empty(folder.path()));
}
