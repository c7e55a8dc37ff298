#include <map>
#include <utility>

#include "data/contract/import/columns.h"
#include "data/contract/words.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::data {

namespace {

// Frictionless Table Schema v1 and v2 (specs.frictionlessdata.io/table-schema), alone or in the
// one resource of a data package. Reference implementation: frictionless-py.

const std::map<std::string, ColumnType, std::less<>> kTypes = {
    {"string", ColumnType::text},     {"number", ColumnType::number},
    {"integer", ColumnType::integer}, {"boolean", ColumnType::boolean},
    {"date", ColumnType::date},       {"datetime", ColumnType::timestamp},
    {"year", ColumnType::integer},    {"any", ColumnType::text},
    {"time", ColumnType::other},      {"object", ColumnType::other},
    {"array", ColumnType::other},     {"list", ColumnType::other},
    {"duration", ColumnType::text},   {"yearmonth", ColumnType::text},
    {"geopoint", ColumnType::text},   {"geojson", ColumnType::other}};

bool is_numeric(const ColumnRule& column) {
  return column.type == ColumnType::integer || column.type == ColumnType::number;
}

void read_constraint(Imported& imported, ColumnRule& column, const std::string& name,
                     const Json& value) {
  const auto bound = [&](std::optional<Bound>& target) {
    if (const auto limit = bound_of(value); limit && is_numeric(column))
      target = limit;
    else
      leave_out(imported, column.name, fmt::format("{} of a {}", name, logical_type(column.type)));
  };
  if (name == "required") {
    column.required = value.as_bool();
  } else if (name == "unique") {
    column.unique = value.as_bool();
  } else if (name == "minimum") {
    bound(column.minimum);
  } else if (name == "maximum") {
    bound(column.maximum);
  } else if (name == "exclusiveMinimum") {
    bound(column.above);
  } else if (name == "exclusiveMaximum") {
    bound(column.below);
  } else if (name == "minLength") {
    column.min_length = whole_of(value);
  } else if (name == "maxLength") {
    column.max_length = whole_of(value);
  } else if (name == "pattern") {
    column.pattern = value.as_string();  // of the whole value there, too
  } else if (name == "enum") {
    column.values = texts_of(value);
  } else {
    leave_out(imported, column.name, "constraint " + name);
  }
}

void read_field(Imported& imported, const Json& field) {
  auto& column = column_of(imported.contract, field.at("name").as_string());
  const auto type = field.string_or("type", "string");
  const auto known = kTypes.find(type);
  if (known == kTypes.end())
    throw Error(ErrorKind::bad_input, "field '{}': no type '{}'", column.name, type);
  column.type = known->second;
  if (field.string_or("format", "default") != "default")
    leave_out(imported, column.name, "format " + field["format"].as_string());
  if (!field["constraints"].is_object()) return;
  for (const auto& [name, value] : field["constraints"].as_object())
    read_constraint(imported, column, name, value);
}

void add_key(Contract& contract, const std::vector<std::string>& columns, bool required) {
  for (const auto& name : columns)
    if (required) column_of(contract, name).required = true;
  if (columns.size() == 1) {
    column_of(contract, columns.front()).unique = true;
    return;
  }
  QualityRule rule{.kind = QualityRule::Kind::duplicates};
  rule.columns = columns;
  rule.name = name_of(rule);
  contract.rules.push_back(std::move(rule));
}

void read_foreign_key(Contract& contract, const Json& key) {
  const auto& reference = key.at("reference");
  QualityRule rule{.kind = QualityRule::Kind::reference};
  rule.columns = texts_of(key.at("fields"));
  rule.target_columns = texts_of(reference.at("fields"));
  rule.table = reference.string_or("resource", "");
  if (rule.table.empty()) rule.table = contract.name;  // the table itself
  if (rule.columns.size() != rule.target_columns.size() || rule.columns.empty())
    throw Error(ErrorKind::bad_input, "a foreign key's fields differ in number");
  if (rule.columns.size() == 1) rule.column = rule.columns.front();
  rule.name = name_of(rule);
  contract.rules.push_back(std::move(rule));
}

void read_schema(Imported& imported, const Json& schema) {
  auto& contract = imported.contract;
  for (const auto& field : schema.at("fields").as_array()) read_field(imported, field);
  if (!schema["primaryKey"].is_null()) add_key(contract, texts_of(schema["primaryKey"]), true);
  if (schema["uniqueKeys"].is_array())
    for (const auto& key : schema["uniqueKeys"].as_array()) add_key(contract, texts_of(key), false);
  if (schema["foreignKeys"].is_array())
    for (const auto& key : schema["foreignKeys"].as_array()) read_foreign_key(contract, key);
  for (const auto& word : texts_of(schema["missingValues"]))
    if (!word.empty()) leave_out(imported, "table", fmt::format("'{}' as a missing value", word));
}

void read(const Json& document, Imported& imported) {
  if (!document["resources"].is_array()) return read_schema(imported, document);
  const Json* found = nullptr;
  for (const auto& resource : document["resources"].as_array()) {
    const auto name = resource.at("name").as_string();
    if (resource["path"].is_string())
      imported.contract.sources[name] = resource["path"].as_string();
    if (!resource["schema"].is_object()) continue;
    if (found != nullptr)
      leave_out(imported, name, "a further table: import its schema by itself");
    else
      found = &resource;
  }
  if (found == nullptr) throw Error(ErrorKind::bad_input, "no resource has a schema in the file");
  imported.contract.name = (*found)["name"].as_string();
  read_schema(imported, (*found)["schema"]);
}

bool recognises(const Json& document) {
  return document["fields"].is_array() || document["resources"].is_array();
}

const bool kRegistered = contract_importers().add(
    "frictionless", {.title = "Frictionless Table Schema", .recognises = recognises, .read = read});

}  // namespace

}  // namespace mlo::data
