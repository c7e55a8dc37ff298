#include "mlo/data/table.h"

#include <cmath>

#include <catch2/catch.hpp>

#include "data/engine.h"
#include "unit/data/ear.h"
#include "unit/data/tables.h"

using namespace mlo;
using namespace mlo::data;
using Catch::Matchers::Contains;
using Texts = std::vector<std::optional<std::string>>;

TEST_CASE("a CSV file has its types, rows and values in order", "[table]") {
  const Folder folder;
  const auto table = folder.table(
      "count,size,name,flag,day,at\n"
      "1,1.5,ann,true,2026-01-02,2026-01-02 03:04:05\n"
      "2,,bo,false,2026-01-03,2026-01-02 03:04:06.5\n");
  REQUIRE(table.columns().size() == 6);
  CHECK(table.rows() == 2);
  const std::vector<ColumnType> types = {ColumnType::integer, ColumnType::number,
                                         ColumnType::text,    ColumnType::boolean,
                                         ColumnType::date,    ColumnType::timestamp};
  for (std::size_t i = 0; i < types.size(); ++i) CHECK(table.columns()[i].type == types[i]);
  CHECK(table.numbers("count") == std::vector{1.0, 2.0});
  CHECK(std::isnan(table.numbers("size")[1]));
  CHECK(table.numbers("flag") == std::vector{1.0, 0.0});
  CHECK(table.numbers("at")[1] == 1767323046.5);
  CHECK(table.texts("size") == Texts{"1.5", std::nullopt});
  CHECK(table.texts("name") == Texts{"ann", "bo"});
  CHECK(table.find("nope") == nullptr);
}

TEST_CASE("quotes, line ends inside quotes, CRLF and a byte order mark are read", "[table]") {
  const Folder folder;
  const auto table = folder.table(
      "\xEF\xBB\xBF"
      "a,b\r\n1,\"x\r\ny\"\r\n2,\"say \"\"hi\"\", ok\"\r\n");
  CHECK(table.columns()[0].name == "a");
  CHECK(table.texts("b") == Texts{"x\r\ny", "say \"hi\", ok"});
}

TEST_CASE("the delimiter is found, and a TSV has tabs", "[table]") {
  const Folder folder;
  CHECK(folder.table("a;b\n1,5;2\n2,5;3\n").texts("a") == Texts{"1,5", "2,5"});
  CHECK(folder.table("a|b\n1|2\n").numbers("b") == std::vector{2.0});
  const auto table = Table::open(folder.write("t.tsv", "a,x\tb\n1\t2\n"));
  CHECK(table.numbers("a,x") == std::vector{1.0});
}

TEST_CASE("the first row is the header even when every column is text", "[table]") {
  const Folder folder;
  const auto table = folder.table("name,city\nann,bern\n");
  CHECK(table.rows() == 1);
  CHECK(table.texts("city") == Texts{"bern"});
}

TEST_CASE("only true and false are boolean; yes and no, t and f stay text", "[table]") {
  const Folder folder;
  const auto table = folder.table("a,b,c,d\nTrue,yes,t,\nfalse,no,f,\n,,,\n");
  CHECK(table.columns()[0].type == ColumnType::boolean);
  CHECK(table.texts("a") == Texts{"true", "false", std::nullopt});
  CHECK(table.texts("b") == Texts{"yes", "no", std::nullopt});
  CHECK(table.texts("c") == Texts{"t", "f", std::nullopt});
  CHECK(table.columns()[3].type == ColumnType::text);
}

TEST_CASE("a late fraction makes a column of integers numbers, without rounding", "[table]") {
  const Folder folder;
  std::string csv = "a\n";
  for (int i = 0; i < 30000; ++i) csv += std::to_string(i) + "\n";
  const auto table = folder.table(csv + "3.5\n");
  CHECK(table.find("a")->type == ColumnType::number);
  CHECK(table.numbers("a").back() == 3.5);
}

TEST_CASE("a late word makes a column of numbers text", "[table]") {
  const Folder folder;
  std::string csv = "a\n";
  for (int i = 0; i < 30000; ++i) csv += "1\n";
  const auto table = folder.table(csv + "unknown\n");
  CHECK(table.find("a")->type == ColumnType::text);
  CHECK_THAT(error_of([&] { (void)table.numbers("a"); }).message(),
             Contains("row 30001") && Contains("'unknown'"));
}

TEST_CASE("names that differ only in case are two columns, and odd names are just names",
          "[table]") {
  const Folder folder;
  const auto table = folder.table("x,X,\"a \"\"b\"\"; drop table t\",\n1,2,3,4\n");
  CHECK(table.numbers("x") == std::vector{1.0});
  CHECK(table.numbers("X") == std::vector{2.0});
  CHECK(table.numbers("a \"b\"; drop table t") == std::vector{3.0});
  CHECK(table.numbers("column4") == std::vector{4.0});
}

