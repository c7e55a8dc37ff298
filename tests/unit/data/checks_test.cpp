#include "mlo/data/checks.h"

#include <catch2/catch.hpp>

#include "unit/data/tables.h"

using namespace mlo;
using namespace mlo::data;
using Catch::Matchers::Contains;

namespace {

const Timestamp kNoon = Timestamp::parse("2026-11-23T12:00:00Z");

std::vector<CheckResult> looked(const Table& table, const CheckSettings& settings,
                                const Table* other = nullptr,
                                const std::vector<TableOrigin>& origins = {}) {
  return run_check(
      {.table = table, .settings = settings, .other = other, .now = kNoon, .origins = origins},
      "t.csv");
}

/// A header and `count` lines made of their number from 1.
template <typename Line>
std::string csv(std::string text, int count, Line&& line) {
  for (int i = 1; i <= count; ++i) text += line(i) + "\n";
  return text;
}

}  // namespace

TEST_CASE("repeated rows are counted from their second time on", "[checks]") {
  const Folder folder;
  const auto table = folder.table("a,b\n1,x\n2,y\n1,x\n,\n,\n1,x\n");
  const auto result = looked(table, {.kind = "duplicates"}).at(0);
  CHECK_FALSE(result.passed);
  CHECK(result.failing_rows == 3);
  CHECK(result.sample == std::vector<std::int64_t>{3, 5, 6});
  CHECK(result.value == 0.5);
  CHECK(result.severity == "error");
  CHECK(looked(table, {.kind = "duplicates", .limit = 0.5}).at(0).passed);
}

TEST_CASE("a text cannot pretend to be two columns", "[checks]") {
  const Folder folder;
  const auto table = folder.table("a,b\n\"x=y\",z\nx,\"y=z\"\n-,\n,-\n");
  CHECK(looked(table, {.kind = "duplicates"}).at(0).passed);
}

TEST_CASE("near-duplicates differ in case, punctuation or the fifth figure", "[checks]") {
  const Folder folder;
  const auto table =
      folder.table("a,b\n1.00001,Hello World\n1.00002,hello-world!\n1.1,hello world\n");
  const auto result = looked(table, {.kind = "near_duplicates"}).at(0);
  CHECK(result.failing_rows == 1);
  CHECK(result.sample == std::vector<std::int64_t>{2});
  CHECK(result.severity == "warn");
}

TEST_CASE("leakage finds the rows of another table whatever their label", "[checks]") {
  const Folder folder;
  const auto train = Table::open(folder.write("train.csv", "x,y,label\n1,a,0\n2,b,1\n3,c,0\n"));
  const auto test = Table::open(folder.write("test.csv", "y,label,x\nb,0,2.0\nq,0,1.5\n"));
  const auto result =
      looked(train, {.kind = "leakage", .label = "label", .against = "test.csv"}, &test).at(0);
  CHECK_FALSE(result.passed);
  CHECK(result.failing_rows == 1);
  CHECK(result.sample == std::vector<std::int64_t>{2});
  CHECK(looked(test, {.kind = "leakage", .against = "train.csv"}, &train).at(0).passed);
  CHECK_THAT(error_of([&] { looked(train, {.kind = "leakage"}); }).hint(), Contains("against"));
}

TEST_CASE("equal features under two labels are conflicts", "[checks]") {
  const Folder folder;
  const auto table = folder.table("x,label\n1,a\n1,b\n2,a\n2,a\n3,\n3,a\n");
  const auto result = looked(table, {.kind = "label_conflicts", .label = "label"}).at(0);
  CHECK(result.failing_rows == 2);
  CHECK(result.sample == std::vector<std::int64_t>{1, 2});
  CHECK_THAT(error_of([&] { looked(table, {.kind = "label_conflicts"}); }).message(),
             Contains("label"));
  CHECK(error_of([&] { looked(table, {.kind = "label_conflicts", .label = "lable"}); }).kind() ==
        ErrorKind::not_found);
}

