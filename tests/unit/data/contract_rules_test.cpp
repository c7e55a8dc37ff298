#include <algorithm>

#include <catch2/catch.hpp>

#include "mlo/data/contract.h"
#include "unit/data/orders.h"

using namespace mlo;
using namespace mlo::data;
using Catch::Matchers::Contains;

TEST_CASE("an expression over columns names the rows for which it is false", "[contract]") {
  const Orders orders;
  const auto result = orders.rule(expression("start <= \\\"end\\\""), "start <= \"end\"");
  CHECK_FALSE(result.passed);
  CHECK(result.value == Json(1));
  CHECK(result.failing_rows == 1);
  CHECK(result.sample == std::vector<std::int64_t>{4});
  CHECK(result.lines == std::vector<std::int64_t>{5});
}

TEST_CASE("an expression that is null for a row passes it, as in SQL's CHECK", "[contract]") {
  CHECK(Orders{}.rule(expression("amount > 0"), "amount > 0").passed);
}

TEST_CASE("a rule may hold for some rows only, and say whom to ask and why", "[contract]") {
  const auto result = Orders{}.rule(
      expression("amount < 35",
                 ", customProperties: [{property: where, value: \"store = 'south'\"}, "
                 "{property: owner, value: ann}, {property: reason, value: small shop}]"),
      "amount < 35 where store = 'south'");
  CHECK_FALSE(result.passed);
  CHECK(result.sample == std::vector<std::int64_t>{4});
  CHECK_THAT(result.message, Contains("because: small shop") && Contains("ask: ann"));
}

TEST_CASE("a rule by a column is judged for each of its values", "[contract]") {
  const auto result =
      Orders{}.rule(quality("{type: library, metric: rowCount, mustBeGreaterOrEqualTo: 3, "
                            "customProperties: [{property: by, value: store}]}"),
                    "rows: count by store");
  CHECK_FALSE(result.passed);
  CHECK(result.value == Json(1));
  CHECK(result.message == "1 of 2: north (2)");
}

TEST_CASE("metrics of the standard are counted with any of its operators", "[contract]") {
  const Orders orders;
  const auto few = orders.rule("", "amount: missing values",
                               amount_quality("{metric: nullValues, mustBeLessThan: 1}"));
  CHECK_FALSE(few.passed);
  CHECK(few.value == Json(1));
  CHECK(few.threshold == Json("< 1"));
  CHECK(few.sample == std::vector<std::int64_t>{5});
  CHECK(
      orders
          .rule("", "amount: invalid values",
                amount_quality("{metric: invalidValues, arguments: {validValues: [10, 20.0, 30]}, "
                               "unit: percent, mustBeBetween: [10, 20]}"))
          .passed);
  CHECK(orders
            .rule("", "amount: missing values",
                  amount_quality("{metric: missingValues, arguments: {missingValues: [null, 40]}, "
                                 "mustBe: 2}"))
            .passed);
  const auto pairs = orders.rule(
      quality("{metric: duplicateValues, arguments: {properties: [store, day]}, mustBe: 0}"),
      "store, day: duplicates");
  CHECK_FALSE(pairs.passed);
  CHECK(pairs.value == Json(1));
  CHECK(pairs.sample == std::vector<std::int64_t>{5});
}

TEST_CASE("a query's one figure is compared, and names the table and column by placeholders",
          "[contract]") {
  const Orders orders;
  const auto sum = orders.rule(
      "", "amount: query",
      amount_quality("{type: sql, query: \"SELECT sum(${column}) FROM ${table}\", mustBe: 100}"));
  CHECK(sum.passed);
  CHECK(orders
            .rule(quality("{name: most, type: sql, query: \"SELECT max(store) FROM orders\", "
                          "mustBe: south}"),
                  "most")
            .passed);
  const auto error = error_of([&] {
    static_cast<void>(orders.judge(contract_text(
        quality("{name: two, type: sql, query: \"SELECT id FROM orders\", mustBe: 1}"))));
  });
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK_THAT(error.message(), Contains("rule 'two'") && Contains("several rows"));
}

