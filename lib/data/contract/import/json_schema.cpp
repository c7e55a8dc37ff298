#include <algorithm>
#include <set>

#include "data/contract/import/columns.h"
#include "mlo/core/error.h"

namespace mlo::data {

namespace {

// JSON Schema (2020-12 and the drafts before) of a row, or of an array of rows.

const std::set<std::string, std::less<>> kWords = {
    "type",    "title",     "description", "examples", "default",         "$comment",
    "enum",    "const",     "minimum",     "maximum",  "multipleOf",      "exclusiveMinimum",
    "pattern", "minLength", "maxLength",   "format",   "exclusiveMaximum"};

std::optional<ColumnType> type_of(const std::string& type, const std::string& format) {
  if (type == "string" && format == "date") return ColumnType::date;
  if (type == "string" && format == "date-time") return ColumnType::timestamp;
  if (type == "string") return ColumnType::text;
  if (type == "integer") return ColumnType::integer;
  if (type == "number") return ColumnType::number;
  if (type == "boolean") return ColumnType::boolean;
  if (type == "object" || type == "array") return ColumnType::other;
  return std::nullopt;
}

void set_type(Imported& imported, ColumnRule& column, const Json& property) {
  auto types = texts_of(property["type"]);
  std::erase(types, "null");
  if (types.size() != 1) {
    if (!property["enum"].is_array() && property["const"].is_null())
      leave_out(imported, column.name, types.empty() ? "no type: read as text" : "several types");
    return;
  }
  const auto format = property.string_or("format", "");
  const auto type = type_of(types.front(), format);
  if (!type)
    throw Error(ErrorKind::bad_input, "property '{}': no type '{}'", column.name, types.front());
  column.type = *type;
  if (!format.empty() && column.type == ColumnType::text)
    leave_out(imported, column.name, "format " + format);
}

void read_property(Imported& imported, const std::string& name, const Json& property) {
  auto& column = column_of(imported.contract, name);
  set_type(imported, column, property);
  if (!property.is_object()) return;
  column.minimum = bound_of(property["minimum"]);
  column.maximum = bound_of(property["maximum"]);
  // Until draft 4 a flag that makes the other bound exclusive.
  if (property["exclusiveMinimum"] == Json(true))
    std::swap(column.above, column.minimum);
  else
    column.above = bound_of(property["exclusiveMinimum"]);
  if (property["exclusiveMaximum"] == Json(true))
    std::swap(column.below, column.maximum);
  else
    column.below = bound_of(property["exclusiveMaximum"]);
  column.multiple_of = number_of(property["multipleOf"]);
  column.min_length = whole_of(property["minLength"]);
  column.max_length = whole_of(property["maxLength"]);
  if (property["pattern"].is_string()) column.pattern = anywhere(property["pattern"].as_string());
  column.values = texts_of(property[property["const"].is_null() ? "enum" : "const"]);
  for (const auto& member : property.as_object())
    if (!kWords.contains(member.first)) leave_out(imported, name, member.first);
}

bool allows_null(const Json& property) {
  if (property["enum"].is_array())
    return std::ranges::any_of(property["enum"].as_array(), &Json::is_null);
  const auto types = texts_of(property["type"]);
  return types.empty() || std::ranges::find(types, "null") != types.end();
}

const Json& rows_of(const Json& document) {
  const auto& items = document["items"];
  return items.is_object() ? items : document;
}

void read(const Json& document, Imported& imported) {
  const auto& row = rows_of(document);
  const auto& properties = row.at("properties");
  for (const auto& [name, property] : properties.as_object())
    read_property(imported, name, property);
  for (const auto& name : texts_of(row["required"]))
    if (const auto& property = properties[name]; !property.is_null())
      column_of(imported.contract, name).required = !allows_null(property);
  for (const auto* word : {"allOf", "anyOf", "oneOf", "not", "if", "dependentRequired",
                           "dependentSchemas", "patternProperties", "$ref"})
    if (row.find(word) != nullptr) leave_out(imported, "table", word);
  if (const auto least = whole_of(document["minItems"])) imported.contract.min_rows = least;
  auto& name = imported.contract.name;
  name = row.string_or("title", document.string_or("title", name));
}

bool recognises(const Json& document) {
  return rows_of(document)["properties"].is_object();
}

const bool kRegistered = contract_importers().add(
    "json-schema", {.title = "JSON Schema", .recognises = recognises, .read = read});

}  // namespace

}  // namespace mlo::data
