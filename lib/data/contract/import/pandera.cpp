#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "data/contract/import/columns.h"
#include "data/contract/words.h"
#include "mlo/core/error.h"

namespace mlo::data {

namespace {

// pandera's YAML and JSON (`DataFrameSchema.to_yaml`): checks lie flat in a column, or under
// `checks`, by themselves or as {value, options}.

const std::set<std::string, std::less<>> kAttributes = {
    "dtype", "nullable", "unique",      "required", "coerce",   "regex",  "checks",
    "title", "name",     "description", "default",  "metadata", "options"};

ColumnType type_of(const std::string& dtype) {
  const auto begins = [&](std::string_view with) { return dtype.starts_with(with); };
  if (begins("int") || begins("uint") || begins("Int") || begins("UInt"))
    return ColumnType::integer;
  if (begins("float") || begins("Float") || begins("decimal") || begins("Decimal"))
    return ColumnType::number;
  if (begins("bool") || begins("Bool")) return ColumnType::boolean;
  if (begins("datetime") || begins("Datetime") || begins("timestamp")) return ColumnType::timestamp;
  if (begins("date") || begins("Date")) return ColumnType::date;
  return ColumnType::text;
}

void read_range(ColumnRule& column, const Json& value) {
  const auto included = [&](std::string_view key) { return value[key] != Json(false); };
  auto& low = included("include_min") ? column.minimum : column.above;
  auto& high = included("include_max") ? column.maximum : column.below;
  raise(low, bound_of(value["min_value"]));
  lower(high, bound_of(value["max_value"]));
}

void read_length(ColumnRule& column, const Json& value) {
  const auto exact = whole_of(value.is_object() ? value["exact_value"] : value);
  column.min_length = exact ? exact : whole_of(value["min_value"]);
  column.max_length = exact ? exact : whole_of(value["max_value"]);
}

/// Checks of one bound: by both of their names, which bound, and whether it is a lower one.
struct BoundCheck {
  std::string_view name;
  std::string_view short_name;
  std::optional<Bound> ColumnRule::*bound;
  bool is_lower;
};
constexpr std::array<BoundCheck, 4> kBounds = {{
    {"greater_than", "gt", &ColumnRule::above, true},
    {"greater_than_or_equal_to", "ge", &ColumnRule::minimum, true},
    {"less_than", "lt", &ColumnRule::below, false},
    {"less_than_or_equal_to", "le", &ColumnRule::maximum, false},
}};

/// False when the check is none of these.
bool read_bound(ColumnRule& column, const std::string& name, const Json& value) {
  const auto known = std::ranges::find_if(kBounds, [&](const BoundCheck& check) {
    return check.name == name || check.short_name == name;
  });
  if (known == kBounds.end()) return false;
  auto& bound = column.*(known->bound);
  if (known->is_lower)
    raise(bound, bound_of(value));
  else
    lower(bound, bound_of(value));
  return true;
}

/// False when the check is none of text.
bool read_text_check(ColumnRule& column, const std::string& name, const Json& value) {
  if (name == "str_length" && (value.is_object() || value.is_number())) {
    read_length(column, value);
    return true;
  }
  if (column.pattern || !value.is_string()) return false;
  if (name == "str_matches")  // from the start, as Python's match
    column.pattern = "(?:" + value.as_string() + R"()[\s\S]*)";
  else if (name == "str_contains")
    column.pattern = anywhere(value.as_string());
  return column.pattern.has_value();
}

void read_check(Imported& imported, ColumnRule& column, const std::string& name,
                const Json& written) {
  const auto& value = written.find("value") != nullptr ? written["value"] : written;
  if (read_bound(column, name, value) || read_text_check(column, name, value)) return;
  if (name == "in_range" || name == "between") {
    read_range(column, value);
  } else if (name == "isin") {
    column.values = texts_of(value.is_object() ? value["allowed_values"] : value);
  } else if (name == "equal_to" || name == "eq") {
    column.values = texts_of(value);
  } else {
    leave_out(imported, column.name, "check " + name);
  }
}

void read_column(Imported& imported, const std::string& name, const Json& written) {
  auto& column = column_of(imported.contract, name);
  if (written["regex"] == Json(true)) leave_out(imported, name, "regex as a column's name");
  column.type = type_of(written.string_or("dtype", ""));
  column.required = written["nullable"] != Json(true);
  column.unique = written["unique"] == Json(true);
  if (written["required"] == Json(false))
    leave_out(imported, name, "a column that may be missing: here every column is there");
  for (const auto& [key, value] : written.as_object())
    if (!kAttributes.contains(key)) read_check(imported, column, key, value);
  const auto& checks = written["checks"];
  if (checks.is_object()) {
    for (const auto& [key, value] : checks.as_object()) read_check(imported, column, key, value);
  } else if (checks.is_array()) {
    for (const auto& check : checks.as_array())
      read_check(imported, column, check["options"].string_or("check_name", "without a name"),
                 check);
  }
}

void read(const Json& document, Imported& imported) {
  for (const auto& [name, column] : document.at("columns").as_object())
    read_column(imported, name, column);
  if (document["name"].is_string()) imported.contract.name = document["name"].as_string();
  const auto unique = texts_of(document["unique"]);
  if (unique.size() == 1) {
    column_of(imported.contract, unique.front()).unique = true;
  } else if (unique.size() > 1) {
    QualityRule rule{.kind = QualityRule::Kind::duplicates};
    rule.columns = unique;
    rule.name = name_of(rule);
    imported.contract.rules.push_back(std::move(rule));
  }
  if (document["index"].size() > 0) leave_out(imported, "table", "index");
  if (document["checks"].size() > 0) leave_out(imported, "table", "checks over several columns");
}

bool recognises(const Json& document) {
  return document.string_or("schema_type", "") == "dataframe" && document["columns"].is_object();
}

const bool kRegistered = contract_importers().add(
    "pandera", {.title = "pandera", .recognises = recognises, .read = read});

}  // namespace

}  // namespace mlo::data