TEST_CASE("a figure beyond 64 bits is no zero", "[contract]") {
  const auto sum = [](const std::string& must) {
    return Orders{}.rule(
        quality("{type: sql, query: \"SELECT sum(9223372036854775807) FROM t\", " + must + "}"),
        "query");
  };
  const auto result = sum("mustBe: 0");
  CHECK_FALSE(result.passed);
  CHECK(result.value == Json(46116860184273879035.0));
  CHECK(sum("mustBeGreaterThan: 4.6e+19").passed);
}

TEST_CASE("whole numbers are compared by all their digits", "[contract]") {
  const Orders orders;
  const auto figure = [&](const std::string& must) {
    return orders
        .rule(quality("{type: sql, query: \"SELECT 1730000000000000009\", " + must + "}"), "query")
        .passed;
  };
  CHECK(figure("mustBe: 1730000000000000009"));
  CHECK_FALSE(figure("mustBe: 1730000000000000008"));
  CHECK_FALSE(figure("mustBeLessThan: 1730000000000000009"));
  CHECK(figure("mustBeBetween: [1730000000000000009, 1730000000000000010]"));
  CHECK_FALSE(figure("mustBeBetween: [1730000000000000001, 1730000000000000008]"));
}

TEST_CASE("statistics are bounded, and numbers keep their digits on any number of threads",
          "[contract]") {
  const Orders orders;
  const auto of = [&](const std::string& implementation, const std::string& name) {
    return orders.rule(
        "", "amount: " + name,
        amount_quality("{type: custom, engine: mlo, implementation: " + implementation + "}"));
  };
  CHECK(of("{statistic: mean, minimum: 25, maximum: 25}", "mean").passed);
  CHECK(of("{statistic: median, maximum: 25}", "median").passed);
  CHECK(of("{statistic: quantile, level: 0.25, minimum: 17.5}", "quantile 0.25").passed);
  CHECK(of("{statistic: distinct, minimum: 4}", "distinct").passed);
  const auto spread = of("{statistic: std, maximum: 12}", "std");
  CHECK_FALSE(spread.passed);
  CHECK(spread.value.as_number() == Approx(12.909944487358056).epsilon(1e-15));
}

TEST_CASE("an order is kept row after row, within groups where asked", "[contract]") {
  const Orders orders;
  const auto day = [&](const std::string& order, const std::string& by) {
    const auto text =
        contract_text("", "", "") +
        "        quality:\n          - {type: custom, engine: mlo, implementation: {order: " +
        order + "}, customProperties: [{property: by, value: " + by + "}]}\n";
    const auto at = text.find("      - {name: day, logicalType: date}\n");
    auto with = text;
    with.replace(at, 39, "      - name: day\n        logicalType: date\n");
    return orders.judge(with).back();
  };
  const auto south = day("increasing", "store");
  CHECK_FALSE(south.passed);
  CHECK(south.sample == std::vector<std::int64_t>{5});
  CHECK(day("strictly_increasing", "id").sample == std::vector<std::int64_t>{5});
  CHECK(day("increasing", "start").passed);
}

TEST_CASE("freshness is measured from the latest time to now", "[contract]") {
  const Orders orders;
  const auto agreed = [&](const std::string& hours) {
    return orders.rule("", "day: freshness", "",
                       "slaProperties:\n  - {property: freshness, value: " + hours +
                           ", unit: h, element: orders.day}\n");
  };
  CHECK(agreed("36").passed);
  CHECK(agreed("36").value == Json(129600.0));
  CHECK_FALSE(agreed("35").passed);
}

TEST_CASE("keys of another table are looked up, whatever its type", "[contract]") {
  const Orders orders;
  orders.folder.write("data/customers.csv", "name,number\na,1\nb,2\n,3\n");
  const auto relationship = [](const std::string& more) {
    return "    relationships:\n      - {from: customer, to: customers.name" + more + "}\n";
  };
  const auto found = orders.rule(
      relationship(", customProperties: [{property: source, value: data/customers.csv}]"),
      "customer: in customers.name");
  CHECK_FALSE(found.passed);
  CHECK(found.sample == std::vector<std::int64_t>{4});
  const auto nowhere =
      error_of([&] { static_cast<void>(orders.judge(contract_text(relationship("")))); });
  CHECK(nowhere.kind() == ErrorKind::not_found);
  CHECK_THAT(nowhere.hint(), Contains("--with customers=FILE"));
  auto elsewhere = kNoon;
  elsewhere.tables["customers"] = orders.folder.write("all.csv", "name\na\nb\nc\n");
  CHECK(passed(orders.judge(contract_text(relationship("")), elsewhere)));
  const auto outside = error_of([&] {
    static_cast<void>(orders.judge(contract_text(
        relationship(", customProperties: [{property: source, value: ../secret.csv}]"))));
  });
  CHECK(outside.kind() == ErrorKind::bad_input);
}

