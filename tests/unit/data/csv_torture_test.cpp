#include <ctime>

#include <catch2/catch.hpp>

#include "mlo/data/contract.h"
#include "mlo/data/profile.h"
#include "mlo/data/table.h"
#include "unit/data/tables.h"

// What CSV files do to those who read them: each is read right, or refused with line and column.

using namespace mlo;
using namespace mlo::data;
using Catch::Matchers::Contains;
using Texts = std::vector<std::optional<std::string>>;

TEST_CASE("line ends of every kind end a record, also inside quotes where they belong to the field",
          "[torture]") {
  const Folder folder;
  const std::string end = GENERATE(as<std::string>{}, "\n", "\r\n");
  const auto table =
      folder.table("a,b" + end + "1,\"x" + end + "y\"" + end + "2,\"\"\"q\"\", z\"" + end);
  CHECK(table.numbers("a") == std::vector{1.0, 2.0});
  CHECK(table.texts("b") == Texts{"x" + end + "y", "\"q\", z"});
}

TEST_CASE("a byte order mark belongs to nobody", "[torture]") {
  const Folder folder;
  CHECK(folder.table("\xEF\xBB\xBF\"a\",b\n1,2\n").columns()[0].name == "a");
}

TEST_CASE("what breaks in the middle of a long file is told with its line", "[torture]") {
  const Folder folder;
  std::string good = "a,b\n";
  for (int i = 0; i < 40000; ++i) good += std::to_string(i) + ",x\n";
  const auto [bad, what] = GENERATE(table<std::string, std::string>({
      {"1,2,3\n", "3 columns where the header has 2"},
      {"1\n", "1 columns where the header has 2"},
      {"1,caf\xE9\n", "column 2 is not UTF-8"},
      {"1,\"x\"y\n", "column 2 goes on after its closing quote"},
      {"1,\"open\n", "column 2 opens a quote that never closes"},
  }));
  const auto error = error_of([&] { folder.table(good + bad + "7,x\n8,y\n"); });
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK_THAT(error.message(), Contains("table.csv:40002: ") && Contains(what));
}

TEST_CASE("other encodings are refused with the way to convert them", "[torture]") {
  const Folder folder;
  const std::string wide(
      "\xFF\xFE"
      "a\0,\0b\0\n\0"
      "1\0,\0"
      "2\0\n\0",
      18);
  const auto utf16 = error_of([&] { folder.table(wide); });
  CHECK(utf16.kind() == ErrorKind::bad_input);
  CHECK_THAT(utf16.hint(), Contains("iconv -f UTF-16"));
  const auto header = error_of([&] { folder.table("caf\xE9,b\n1,2\n"); });
  CHECK(header.kind() == ErrorKind::bad_input);
  CHECK_THAT(header.message(), Contains("table.csv:1: column 1"));
}

TEST_CASE("numbers in text stay what they are", "[torture]") {
  const Folder folder;
  const auto table = folder.table("a,b,c,d\n007,1_000,1.0,\"1,5\"\n08,2,-0,\"2\"\n");
  CHECK(table.texts("a") == Texts{"007", "08"});  // a code, not the number 7
  CHECK(table.columns()[3].type == ColumnType::text);
  CHECK(table.texts("d") == Texts{"1,5", "2"});
  const auto mixed = folder.table("a\n1\n2.5\ntwo\n2026-01-01\n\"\"\n");
  CHECK(mixed.columns()[0].type == ColumnType::text);
  CHECK(mixed.texts("a")[3] == "2026-01-01");
}

TEST_CASE("ten thousand columns are read and profiled", "[torture]") {
  const Folder folder;
  std::string header = "c0";
  std::string row = "0";
  for (int i = 1; i < 10000; ++i) {
    header += ",c" + std::to_string(i);
    row += "," + std::to_string(i);
  }
  const auto table = folder.table(header + "\n" + row + "\n" + row + "\n");
  CHECK(table.columns().size() == 10000);
  CHECK(table.numbers("c9999") == std::vector{9999.0, 9999.0});
  const auto profiled = profile(table);
  CHECK(profiled.columns[9999].max == Json(9999));
  CHECK(profiled.columns[123].distinct == 1);
  CHECK(profiled.duplicate_rows == 1);
}

namespace {

/// CPU seconds for a column of a table of fractions that is read, profiled and held against the
/// contract inferred from it, with a row that breaks it.
double seconds_a_column(int columns) {
  const Folder folder;
  std::string header = "c0";
  std::string row = "0.25";
  for (int i = 1; i < columns; ++i) {
    header += ",c" + std::to_string(i);
    row += "," + std::to_string(i) + ".25";
  }
  const auto begin = std::clock();
  const auto file = folder.write("wide.csv", header + "\n" + row + "\n" + row + "\n");
  const auto contract = infer_contract(profile(Table::open(file)), "wide");
  const auto worse = folder.write("worse.csv", header + "\n" + row + "\n-1e9" + row + "\n");
  const auto results = check_file(contract, worse, "wide", {});
  CHECK_FALSE(passed(results));
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC / columns;
}

}  // namespace

TEST_CASE("a column of thousands takes no longer than one of hundreds", "[torture]") {
  CHECK(seconds_a_column(4000) < 4 * seconds_a_column(400));
}

TEST_CASE("a cell of a megabyte, quoted or not, is one value", "[torture]") {
  const Folder folder;
  std::string lines;
  while (lines.size() < 1000000) lines += "line, and\n";
  const auto table = folder.table("a,b\n1,\"" + lines + "\"\n2,x\n");
  CHECK(table.texts("b") == Texts{lines, "x"});
  CHECK(profile(table).columns[1].lengths->max == static_cast<std::int64_t>(lines.size()));
}

TEST_CASE("nothing, blank lines, and a header alone are told apart", "[torture]") {
  const Folder folder;
  CHECK_THAT(error_of([&] { folder.table(""); }).message(), Contains("not even a header"));
  CHECK_THAT(error_of([&] { folder.table("\n\r\n\n"); }).message(), Contains("not even a header"));
  CHECK(profile(folder.table("a,b\r\n")).rows == 0);
  CHECK(folder.table("a\n").columns().size() == 1);
}

TEST_CASE("a NUL byte and a lone carriage return do no harm", "[torture]") {
  const Folder folder;
  for (const auto& text : {std::string("a,b\n1,x\0y\n", 10), std::string("a,b\r1,2\r3,4\r")}) {
    try {
      CHECK(folder.table(text).columns().size() == 2);
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::bad_input);
    }
  }
}
