#include "data/statistics/hyperloglog.h"

#include <cmath>

#include <catch2/catch.hpp>

#include "data/statistics/random.h"
#include "mlo/data/contract.h"
#include "mlo/data/profile.h"
#include "unit/data/tables.h"

using namespace mlo;
using namespace mlo::data;

namespace {

HyperLogLog sketch_of(std::uint64_t first, std::uint64_t count) {
  HyperLogLog sketch;
  for (std::uint64_t i = first; i < first + count; ++i) sketch.add(Random(i).next());
  return sketch;
}

}  // namespace

TEST_CASE("a sketch estimates within its stated error from nothing to millions", "[hyperloglog]") {
  CHECK(HyperLogLog().estimate() == 0);
  const auto count = GENERATE(as<std::uint64_t>{}, 1, 10, 1000, 20000, 50000, 100000, 3000000);
  const auto wanted = static_cast<double>(count);
  CHECK(std::abs(sketch_of(0, count).estimate() - wanted) <=
        std::max(0.6, 3 * HyperLogLog::kRelativeError * wanted));
}

TEST_CASE("the errors of many sketches have the standard deviation that is promised",
          "[hyperloglog]") {
  constexpr int kSketches = 60;
  constexpr double kValues = 30000;
  double squares = 0;
  for (int i = 0; i < kSketches; ++i) {
    const double error =
        sketch_of(1'000'000U * static_cast<unsigned>(i + 1), 30000).estimate() / kValues - 1;
    squares += error * error;
  }
  const double deviation = std::sqrt(squares / kSketches);
  CHECK(deviation < 1.3 * HyperLogLog::kRelativeError);
  CHECK(deviation > 0.5 * HyperLogLog::kRelativeError);
}

TEST_CASE("merged sketches of parts are the sketch of the whole, in any order", "[hyperloglog]") {
  const auto whole = sketch_of(0, 9000);
  auto merged = sketch_of(6000, 3000);
  merged.merge(sketch_of(0, 4000));
  merged.merge(sketch_of(3000, 4000));  // overlaps: a value counts once
  CHECK(merged == whole);
  merged.merge(whole);
  CHECK(merged == whole);
}

TEST_CASE("a large column's distinct values are estimated, and the error is told", "[profile]") {
  const Folder folder;
  std::string csv = "id,kind,at\n";
  for (int i = 0; i < 60000; ++i) {
    csv += "k" + std::to_string(i * 7919 % 50000) + "," + (i % 3 == 0 ? "a" : "b");
    csv += i % 10 == 0 ? ",\n" : ",2026-01-" + std::to_string(10 + i % 20) + "\n";
  }
  const auto path = folder.write("table.csv", csv);
  const auto exact = profile(Table::open(path));
  const ProfileOptions options{.exact_rows = 1000, .exact_values = 2000};
  const auto estimated = profile(Table::open(path), options);
  const auto& id = estimated.columns[0];
  CHECK(exact.columns[0].distinct == 50000);
  CHECK_FALSE(exact.columns[0].distinct_error);
  REQUIRE(id.distinct_error);
  CHECK(*id.distinct_error == HyperLogLog::kRelativeError);
  CHECK(std::abs(static_cast<double>(id.distinct) - 50000) < 50000 * 4 * *id.distinct_error);
  CHECK(id.nulls == 0);
  CHECK(id.min == exact.columns[0].min);
  CHECK(id.max == exact.columns[0].max);
  CHECK(id.lengths->mean == exact.columns[0].lengths->mean);
  // Few values are counted one by one, however many rows have them.
  CHECK(to_json(estimated)["columns"].as_array()[1] == to_json(exact)["columns"].as_array()[1]);
  CHECK(to_json(estimated)["columns"].as_array()[2] == to_json(exact)["columns"].as_array()[2]);
  for (const int threads : {1, 2, 7})
    CHECK(to_json(profile(Table::open(path, {.threads = threads}), options)) == to_json(estimated));
}

TEST_CASE("the most frequent of many values are found, and only those that surely are",
          "[profile]") {
  const Folder folder;
  std::string csv = "w\n";
  for (int i = 0; i < 40000; ++i) {
    if (i % 4 == 0)
      csv += "often\n";
    else if (i % 40 == 1)
      csv += "sometimes\n";
    else
      csv += "w" + std::to_string(i) + "\n";
  }
  const auto profiled =
      profile(folder.table(csv), {.exact_rows = 1000, .exact_values = 2000}).columns[0];
  REQUIRE(profiled.top.size() >= 2);
  CHECK(profiled.top[0] == std::pair<std::string, std::int64_t>{"often", 10000});
  CHECK(profiled.top[1] == std::pair<std::string, std::int64_t>{"sometimes", 1000});
  for (const auto& [value, count] : profiled.top) CHECK(count > 1);
}

TEST_CASE("an estimated column is not proposed as unique", "[contract]") {
  const Folder folder;
  std::string csv = "id\n";
  for (int i = 0; i < 5000; ++i) csv += "u" + std::to_string(i) + "\n";
  const auto table = folder.table(csv);
  CHECK(infer_contract(profile(table), "t").columns[0].unique);
  const auto estimated = profile(table, {.exact_rows = 100, .exact_values = 100});
  CHECK_FALSE(infer_contract(estimated, "t").columns[0].unique);
}
