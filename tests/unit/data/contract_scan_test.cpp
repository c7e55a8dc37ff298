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
