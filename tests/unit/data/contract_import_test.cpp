#include "mlo/data/contract_import.h"

#include <algorithm>

#include <catch2/catch.hpp>

#include "unit/data/tables.h"

using namespace mlo;
using namespace mlo::data;
using Catch::Matchers::Contains;

namespace {

const ColumnRule& column(const Imported& imported, std::string_view name) {
  const auto found = std::ranges::find(imported.contract.columns, name, &ColumnRule::name);
  REQUIRE(found != imported.contract.columns.end());
  return *found;
}

bool left_out(const Imported& imported, std::string_view words) {
  return std::ranges::any_of(imported.left_out, [&](const std::string& one) {
    return one.find(words) != std::string::npos;
  });
}

}  // namespace

TEST_CASE("a Frictionless schema becomes a contract with its keys", "[contract]") {
  const auto imported = import_contract(R"({"fields": [
      {"name": "id", "type": "integer", "constraints": {"minimum": 1, "exclusiveMaximum": 99}},
      {"name": "code", "constraints": {"pattern": "[a-z]+", "maxLength": 4, "jsonSchema": {}}},
      {"name": "parent", "type": "integer"},
      {"name": "day", "type": "date", "format": "%d.%m.%Y"},
      {"name": "kind", "constraints": {"enum": ["a", "b"], "required": true}}],
    "primaryKey": ["id", "kind"],
    "foreignKeys": [{"fields": "parent", "reference": {"resource": "", "fields": "id"}},
                    {"fields": ["code"], "reference": {"resource": "codes", "fields": ["code"]}}],
    "missingValues": ["", "-"]})",
                                        "orders.json");
  CHECK(imported.contract.name == "orders");
  CHECK(column(imported, "id").minimum == 1);
  CHECK(column(imported, "id").below == 99);
  CHECK(column(imported, "id").required);
  CHECK(column(imported, "code").pattern == "[a-z]+");
  CHECK(column(imported, "code").max_length == 4);
  CHECK(column(imported, "day").type == ColumnType::date);
  CHECK(column(imported, "kind").values == std::vector<std::string>{"a", "b"});
  REQUIRE(imported.contract.rules.size() == 3);
  CHECK(imported.contract.rules[0].columns == std::vector<std::string>{"id", "kind"});
  CHECK(imported.contract.rules[1].table == "orders");
  CHECK(imported.contract.rules[2].table == "codes");
  CHECK(left_out(imported, "code: constraint jsonSchema"));
  CHECK(left_out(imported, "day: format"));
  CHECK(left_out(imported, "'-' as a missing value"));
}

TEST_CASE("a data package says where other tables lie", "[contract]") {
  const auto imported = import_contract(R"(
name: shop
resources:
  - {name: codes, path: data/codes.csv}
  - name: orders
    path: data/orders.csv
    schema:
      fields: [{name: code, type: string}]
      foreignKeys: [{fields: code, reference: {resource: codes, fields: code}}]
)",
                                        "datapackage.yaml");
  CHECK(imported.contract.name == "orders");
  CHECK(imported.contract.sources.at("codes") == "data/codes.csv");
}

TEST_CASE("a JSON Schema of rows becomes a contract", "[contract]") {
  const auto imported = import_contract(R"({"type": "array", "minItems": 3, "items": {
    "title": "people", "required": ["id", "note"], "properties": {
      "id": {"type": "integer", "exclusiveMinimum": 0, "multipleOf": 2},
      "note": {"type": ["string", "null"], "pattern": "^a|b$", "minLength": 2},
      "when": {"type": "string", "format": "date-time"},
      "mail": {"type": "string", "format": "email"},
      "kind": {"enum": ["x", "y", null]},
      "list": {"type": "array", "items": {"type": "integer"}}}}})",
                                        "p.json");
  CHECK(imported.contract.name == "people");
  CHECK(imported.contract.min_rows == 3);
  CHECK(column(imported, "id").above == 0);
  CHECK(column(imported, "id").required);
  CHECK(column(imported, "id").multiple_of == 2);
  CHECK_FALSE(column(imported, "note").required);  // null is allowed
  CHECK(column(imported, "note").pattern == R"([\s\S]*(?:^a|b$)[\s\S]*)");
  CHECK(column(imported, "when").type == ColumnType::timestamp);
  CHECK(column(imported, "kind").values == std::vector<std::string>{"x", "y"});
  CHECK(left_out(imported, "mail: format email"));
  CHECK(left_out(imported, "list: items"));
}

