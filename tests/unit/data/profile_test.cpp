#include "mlo/data/profile.h"

#include <catch2/catch.hpp>

#include "unit/data/tables.h"

using namespace mlo;
using namespace mlo::data;

TEST_CASE("a profile counts, orders and summarises each column", "[profile]") {
  const Folder folder;
  const auto result =
      profile(folder.table("n,x,t,f\n1,0.5,b,true\n2,,a,true\n2,1.5,a,\n4,nan,,false\n"));
  CHECK(result.rows == 4);
  const auto& n = result.columns[0];
  CHECK(n.min == Json(1));
  CHECK(n.max == Json(4));
  CHECK(n.distinct == 3);
  CHECK(n.mean == 2.25);
  CHECK(n.quantiles.at("0.5") == 2);
  const auto& x = result.columns[1];
  CHECK(x.nulls == 2);  // NaN is missing too
  CHECK(x.mean == 1.0);
  const auto& t = result.columns[2];
  CHECK(t.nulls == 1);
  CHECK(t.min == Json("a"));
  CHECK(t.top == std::vector<std::pair<std::string, std::int64_t>>{{"a", 2}, {"b", 1}});
  CHECK(result.columns[3].top.front().second == 2);
  CHECK_FALSE(t.mean.has_value());
}

TEST_CASE("mean, deviation and quantiles are numpy's", "[profile]") {
  const Folder folder;
  std::string csv = "v\n";
  for (int i = 0; i < 60; ++i) csv += fmt::format("{}\n", (i * 7919 % 1009) / 100.0);
  const auto result = profile(folder.table(csv)).columns[0];
  // numpy 2: mean, std(ddof=1), quantile of ((i·7919) mod 1009) / 100, i < 60
  CHECK(*result.mean == Approx(4.978666666666667).epsilon(1e-15));
  CHECK(*result.std == Approx(2.9678083374240356).epsilon(1e-14));
  CHECK(result.quantiles.at("0.25") == 2.4299999999999997);
  CHECK(result.quantiles.at("0.5") == 5.005);
  CHECK(result.quantiles.at("0.75") == 7.3925);
}

TEST_CASE("integers beyond 2^53 keep every digit", "[profile]") {
  const Folder folder;
  const auto result =
      profile(folder.table("id\n9007199254740993\n9007199254740992\n-1\n")).columns[0];
  CHECK(result.max == Json(std::int64_t{9007199254740993}));
  CHECK(result.distinct == 3);
}

TEST_CASE("decimals and integers of any size are counted and ordered by all their digits",
          "[profile]") {
  const Folder folder;
  const auto table = Table::open(folder.parquet(
      "SELECT CAST('1234567890123456789012345678901' AS DECIMAL(38,0)) + i AS account, "
      "CAST(90071992547409.90 AS DECIMAL(18,2)) + i * CAST(0.01 AS DECIMAL(3,2)) AS price, "
      "CAST(18446744073709551600 AS UBIGINT) + i AS hash FROM range(9) r(i)",
      "account DECIMAL(38,0), price DECIMAL(18,2), hash UBIGINT"));
  const auto result = profile(table);
  const auto& account = result.columns[0];
  CHECK(account.type == ColumnType::integer);
  CHECK(account.distinct == 9);
  CHECK(account.min == Json("1234567890123456789012345678901"));
  CHECK(account.max == Json("1234567890123456789012345678909"));
  const auto& price = result.columns[1];
  CHECK(price.type == ColumnType::number);
  CHECK(price.distinct == 9);
  CHECK(price.max == Json("90071992547409.98"));
  CHECK(result.columns[2].distinct == 9);
  CHECK(result.columns[2].max == Json("18446744073709551608"));
}

