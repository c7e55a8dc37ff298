#include "mlo/data/contract.h"

#include <algorithm>

#include <catch2/catch.hpp>

#include "mlo/core/yaml.h"
#include "unit/data/tables.h"

using namespace mlo;
using namespace mlo::data;
using Catch::Matchers::Contains;

namespace {

const CheckSituation kNow{.now = {}};

constexpr auto kContract = R"(apiVersion: v3.1.0
kind: DataContract
id: people
version: 1.2.0
status: active
description: {purpose: who they are}
tags: [demo]
schema:
  - name: people
    quality:
      - {type: library, metric: rowCount, mustBeGreaterOrEqualTo: 2}
    properties:
      - name: id
        logicalType: integer
        required: true
        unique: true
      - name: age
        logicalType: number
        logicalTypeOptions: {minimum: 0, maximum: 120.5}
        quality:
          - {type: library, metric: nullValues, unit: percent, mustBeLessOrEqualTo: 25}
      - name: plan
        logicalType: string
        logicalTypeOptions: {pattern: "[a-z]+"}
        quality:
          - type: library
            metric: invalidValues
            arguments: {validValues: [free, paid]}
            mustBe: 0
        customProperties:
          - {property: severity, value: warn}
)";

const CheckResult& named(const std::vector<CheckResult>& results, std::string_view name) {
  const auto found = std::find_if(results.begin(), results.end(),
                                  [&](const auto& result) { return result.name == name; });
  REQUIRE(found != results.end());
  return *found;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("a contract is read as the standard writes it", "[contract]") {
  const auto contract = parse_contract(kContract, "people.yaml");
  CHECK(contract.id == "people");
  CHECK(contract.version == "1.2.0");
  CHECK(contract.min_rows == 2);
  REQUIRE(contract.columns.size() == 3);
  CHECK(contract.columns[0].unique);
  CHECK(contract.columns[1].maximum == 120.5);
  CHECK(contract.columns[1].max_null_share == 0.25);
  CHECK(contract.columns[2].values == std::vector<std::string>{"free", "paid"});
  CHECK(contract.columns[2].pattern == "[a-z]+");
  CHECK(contract.columns[2].severity == "warn");
  CHECK(contract.types().at("id") == ColumnType::integer);
}

TEST_CASE("a contract reads back as it was written", "[contract]") {
  const auto contract = parse_contract(kContract, "people.yaml");
  const auto text = format_contract(contract);
  CHECK(format_contract(parse_contract(text, "again.yaml")) == text);
  const auto document = Yaml::parse(text, "again.yaml");
  // What ODCS 3.1.0's JSON Schema requires at the top.
  for (const auto* key : {"apiVersion", "kind", "id", "version", "status", "schema"})
    CHECK(document.find(key) != nullptr);
}

TEST_CASE("a wrong contract is refused with its line", "[contract]") {
  const auto [from, to, place,
              what] = GENERATE(table<std::string, std::string, std::string, std::string>({
      {"unique: true", "uniqe: true", "people.yaml:16", "uniqe"},
      {"logicalType: number", "logicalType: float", "people.yaml:18", "float"},
      {"kind: DataContract", "kind: Contract", "people.yaml:2", "Contract"},
      {"maximum: 120.5", "maximum: -1", "people.yaml:19", "larger"},
      {"minimum: 0", "multipleOf: 0", "people.yaml:19", "multipleOf"},
      {"mustBeLessOrEqualTo: 25", "mustBeLessOrEqualTo: 125", "people.yaml:21", "percentage"},
      {"metric: rowCount", "metric: freshness", "people.yaml:11", "freshness"},
      {"type: library, metric: rowCount", "type: custom, engine: soda", "people.yaml:11", "soda"},
      {"value: warn", "value: loud", "people.yaml:31", "loud"},
      {"name: age", "name: id", "people.yaml:17", "twice"},
  }));
  const auto error =
      error_of([&] { parse_contract(replaced(kContract, from, to), "people.yaml"); });
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK_THAT(error.message(), Contains(place) && Contains(what));
}

TEST_CASE("every rule of a contract is one result, columns first", "[contract]") {
  const Folder folder;
  const auto contract = parse_contract(kContract, "people.yaml");
  const auto file =
      folder.write("good.csv", "id,age,plan\n1,30,free\n2,,paid\n3,40,free\n4,1,paid\n");
  const auto results = check_file(contract, file, "good.csv", kNow);
  CHECK(results[0].name == "columns: present");
  CHECK(results[1].name == "columns: expected");
  CHECK(results[2].name == "rows: minimum");
  CHECK(results.size() == 3 + 3 + 4 + 3);
  for (const auto& result : results) {
    CAPTURE(result.name, result.message);
    CHECK(result.passed);
    CHECK(result.target == "good.csv");
  }
  CHECK(named(results, "age: null share").value == Json(0.25));
  CHECK(named(results, "age: minimum").value == Json(1.0));
}

TEST_CASE("a broken rule tells figure, threshold and rows", "[contract]") {
  const Folder folder;
  const auto contract = parse_contract(kContract, "people.yaml");
  const auto results = check_file(
      contract,
      folder.write("bad.csv", "id,age,plan,more\n1,130,free,x\n1,-2,Gold,x\n,,free,x\n1,,paid,x\n"),
      "bad.csv", kNow);
  const auto& unique = named(results, "id: unique");
  CHECK_FALSE(unique.passed);
  CHECK(unique.failing_rows == 2);
  CHECK(unique.sample == std::vector<std::int64_t>{2, 4});
  CHECK(named(results, "id: required").sample == std::vector<std::int64_t>{3});
  const auto& maximum = named(results, "age: maximum");
  CHECK(maximum.value == Json(130.0));
  CHECK(maximum.threshold == Json(120.5));
  CHECK(maximum.failing_rows == 1);
  CHECK(named(results, "age: minimum").sample == std::vector<std::int64_t>{2});
  CHECK(named(results, "age: null share").value == Json(0.5));
  const auto& values = named(results, "plan: values");
  CHECK(values.sample == std::vector<std::int64_t>{2});
  CHECK(values.severity == "warn");
  CHECK_FALSE(named(results, "plan: pattern").passed);
  const auto& expected = named(results, "columns: expected");
  CHECK_FALSE(expected.passed);
  CHECK(expected.severity == "warn");
  CHECK_THAT(expected.message, Contains("more"));
}

TEST_CASE("text that does not fit its type is a failed check, not an exception", "[contract]") {
  const Folder folder;
  const auto contract = parse_contract(kContract, "people.yaml");
  const auto results = check_file(
      contract, folder.write("t.csv", "id,age,plan\n1,ten,free\n2.5,20,paid\n3.0,30,paid\n"), "t",
      kNow);
  const auto& age = named(results, "age: type");
  CHECK_FALSE(age.passed);
  CHECK(age.failing_rows == 1);
  CHECK(age.sample == std::vector<std::int64_t>{1});
  CHECK(named(results, "id: type").sample == std::vector<std::int64_t>{2});
  CHECK(named(results, "age: maximum").value == Json(30.0));
}

TEST_CASE("a missing column fails once, and a malformed file is thrown", "[contract]") {
  const Folder folder;
  const auto contract = parse_contract(kContract, "people.yaml");
  const auto results = check_file(contract, folder.write("t.csv", "id,age\n1,2\n2,3\n"), "t", kNow);
  CHECK_FALSE(results[0].passed);
  CHECK_THAT(results[0].message, Contains("plan"));
  CHECK(error_of([&] {
          check_file(contract, folder.write("r.csv", "id,age,plan\n1,2\n"), "r", kNow);
        }).kind() == ErrorKind::bad_input);
}

TEST_CASE("a pattern that is none is refused with its column", "[contract]") {
  const Folder folder;
  const Contract contract{.columns = {{.name = "w", .type = ColumnType::text, .pattern = "("}}};
  const auto error = error_of([&] { check(contract, folder.table("w\nx\n"), "t", kNow); });
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK_THAT(error.message(), Contains("column 'w'") && Contains("missing )"));
}

TEST_CASE("numbers listed as values are compared as numbers", "[contract]") {
  const Folder folder;
  const Contract contract{
      .columns = {{.name = "n", .type = ColumnType::number, .values = {"1", "2.50"}}}};
  const auto results = check(contract, folder.table("n\n1.0\n2.5\n3\n"), "t", kNow);
  CHECK(named(results, "n: values").sample == std::vector<std::int64_t>{3});
}

TEST_CASE("wide whole numbers are told apart by bounds, lists and keys", "[contract]") {
  const Folder folder;
  const auto file = folder.write("t.csv", "id\n1730000000000000001\n1730000000000000009\n");
  const auto failing = [&](const ColumnRule& rule, const char* what) {
    const Contract contract{.name = "t", .columns = {rule}};
    const auto again = parse_contract(format_contract(contract), "t.yaml");
    return named(check_file(again, file, "t", kNow), fmt::format("id: {}", what)).sample;
  };
  const std::int64_t limit = 1730000000000000008;
  const std::vector<std::int64_t> first = {1};
  const std::vector<std::int64_t> second = {2};
  CHECK(failing({.name = "id", .type = ColumnType::integer, .maximum = limit}, "maximum") ==
        second);
  CHECK(failing({.name = "id", .type = ColumnType::integer, .minimum = limit}, "minimum") == first);
  CHECK(failing({.name = "id", .type = ColumnType::integer, .values = {"1730000000000000009"}},
                "values") == first);
  folder.write("keys.csv", "id\n1730000000000000001\n1730000000000000008\n");
  Contract contract{.name = "t", .columns = {{.name = "id", .type = ColumnType::integer}}};
  contract.rules.push_back({.kind = QualityRule::Kind::reference,
                            .name = "known",
                            .column = "id",
                            .columns = {"id"},
                            .table = "keys",
                            .target_columns = {"id"},
                            .source = "keys.csv"});
  auto situation = kNow;
  situation.folder = folder.path();
  CHECK(named(check_file(contract, file, "t", situation), "known").sample == second);
}

TEST_CASE("a contract is inferred from numbers however far out, and reads back", "[contract]") {
  const Folder folder;
  const std::string text =
      GENERATE(as<std::string>{}, "1730000000000000001\n1730000000000000002\n1730000000000000009\n",
               "1e307\n1.7e308\n-3\n0.1\n", "-1.7e308\n1.7e308\n0\n", "5e-324\n1e-320\n0\n",
               "9223372036854775807\n9223372036854775806\n-9223372036854775808\n");
  const auto file = folder.write("t.csv", "x\n" + text);
  const auto written = format_contract(infer_contract(profile(Table::open(file)), "t"));
  CAPTURE(written);
  CHECK(passed(check_file(parse_contract(written, "t.yaml"), file, "t", kNow)));
  CHECK(written.find("null") == std::string::npos);
  const auto hashes =
      folder.parquet("SELECT 18446744073709551600 + i FROM range(9) r(i)", "x UBIGINT");
  const auto of_hashes = format_contract(infer_contract(profile(Table::open(hashes)), "t"));
  CAPTURE(of_hashes);
  CHECK(passed(check_file(parse_contract(of_hashes, "t.yaml"), hashes, "t", kNow)));
}

TEST_CASE("a contract says how dates are written, where the values told it", "[contract]") {
  const Folder folder;
  const auto told = folder.write("told.csv", "d\n01/31/2024\n01/02/2024\n");
  const auto contract = infer_contract(profile(Table::open(told)), "t");
  CHECK(contract.columns[0].format == "MM/dd/yyyy");
  const auto again = parse_contract(format_contract(contract), "t.yaml");
  CHECK(again.dates() == std::map<std::string, std::string>{{"d", "MM/dd/yyyy"}});
  CHECK(passed(check_file(again, folder.write("a.csv", "d\n02/13/2024\n02/01/2024\n"), "t", kNow)));
  CHECK_FALSE(passed(check_file(again, folder.write("b.csv", "d\n13/02/2024\n"), "t", kNow)));
  const auto open = folder.write("open.csv", "d\n01/02/2024\n");
  CHECK(infer_contract(profile(Table::open(open)), "t").columns[0].format.empty());
}

TEST_CASE("an inferred contract holds for its own data and leaves room", "[contract]") {
  const Folder folder;
  std::string csv = "id,size,flag,plan,delta,note\n";
  for (int i = 0; i < 40; ++i)
    csv +=
        fmt::format("{},{},{},{},{},{}\n", i + 1, 10 + i % 7, i % 2, i % 2 == 0 ? "free" : "paid",
                    (i - 20) / 8.0, i % 10 == 0 ? "" : fmt::format("text {}", i));
  const auto file = folder.write("t.csv", csv);
  const auto contract = infer_contract(profile(Table::open(file)), "people");
  const auto& id = contract.columns[0];
  CHECK(id.unique);
  CHECK(id.required);
  CHECK_FALSE(id.maximum.has_value());
  const auto& size = contract.columns[1];  // 10 … 16, quartiles 11 and 15: four on each side
  CHECK(size.minimum == 6);
  CHECK(size.maximum == 20);
  CHECK_FALSE(size.unique);
  CHECK(contract.columns[2].maximum == 1);
  CHECK(contract.columns[3].values == std::vector<std::string>{"free", "paid"});
  CHECK(contract.columns[4].minimum < -2.5);
  CHECK(contract.columns[5].max_null_share == 0.21);
  CHECK(contract.columns[5].values.empty());
  const auto parsed = parse_contract(format_contract(contract), "t.yaml");
  for (const auto& result : check_file(parsed, file, "t.csv", kNow)) {
    CAPTURE(result.name, result.message);
    CHECK(result.passed);
  }
}

TEST_CASE("bounds never cross zero when the data did not", "[contract]") {
  const Folder folder;
  const auto contract =
      infer_contract(profile(folder.table("a,b\n0.5,-0.5\n9.5,-9.5\n5,-5\n")), "t");
  CHECK(contract.columns[0].minimum == 0);
  CHECK(contract.columns[0].maximum == 14);
  CHECK(contract.columns[1].minimum == -14);
  CHECK(contract.columns[1].maximum == 0);
}

TEST_CASE("declared whole numbers are told by their value, in one pass as in a table",
          "[contract]") {
  const Folder folder;
  const Contract contract{
      .name = "t", .columns = {{.name = "n", .type = ColumnType::integer, .severity = "error"}}};
  const auto [text, fits] = GENERATE(table<std::string, bool>({{"12", true},
                                                               {"3.0", true},
                                                               {"1e3", true},
                                                               {"007", true},
                                                               {"9007199254740993", true},
                                                               {"3.5", false},
                                                               {"1e300", false},
                                                               {"seven", false}}));
  INFO(text);
  const auto file = folder.write("t.csv", "n,x\n1,a\n" + text + ",b\n,c\n");
  CHECK(passed(check_file(contract, file, "t", kNow)) == fits);
}
