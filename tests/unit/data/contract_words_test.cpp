#include <catch2/catch.hpp>

#include "mlo/data/contract.h"
#include "unit/data/orders.h"

// How rules call their table, and what is told of the rows that break them.

using namespace mlo;
using namespace mlo::data;

TEST_CASE("a query knows the table as t, also beside a WITH of its own", "[contract]") {
  const Orders orders;
  const auto figure = [&](const std::string& query) {
    return orders
        .rule(quality("{name: q, type: sql, query: \"" + query + "\", mustBeGreaterThan: 0}"), "q")
        .value;
  };
  CHECK(figure("SELECT count(*) FROM t WHERE amount < 25") == Json(2));
  CHECK(figure("WITH few AS (SELECT * FROM t WHERE amount < 15) SELECT count(*) FROM few") ==
        Json(1));
  CHECK(figure("SELECT count(*) FROM orders -- all of them") == Json(5));
  CHECK(orders
            .rule(expression("amount <= (SELECT max(amount) FROM t)"),
                  "amount <= (SELECT max(amount) FROM t)")
            .passed);
}

TEST_CASE("a failed rule tells the lines in its message, and what stands there beside it",
          "[contract]") {
  const Orders orders;
  const auto invalid = orders.rule(
      "", "amount: invalid values",
      amount_quality("{metric: invalidValues, arguments: {validValues: [10, 20]}, mustBe: 0, "
                     "businessImpact: two prices}"));
  CHECK(invalid.message == "2 rows: lines 4, 5; because: two prices");
  CHECK(invalid.found == std::vector<std::string>{"30.0", "40.0"});
  const auto pair = orders.rule(
      quality("{metric: duplicateValues, arguments: {properties: [customer, store]}, mustBe: 0}"),
      "customer, store: duplicates");
  CHECK(pair.message == "1 row: line 6");
  CHECK(pair.found == std::vector<std::string>{"a, south"});
}