TEST_CASE("a header alone is a table without rows", "[table]") {
  const Folder folder;
  const auto table = folder.table("a,b\n");
  CHECK(table.rows() == 0);
  CHECK(table.columns().size() == 2);
  CHECK(folder.table("a,b").rows() == 0);
}

TEST_CASE("malformed CSV is told with file and line", "[table]") {
  const Folder folder;
  const auto [csv, line, what] = GENERATE(table<std::string, std::string, std::string>({
      {"a,b,c\n1,2,3\n4,5\n6,7,8\n", ":3: ", "2 columns where the header has 3"},
      {"a,b\n1,2\n3,4,5\n", ":3: ", "3 columns where the header has 2"},
      {"a,b\n\"x\ny\",1\n2,\"open\n", ":4: ", "column 2 opens a quote"},
      {"a,b\n1,2\n1,caf\xE9\n", ":3: ", "column 2 is not UTF-8"},
      {"a,b\n1,\"x\"y\n", ":2: ", "column 2 goes on after its closing quote"},
      {"a,b,a\n1,2,3\n", ":1: ", "column 3 'a' has the name of an earlier one"},
  }));
  const auto error = error_of([&] { folder.table(csv); });
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK_THAT(error.message(), Contains("table.csv" + line) && Contains(what));
  CHECK_FALSE(error.hint().empty());
}

TEST_CASE("a header that names too few columns is what is wrong, not its rows", "[table]") {
  const Folder folder;
  // As scikit-learn ships its data, and R writes tables with row names.
  const auto short_header = error_of([&] { folder.table("150,4,setosa\n5,1,0,1\n5,2,0,1\n"); });
  CHECK_THAT(short_header.message(), Contains(":2: 4 columns where the header has 3"));
  CHECK_THAT(short_header.hint(), Contains("all rows have 4 columns"));
  const auto one_row = error_of([&] { folder.table("a,b\n1,2,3\n1,2\n"); });
  CHECK_THAT(one_row.hint(), Contains("put double quotes"));
}

TEST_CASE("what is no table is refused with a hint", "[table]") {
  const Folder folder;
  const auto empty = error_of([&] { folder.table(""); });
  CHECK(empty.kind() == ErrorKind::bad_input);
  CHECK_THAT(empty.message(), Contains("empty"));
  CHECK(error_of([&] { folder.table("\n\n"); }).kind() == ErrorKind::bad_input);
  CHECK(error_of([&] { Table::open(folder.path() / "no.csv"); }).kind() == ErrorKind::not_found);
  CHECK(error_of([&] { Table::open(folder.write("a.xlsx", "x")); }).kind() == ErrorKind::bad_input);
  CHECK(error_of([&] { Table::open(folder.write("a.parquet", "not parquet")); }).kind() ==
        ErrorKind::bad_input);
}

TEST_CASE("declared types are kept, and what does not fit them is told with its place", "[table]") {
  const Folder folder;
  const std::string csv = "zip,n\n007,1\n008,2.0\n";
  const auto table =
      folder.table(csv, {.types = {{"zip", ColumnType::text}, {"n", ColumnType::integer}}});
  CHECK(table.texts("zip") == Texts{"007", "008"});
  CHECK(table.find("n")->type == ColumnType::integer);
  const auto fraction = error_of([&] {
    folder.table("n\n1\n2.5\n", {.types = {{"n", ColumnType::integer}}});
  });
  CHECK_THAT(fraction.message(),
             Contains("row 2") && Contains("'2.5'") && Contains("not a whole number"));
  const auto word = error_of([&] {
    folder.table("a,n\n1,1\n2,two\n", {.types = {{"n", ColumnType::number}}});
  });
  CHECK_THAT(word.message(),
             Contains("table.csv:3: column 2 'n' holds 'two', which is not a number"));
}

TEST_CASE("only the wanted columns are kept, in their order", "[table]") {
  const Folder folder;
  const auto table = folder.table("a,b,c\n1,2,3\n", {.columns = {"c", "a"}});
  REQUIRE(table.columns().size() == 2);
  CHECK(table.columns()[0].name == "c");
  CHECK(table.numbers("c") == std::vector{3.0});
  const auto error = error_of([&] { folder.table("a\n1\n", {.columns = {"z"}}); });
  CHECK(error.kind() == ErrorKind::not_found);
}

TEST_CASE("JSON lines keep missing keys missing, and a broken line is named", "[table]") {
  const Folder folder;
  const auto table = Table::open(
      folder.write("t.jsonl", "{\"a\":1,\"A\":\"x\"}\n{\"a\":2.5,\"A\":null,\"l\":[1,2]}\n"));
  CHECK(table.numbers("a") == std::vector{1.0, 2.5});
  CHECK(table.find("l")->type == ColumnType::other);
  const auto error =
      error_of([&] { Table::open(folder.write("b.jsonl", "{\"a\":1}\n{\"a\":2\n{\"a\":3}\n")); });
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK_THAT(error.message(), Contains("b.jsonl:2"));
}