TEST_CASE("pandera's checks are read flat, nested and listed", "[contract]") {
  const auto imported = import_contract(R"(
schema_type: dataframe
columns:
  id: {dtype: int64, unique: true, greater_than: 0, less_than_or_equal_to: 100}
  amount: {dtype: float64, nullable: true, in_range: {min_value: 0, max_value: 10, include_min: true, include_max: false}}
  old: {dtype: float64, checks: {greater_than_or_equal_to: {value: 5, options: {}}, less_than: 9}}
  listed: {dtype: string, checks: [{value: [a, b], options: {check_name: isin}}]}
  code: {dtype: "string[pyarrow]", required: false, str_matches: ^x, str_length: {min_value: 1, max_value: 5, exact_value: null}}
  odd: {dtype: object, is_prime: true}
unique: [id, code]
)",
                                        "s.yaml");
  CHECK(column(imported, "id").above == 0);
  CHECK(column(imported, "id").maximum == 100);
  CHECK(column(imported, "id").required);
  CHECK(column(imported, "amount").minimum == 0);
  CHECK(column(imported, "amount").below == 10);
  CHECK_FALSE(column(imported, "amount").required);
  CHECK(column(imported, "old").minimum == 5);
  CHECK(column(imported, "old").below == 9);
  CHECK(column(imported, "listed").values == std::vector<std::string>{"a", "b"});
  CHECK(column(imported, "code").pattern == R"((?:^x)[\s\S]*)");
  CHECK(column(imported, "code").max_length == 5);
  CHECK(imported.contract.rules.at(0).columns == std::vector<std::string>{"id", "code"});
  CHECK(left_out(imported, "odd: check is_prime"));
  CHECK(left_out(imported, "code: a column that may be missing"));
}

TEST_CASE("a Great Expectations suite becomes rules, with the share that may fail", "[contract]") {
  const auto imported = import_contract(R"({"name": "suite", "expectations": [
    {"type": "expect_column_values_to_be_between", "kwargs": {"column": "n", "min_value": 1, "strict_max": true, "max_value": 9}},
    {"type": "expect_column_values_to_be_of_type", "kwargs": {"column": "n", "type_": "int64"}},
    {"expectation_type": "expect_column_values_to_not_be_null", "kwargs": {"column": "n", "mostly": 0.95}},
    {"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "c", "value_set": ["a"], "mostly": 0.9}},
    {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 5, "max_value": null}},
    {"type": "expect_column_mean_to_be_between", "kwargs": {"column": "n", "min_value": 2, "max_value": 3}},
    {"type": "expect_column_pair_values_a_to_be_greater_than_b", "kwargs": {"column_A": "n", "column_B": "m \"x\"", "or_equal": true}},
    {"type": "expect_column_values_to_be_increasing", "kwargs": {"column": "n", "strictly": true}},
    {"type": "expect_column_kl_divergence_to_be_less_than", "kwargs": {"column": "n"}}]})",
                                        "g.json");
  CHECK(column(imported, "n").type == ColumnType::integer);
  CHECK(column(imported, "n").minimum == 1);
  CHECK(column(imported, "n").below == 9);
  CHECK(column(imported, "n").max_null_share == 0.05);
  const auto& rules = imported.contract.rules;
  REQUIRE(rules.size() == 5);
  CHECK(rules[0].condition.text() == "<= 10");
  CHECK(rules[0].percent);
  CHECK(rules[1].condition.text() == ">= 5");
  CHECK(rules[2].condition.text() == "between 2 and 3");
  CHECK(rules[3].sql == R"("n" >= "m ""x""")");
  CHECK(rules[4].order == "strictly_increasing");
  CHECK(left_out(imported, "kl_divergence"));
}

TEST_CASE("an imported contract reads back, and judges a table", "[contract]") {
  const Folder folder;
  const auto imported = import_contract(
      R"({"properties": {"a": {"type": "integer", "minimum": 1}, "b": {"type": "string", "pattern": "x"}}, "required": ["a"]})",
      "t.json");
  const auto contract = parse_contract(format_contract(imported.contract), "t.yaml");
  const auto results =
      check_file(contract, folder.write("t.csv", "a,b\n1,axb\n0,y\n"), "t", {.now = {}});
  std::vector<std::string> failed;
  for (const auto& result : results)
    if (!result.passed) failed.push_back(result.name);
  CHECK(failed == std::vector<std::string>{"a: minimum", "b: pattern"});
}

TEST_CASE("what no importer knows is refused with those there are", "[contract]") {
  const auto error = error_of([] { import_contract("{\"a\": 1}", "x.json"); });
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK_THAT(error.hint(), Contains("frictionless") && Contains("pandera"));
  CHECK(error_of([] { import_contract("- 1\n", "x.yaml"); }).kind() == ErrorKind::bad_input);
  CHECK(error_of([] {
          import_contract("{\"fields\": [{\"type\": \"integer\"}]}", "x.json");
        }).kind() == ErrorKind::bad_input);
  CHECK(error_of([] { import_contract("{\"fields\": []}", "x.json"); }).kind() ==
        ErrorKind::bad_input);
}