TEST_CASE("a key of several columns is required in each and unique as a whole", "[contract]") {
  auto text = contract_text("");
  for (const std::string name : {"id", "store"}) {
    const auto at = text.find("{name: " + name);
    text.insert(at + 1, "primaryKey: true, ");
  }
  const auto results = Orders{}.judge(text);
  const auto& key = results.back();
  CHECK(key.name == "id, store: primary key");
  CHECK_FALSE(key.passed);
  CHECK(key.sample == std::vector<std::int64_t>{5});
}

TEST_CASE("a contract of several tables is asked for the one that is meant", "[contract]") {
  const auto text = contract_text("") + R"(  - name: customers
    customProperties: [{property: source, value: data/customers.csv}]
    properties:
      - {name: name, logicalType: string}
)";
  CHECK(parse_contract(text, "c.yaml", {.name = "customers"}).columns.size() == 1);
  CHECK(parse_contract(text, "c.yaml", {.name = "orders"}).sources.at("customers") ==
        "data/customers.csv");
  const auto error = error_of([&] { parse_contract(text, "c.yaml", {.name = "stores"}); });
  CHECK(error.kind() == ErrorKind::not_found);
  CHECK_THAT(error.message(), Contains("orders, customers"));
}

TEST_CASE("bounds of a column may exclude their end, and text has lengths", "[contract]") {
  const Orders orders;
  const auto amount = [&](const std::string& option, const std::string& name) {
    return orders.rule("", "amount: " + name, "        logicalTypeOptions: {" + option + "}\n");
  };
  CHECK_FALSE(amount("exclusiveMinimum: 10", "exclusive minimum").passed);
  CHECK(amount("exclusiveMaximum: 40.5", "exclusive maximum").passed);
  CHECK_FALSE(amount("exclusiveMaximum: 40", "exclusive maximum").passed);
  CHECK(amount("multipleOf: 0.1", "multiple of").passed);
  CHECK_FALSE(amount("multipleOf: 20", "multiple of").passed);
  auto text = contract_text("");
  text.insert(text.find("{name: store") + 1, "logicalTypeOptions: {minLength: 5, maxLength: 5}, ");
  CHECK(passed(orders.judge(text)));
  text.replace(text.find("maxLength: 5"), 12, "maxLength: 5, pattern: \"[ns].*\"");
  CHECK(passed(orders.judge(text)));
}

TEST_CASE("a rule of a contract can read its table and nothing else, and ends in time",
          "[contract]") {
  const Orders orders;
  const auto secret = orders.folder.write("secret.csv", "word\nmagic\n").string();
  const auto refused = [&](const std::string& sql) {
    INFO(sql);
    const auto query = error_of([&] {
      static_cast<void>(orders.judge(
          contract_text(quality("{name: q, type: sql, query: \"" + sql + "\", mustBe: 1}"))));
    });
    CHECK(query.kind() != ErrorKind::usage);  // something was thrown
    CHECK_THAT(query.message(), Contains("rule 'q'"));
    CHECK_THAT(query.message(), !Contains("magic"));
  };
  refused("SELECT count(*) FROM read_csv('" + secret + "')");
  refused("SELECT count(*) FROM '" + secret + "'");
  refused("COPY orders TO '" + secret + ".out'");
  refused("ATTACH '" + secret + ".db' AS other");
  refused("INSTALL httpfs");
  refused("LOAD httpfs");
  refused("SET enable_external_access = true");
  refused("PRAGMA database_list");
  refused("DELETE FROM t");
  refused("CREATE TABLE x AS SELECT 1");
  refused("SELECT 1; DROP TABLE t");
  refused("EXPORT DATABASE '" + secret + "'");
  CHECK_FALSE(std::filesystem::exists(secret + ".out"));
  const auto escaped = error_of([&] {
    static_cast<void>(
        orders.judge(contract_text(expression("true) FROM mlo_rows; DROP TABLE t; SELECT (1"))));
  });
  CHECK(escaped.kind() != ErrorKind::usage);
  auto hurried = kNoon;
  hurried.time = std::chrono::milliseconds(200);
  const auto endless = error_of([&] {
    static_cast<void>(orders.judge(
        contract_text(quality("{name: q, type: sql, mustBe: 1, query: \"SELECT count(*) FROM "
                              "range(1000000000) a, range(1000000000) b\"}")),
        hurried));
  });
  CHECK(endless.kind() == ErrorKind::unavailable);
}

