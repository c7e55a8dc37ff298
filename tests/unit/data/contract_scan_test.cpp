#include <catch2/catch.hpp>

#include "mlo/data/contract.h"
#include "unit/data/tables.h"

using namespace mlo;
using namespace mlo::data;

namespace {

constexpr auto kAtMostOneMissing = R"(apiVersion: v3.1.0
kind: DataContract
id: orders
version: 1.0.0
status: active
schema:
  - name: orders
    properties:
      - {name: id, logicalType: integer}
      - name: amount
        logicalType: number
        quality:
          - {metric: nullValues, mustBeLessThan: 2}
)";

}  // namespace

TEST_CASE("NaN in a CSV is a missing value, though only a file that has one is read twice",
          "[contract]") {
  const Folder folder;
  const auto contract = parse_contract(kAtMostOneMissing, "orders.yaml");
  const auto missing = [&](const std::string& first, const std::string& second) {
    const auto file =
        folder.write("orders.csv", "id,amount\n1," + first + "\n2,7.5\n3," + second + "\n");
    const auto results = check_file(contract, file, "orders", {.now = {}});
    CHECK(passed(results) == (results.back().value.as_integer() < 2));
    return results.back().value.as_integer();
  };
  CHECK(missing("1", "2") == 0);
  CHECK(missing("1", "NaN") == 1);
  CHECK(missing("", "nan") == 2);
  CHECK(missing("-nan", "NaN") == 2);
}

TEST_CASE("patterns that differ in case alone are two, in one pass and row by row", "[contract]") {
  const Folder folder;
  const Contract contract{
      .name = "t",
      .columns = {{.name = "low", .type = ColumnType::text, .pattern = "[a-z]+"},
                  {.name = "high", .type = ColumnType::text, .pattern = "[A-Z]+"},
                  {.name = "again", .type = ColumnType::text, .pattern = "[a-z]+"},
                  {.name = "either", .type = ColumnType::text, .pattern = "a|B"}}};
  const auto failing = [&](const std::string& rows) {
    const auto file = folder.write("t.csv", "low,high,again,either\n" + rows);
    std::vector<std::int64_t> counts;
    for (const auto& result : check_file(contract, file, "t", {.now = {}}))
      if (result.name.ends_with(": pattern")) counts.push_back(*result.failing_rows);
    return counts;
  };
  CHECK(failing("a,A,a,a\n,,,\nb,B,z,B\n") == std::vector<std::int64_t>{0, 0, 0, 0});
  CHECK(failing("a,A,a,a\n,,,\nB,b,Z,b\n") == std::vector<std::int64_t>{1, 1, 1, 1});
}