TEST_CASE("constant and identifier-like columns are named", "[checks]") {
  const Folder folder;
  const auto table = folder.table(
      csv("id,one,real,few\n", 40, [](int i) { return fmt::format("{},7,{}.5,{}", i, i, i % 3); }));
  CHECK(looked(table, {.kind = "constant_columns"}).at(0).message == "one");
  CHECK(looked(table, {.kind = "identifier_columns"}).at(0).message == "id");
  const auto small = folder.table("id,one\n1,7\n2,7\n");
  CHECK(looked(small, {.kind = "constant_columns"}).at(0).passed);
}

TEST_CASE("the rarest class has a least share", "[checks]") {
  const Folder folder;
  const auto table = folder.table(csv(
      "x,label\n", 100, [](int i) { return fmt::format("{},{}", i, i <= 3 ? "rare" : "many"); }));
  const auto result = looked(table, {.kind = "class_imbalance", .label = "label"}).at(0);
  CHECK_FALSE(result.passed);
  CHECK(result.value == 0.03);
  CHECK(looked(table, {.kind = "class_imbalance", .label = "label", .limit = 0.03}).at(0).passed);
  CHECK_FALSE(looked(folder.table("label\na\na\n"), {.kind = "class_imbalance", .label = "label"})
                  .at(0)
                  .passed);
}

TEST_CASE("times after now are from the future", "[checks]") {
  const Folder folder;
  const auto table = folder.table(
      "day,at\n2026-11-22,2026-11-23 11:59:59\n2026-11-23,2026-11-23 12:00:00\n"
      "2026-11-24,2026-11-23 12:00:01\n");
  const auto results = looked(table, {.kind = "future_times"});
  REQUIRE(results.size() == 2);
  for (const auto& result : results) {
    CHECK(result.failing_rows == 1);
    CHECK(result.sample == std::vector<std::int64_t>{3});
  }
}

TEST_CASE("mail, telephone and card numbers are personal data", "[checks]") {
  const Folder folder;
  const auto [text, what] = GENERATE(table<std::string, std::string>({
      {"write to ada.l@example.org now", "note: mail"},
      {"call +49 30 901820", "note: phone"},
      {"(415) 555-2671", "note: phone"},
      {"4111 1111 1111 1111", "note: card number"},  // a test number of the card schemes
      {"x 5500-0000-0000-0004", "note: card number"},
      {"4111 1111 1111 1112", ""},  // the check digit is wrong
      {"1234567890123", ""},
      {"version 1.2.3 of 2026-11-23", ""},
      {"user@localhost", ""},
  }));
  CAPTURE(text);
  const auto results = looked(Table::open(folder.write("n.csv", "note\nhello\n\"" + text + "\"\n"),
                                          {.types = {{"note", ColumnType::text}}}),
                              {.kind = "personal_data"});
  REQUIRE(results.size() == 1);
  CHECK(results[0].passed == what.empty());
  if (!what.empty()) {
    CHECK(results[0].name == what);
    CHECK(results[0].sample == std::vector<std::int64_t>{2});
    CHECK_THAT(results[0].message, !Contains(text));
  }
}

TEST_CASE("an unknown check is refused with the nearest name", "[checks]") {
  const auto error = error_of([] { table_check("duplicate"); });
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK_THAT(error.hint(), Contains("duplicates"));
}

TEST_CASE("every check takes a table without rows", "[checks]") {
  const Folder folder;
  const auto empty = folder.table("x,label\n");
  for (const auto& kind : table_checks().names()) {
    CAPTURE(kind);
    const auto results = looked(
        empty, {.kind = kind, .label = "label", .against = "same.csv"}, &empty,
        {{.content = folder.path() / "table.csv", .name = "version 1", .doubt = "unsigned"}});
    for (const auto& result : results) CHECK(result.failing_rows.value_or(0) == 0);
  }
}