TEST_CASE("a profile is recorded whatever its numbers are", "[profile]") {
  const Folder folder;
  const auto file =
      folder.write("t.jsonl", "{\"id\":1730000000000000009,\"x\":1e999}\n{\"id\":1,\"x\":-1.5}\n");
  const auto recorded =
      Json::parse(canonical(profile(Table::open(file, {.types = {{"x", ColumnType::number}}}))));
  const auto& columns = recorded["columns"].as_array();
  CHECK(columns[0]["max"] == Json("1730000000000000009"));
  CHECK(columns[0]["min"] == Json(1));
  CHECK(columns[1]["max"] == Json("Infinity"));
  CHECK(columns[1]["min"] == Json(-1.5));
}

TEST_CASE("columns without a value, and tables without a row, have a profile", "[profile]") {
  const Folder folder;
  const auto empty = profile(folder.table("a,b\n"));
  CHECK(empty.rows == 0);
  CHECK(empty.columns[0].min.is_null());
  const auto nulls = profile(folder.table("a,b\n1,\n2,\n")).columns[1];
  CHECK(nulls.nulls == 2);
  CHECK(nulls.distinct == 0);
}

TEST_CASE("a profile is the same to the byte for every thread count and run", "[profile]") {
  const Folder folder;
  std::string csv = "a,b,c,d\n";
  std::uint64_t state = 1;
  for (int i = 0; i < 5000; ++i) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    const auto part = static_cast<double>(state >> 11U);
    csv += fmt::format("{:.17g},{:.17g},{},k{}\n", part * 1e-9, 1e9 / (part + 1), state >> 50U,
                       state >> 60U);
  }
  const auto file = folder.write("t.csv", csv);
  const auto first = to_json(profile(Table::open(file, {.threads = 1}))).dump();
  for (const int threads : {1, 2, 2, 7, 7})
    CHECK(to_json(profile(Table::open(file, {.threads = threads}))).dump() == first);
}

TEST_CASE("a profile does not depend on the order of rows", "[profile]") {
  const Folder folder;
  const auto forth = folder.write("forth.csv", "x\n1e16\n1\n-1e16\n0.1\n0.3\n");
  const auto back = folder.write("back.csv", "x\n0.3\n0.1\n-1e16\n1\n1e16\n");
  CHECK(to_json(profile(Table::open(forth))).dump() == to_json(profile(Table::open(back))).dump());
  CHECK(*profile(Table::open(forth)).columns[0].mean == Approx(0.28).epsilon(1e-15));
}

TEST_CASE("lengths, histograms, duplicates and correlations are counted", "[profile]") {
  const Folder folder;
  const auto result = profile(folder.table(
      "a,b,t,day\n1,2,x,2026-01-01\n2,4,xyz,2026-01-02\n3,6,,2026-01-05\n4,9,\xC3\xA4\xC3\xB6,"
      "2026-01-05\n4,9,\xC3\xA4\xC3\xB6,2026-01-05\n"));
  CHECK(result.duplicate_rows == 1);
  const auto& a = result.columns[0];
  REQUIRE(a.histogram.size() == 20);
  CHECK(a.histogram.front() == 1);
  CHECK(a.histogram.back() == 2);
  CHECK(a.quantiles.at("0.95") == 4);
  const auto& text = result.columns[2];
  REQUIRE(text.lengths);
  CHECK(text.lengths->min == 1);
  CHECK(text.lengths->max == 3);
  CHECK(text.lengths->mean == 2);  // code points, not bytes
  CHECK(result.columns[3].histogram.back() == 3);
  REQUIRE(result.correlations);
  REQUIRE(result.correlations->size() == 1);
  // scipy 1.17: pearsonr([1, 2, 3, 4, 4], [2, 4, 6, 9, 9])
  CHECK(result.correlations->front().pearson == Approx(0.9953452036).epsilon(1e-10));
}

TEST_CASE("a table without a row, and one of texts alone, have no correlations", "[profile]") {
  const Folder folder;
  CHECK(profile(folder.table("a,b\n")).correlations->empty());
  CHECK(profile(folder.table("a,b\n")).duplicate_rows == 0);
  CHECK(profile(folder.table("a,b\n1,2\n1,3\n")).correlations->empty());  // a does not vary
}