TEST_CASE("an expression that values cannot satisfy fails, one that is wrong is refused",
          "[contract]") {
  const Orders orders;
  const auto cast =
      orders.rule(expression("CAST(store AS INTEGER) > 1"), "CAST(store AS INTEGER) > 1");
  CHECK_FALSE(cast.passed);
  CHECK_THAT(cast.message, Contains("north"));
  const auto unknown =
      error_of([&] { static_cast<void>(orders.judge(contract_text(expression("amuont > 1")))); });
  CHECK(unknown.kind() == ErrorKind::bad_input);
  CHECK_THAT(unknown.message(), Contains("orders.yaml:9:9: rule 'amuont > 1'"));
  CHECK(unknown.hint() == "did you mean the column 'amount'?");
}

TEST_CASE("wrong rules are refused with their line", "[contract]") {
  const auto refused = [](const std::string& rule, const std::string& words) {
    INFO(rule);
    const auto error = error_of([&] { parse_contract(contract_text(quality(rule)), "o.yaml"); });
    CHECK(error.kind() == ErrorKind::bad_input);
    CHECK_THAT(error.message(), Contains("o.yaml:9") && Contains(words));
  };
  refused("{metric: rowCount}", "without an operator");
  refused("{metric: rowCount, mustBe: 1, mustNotBe: 2}", "second operator");
  refused("{metric: nullValues, mustBe: 0}", "of a table cannot be checked");
  refused("{metric: duplicateValues, mustBe: 0}", "no columns are named");
  refused("{type: custom, engine: soda, implementation: x}", "engine 'soda'");
  refused("{type: custom, engine: mlo, implementation: {order: up}}", "expression");
  refused("{metric: rowCount, mustBeBetween: [3, 1]}", "smaller and the larger");
  refused("{metric: rowCount, mustBe: 1, severity: loud}", "neither error nor warn");
  refused("{type: sql, mustBe: 1}", "'query' is missing");
}

TEST_CASE("a table that keeps its contract is judged in one pass as it is from memory",
          "[contract]") {
  const Orders orders;
  const auto text = contract_text(
      "    quality:\n"
      "      - {metric: rowCount, mustBe: 5}\n"
      "      - {type: custom, engine: mlo, implementation: {expression: start > 0}, "
      "customProperties: [{property: where, value: store = 'north'}]}\n",
      "        logicalTypeOptions: {minimum: 10, maximum: 40}\n"
      "        quality:\n"
      "          - {metric: nullValues, unit: percent, mustBeLessThan: 21, "
      "customProperties: [{property: where, value: id < 9}]}\n"
      "          - {type: custom, engine: mlo, implementation: {statistic: median, maximum: 25}}\n",
      "slaProperties:\n  - {property: freshness, value: 36, unit: h, element: orders.day}\n");
  const auto contract = parse_contract(text, "orders.yaml");
  const auto file = orders.folder.write("orders.csv", kOrders);
  const auto scanned = check_file(contract, file, "o", kNoon);
  const auto from_memory =
      check(contract, Table::open(file, {.types = contract.types()}), "o", kNoon);
  REQUIRE(scanned.size() == from_memory.size());
  for (std::size_t i = 0; i < scanned.size(); ++i) {
    INFO(scanned[i].name);
    CHECK(scanned[i].name == from_memory[i].name);
    CHECK(scanned[i].passed);
    CHECK(scanned[i].value == from_memory[i].value);
    CHECK(scanned[i].threshold == from_memory[i].threshold);
    CHECK(scanned[i].failing_rows == from_memory[i].failing_rows);
  }
}