TEST_CASE("dates are written in one way in all files of a table", "[table]") {
  const Folder folder;
  folder.write("us/a.csv", "d,e\n01/13/2024,01/02/2024\n");
  folder.write("us/b.csv", "d,e\n02/01/2024,\n02/02/2024,03/04/2024\n");
  const auto table = Table::open(folder.path() / "us");
  CHECK(table.texts("d") == Texts{"2024-01-13", "2024-02-01", "2024-02-02"});
  // Of days below 13 the other column tells.
  CHECK(table.texts("e") == Texts{"2024-01-02", std::nullopt, "2024-03-04"});
  CHECK(to_json(table.reading())["dates"].dump() == R"({"d":"MM/dd/yyyy","e":"MM/dd/yyyy"})");
  folder.write("both/a.csv", "d\n01/13/2024\n");
  folder.write("both/b.csv", "d\n13/01/2024\n");
  CHECK(Table::open(folder.path() / "both").columns()[0].type == ColumnType::text);
  const auto years = folder.table("d\n13.2.24\n1.3.24\n");
  CHECK(years.texts("d")[1] == "2024-03-01");
  const auto iso = folder.table("d\n2024-01-02\n");
  CHECK(iso.reading().dates.empty());
}

TEST_CASE("words for a missing value are missing among numbers, dates and truths", "[table]") {
  const Folder folder;
  const auto csv =
      "i,x,d,f,country,code\n1,1.5,2024-01-02,TRUE,NA,007\nNA,#N/A,NULL,NA,DE,NA\n"
      "3,null,2024-02-03,FALSE,FR,008\n";
  const auto table = folder.table(csv);
  const auto type = [&](const char* name) { return table.find(name)->type; };
  CHECK(type("i") == ColumnType::integer);
  CHECK(type("x") == ColumnType::number);
  CHECK(type("d") == ColumnType::date);
  CHECK(type("f") == ColumnType::boolean);
  CHECK(type("country") == ColumnType::text);
  CHECK(type("code") == ColumnType::text);
  CHECK(table.texts("i") == Texts{"1", std::nullopt, "3"});
  CHECK(table.texts("f") == Texts{"true", std::nullopt, "false"});
  CHECK(table.texts("country")[0] == "NA");
  CHECK(to_json(table.reading())["missing"].dump() ==
        R"({"d":["NULL"],"f":["NA"],"i":["NA"],"x":["#N/A","null"]})");
  // As declared types they are read alike.
  const auto declared = folder.table(csv, {.types = {{"i", ColumnType::integer},
                                                     {"x", ColumnType::number},
                                                     {"d", ColumnType::date},
                                                     {"f", ColumnType::boolean},
                                                     {"country", ColumnType::text}}});
  for (const auto* name : {"i", "x", "d", "f", "country"})
    CHECK(declared.texts(name) == table.texts(name));
  CHECK(folder.table("a\nNA\nNA\n").columns()[0].type == ColumnType::text);
  CHECK(folder.table(csv, {.types = {{"i", ColumnType::text}}}).texts("i")[1] == "NA");
}

TEST_CASE("days that cannot be told from months are told, and a contract decides", "[table]") {
  const Folder folder;
  const auto file = folder.write("t.csv", "d,t\n02/01/2024,02/01/2024 10:00:00\n");
  Ear ear;
  const auto table = Table::open(file, {.progress = &ear});
  REQUIRE(ear.warnings.size() == 2);
  CHECK_THAT(ear.warnings[0], Contains("column 'd' are read as dd/MM/yyyy, MM/dd/yyyy would do"));
  CHECK(table.texts("d")[0] == "2024-01-02");
  Ear quiet;
  const auto us =
      Table::open(file, {.types = {{"d", ColumnType::date}, {"t", ColumnType::timestamp}},
                         .dates = {{"d", "MM/dd/yyyy"}, {"t", "MM/dd/yyyy HH:mm:ss"}},
                         .progress = &quiet});
  CHECK(quiet.warnings.empty());
  CHECK(us.texts("d")[0] == "2024-02-01");
  CHECK(us.texts("t")[0] == "2024-02-01 10:00:00");
  const auto error = error_of([&] {
    Table::open(folder.write("bad.csv", "d\n02/01/2024\n13/01/2024\n"),
                {.types = {{"d", ColumnType::date}}, .dates = {{"d", "MM/dd/yyyy"}}});
  });
  CHECK_THAT(error.message(), Contains("row 2: column 'd' holds '13/01/2024'"));
}

TEST_CASE("Parquet is read with its types", "[table]") {
  const Folder folder;
  const auto file = folder.path() / "t.parquet";
  Engine engine(1);
  engine.run(
      "COPY (SELECT i AS n, i / 2 AS \"N 2\", DATE '2026-01-01' AS d FROM range(3) r(i)) TO " +
      sql_text(file.string()) + " (FORMAT parquet)");
  const auto table = Table::open(file);
  CHECK(table.columns()[0].type == ColumnType::integer);
  CHECK(table.numbers("N 2") == std::vector{0.0, 0.5, 1.0});
  CHECK(table.find("d")->type == ColumnType::date);
}

TEST_CASE("a compressed CSV is read as the plain one", "[table]") {
  const Folder folder;
  const auto file = folder.path() / "t.csv.gz";
  Engine engine(1);
  engine.run("COPY (SELECT 1 AS a, 'x,y' AS b) TO " + sql_text(file.string()) +
             " (FORMAT csv, HEADER, COMPRESSION gzip)");
  const auto table = Table::open(file);
  CHECK(table.texts("b") == Texts{"x,y"});
  CHECK(Table::is_table(file));
}

TEST_CASE("malformed text inside a compressed file is told with its line", "[table]") {
  const Folder folder;
  const auto file = folder.path() / "t.csv.gz";
  Engine engine(1);
  engine.run("COPY (SELECT unnest(['a,b', '1,2', '3,4,5']) AS line) TO " + sql_text(file.string()) +
             " (FORMAT csv, HEADER false, DELIMITER '\x01', QUOTE '', COMPRESSION gzip)");
  CHECK_THAT(error_of([&] { Table::open(file); }).message(),
             Contains("t.csv.gz:3: 3 columns where the header has 2"));
}

TEST_CASE("a folder is one table of its files by name, hidden files left out", "[table]") {
  const Folder folder;
  folder.write("d/b-2.csv", "x,y\n2.5,b\n");
  folder.write("d/b-1.csv", "x,y\n1,a\n");
  folder.write("d/sub/b-3.csv", "x,y\n3,c\n");
  folder.write("d/.hidden.csv", "z\n1\n");
  folder.write("d/README.md", "not a table");
  const auto table = Table::open(folder.path() / "d");
  CHECK(table.numbers("x") == std::vector{1.0, 2.5, 3.0});
  CHECK(table.texts("y") == Texts{"a", "b", "c"});
  folder.write("d/c.csv", "x,z\n1,a\n");
  const auto error = error_of([&] { Table::open(folder.path() / "d"); });
  CHECK_THAT(error.message(), Contains("c.csv") && Contains("column 2 is 'z', not 'y'"));
  folder.write("d/c.csv", "x,y\n1,a\n");
  folder.write("d/t.tsv", "x\ty\n1\ta\n");
  CHECK_THAT(error_of([&] { Table::open(folder.path() / "d"); }).message(),
             Contains("mixes formats"));
}

TEST_CASE("a file name is never a pattern", "[table]") {
  const Folder folder;
  folder.write("a1.csv", "x\n2\n");
  CHECK(Table::open(folder.write("a[1].csv", "x\n1\n")).numbers("x") == std::vector{1.0});
  CHECK(Table::open(folder.write("it's *.csv", "x\n3\n")).numbers("x") == std::vector{3.0});
}

TEST_CASE("four thousand columns and a cell of a megabyte are read", "[table]") {
  const Folder folder;
  std::string header = "c0";
  std::string row = "0";
  for (int i = 1; i < 4000; ++i) {
    header += ",c" + std::to_string(i);
    row += "," + std::to_string(i);
  }
  const auto wide = folder.table(header + "\n" + row + "\n");
  CHECK(wide.numbers("c3999") == std::vector{3999.0});
  const std::string cell(1000000, 'x');
  CHECK(folder.table("a,b\n1," + cell + "\n").texts("b") == Texts{cell});
}

TEST_CASE("a locked engine reaches no file and no setting", "[table]") {
  const Folder folder;
  const auto file = folder.write("t.csv", "a\n1\n");
  Engine engine(1);
  engine.lock();
  CHECK(error_of([&] { engine.run("SELECT * FROM " + sql_text(file.string())); }).kind() !=
        ErrorKind::usage);
  CHECK(error_of([&] { engine.run("COPY (SELECT 1) TO '/tmp/x.csv'"); }).kind() ==
        ErrorKind::not_allowed);
  CHECK(error_of([&] { engine.run("SET enable_external_access = true"); }).kind() !=
        ErrorKind::usage);
  CHECK(error_of([&] { engine.run("ATTACH '/tmp/x.db'"); }).kind() == ErrorKind::not_allowed);
}
