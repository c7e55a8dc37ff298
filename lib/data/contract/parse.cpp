#include <algorithm>
#include <array>
#include <utility>

#include "data/contract/keys.h"
#include "data/contract/words.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/core/yaml.h"
#include "mlo/data/contract.h"

namespace mlo::data {

namespace {

// Options that say how a value is written, not which values are allowed.
constexpr std::array<std::string_view, 3> kUncheckedOptions = {"format", "timezone",
                                                               "defaultTimezone"};

const Yaml& required_key(const Yaml& node, std::string_view key) {
  if (const auto* found = node.find(key)) return *found;
  throw node.error(fmt::format("'{}' is missing", key)).hint("add `{}:`", key);
}

/// A rule that we would have to leave unchecked is refused: a check that passes must mean
/// something.
Error not_checked(const Yaml& place, std::string_view what) {
  return place.error(fmt::format("{} cannot be checked", what))
      .hint(
          "remove it, or state it by required, unique, minimum, maximum, pattern, nullValues, "
          "invalidValues or rowCount");
}

bool is_zero(const Yaml* node) {
  return node != nullptr && node->number() == 0;
}

/// The one operator of a quality rule, or nothing.
const Yaml::Entry* operator_of(const Yaml& rule) {
  const Yaml::Entry* found = nullptr;
  for (const auto& entry : rule.map()) {
    if (!entry.first.text().starts_with("must")) continue;
    if (found != nullptr) throw entry.first.error("a second operator in one rule");
    found = &entry;
  }
  return found;
}

void read_values(ColumnRule& column, const Yaml& rule) {
  const auto* arguments = rule.find("arguments");
  const auto* values = arguments != nullptr ? arguments->find("validValues") : nullptr;
  if (values == nullptr || !is_zero(rule.find("mustBe")))
    throw not_checked(rule,
                      "invalidValues without `arguments: {validValues: […]}` and `mustBe: 0`");
  arguments->only({"validValues"});
  column.values = values->texts();
}

void read_null_share(ColumnRule& column, const Yaml& rule) {
  const auto* entry = operator_of(rule);
  if (entry != nullptr && entry->first.text() == "mustBe" && is_zero(&entry->second)) {
    column.required = true;
    return;
  }
  const auto* unit = rule.find("unit");
  if (entry == nullptr || entry->first.text() != "mustBeLessOrEqualTo" || unit == nullptr ||
      unit->text() != "percent")
    throw not_checked(rule, "nullValues without `mustBeLessOrEqualTo` and `unit: percent`");
  const double percent = entry->second.number();
  if (!(percent >= 0 && percent <= 100))
    throw entry->second.error("a percentage lies between 0 and 100");
  column.max_null_share = percent / 100;
}

/// The rule's metric, or "" for text that only people read.
std::string metric_of(const Yaml& rule) {
  rule.only(quality_keys());
  const auto* type = rule.find("type");
  const std::string kind = type != nullptr ? type->text() : "library";
  if (kind == "text") return "";
  if (kind != "library") throw not_checked(rule, fmt::format("a quality rule of type '{}'", kind));
  return required_key(rule, "metric").text();
}

void read_quality(ColumnRule& column, const Yaml& rule) {
  const auto metric = metric_of(rule);
  if (metric.empty()) return;
  if (metric == "invalidValues") return read_values(column, rule);
  if (metric == "nullValues") return read_null_share(column, rule);
  if (metric == "duplicateValues" && is_zero(rule.find("mustBe"))) {
    column.unique = true;
    return;
  }
  throw not_checked(rule, fmt::format("metric '{}' of a column", metric));
}

void read_options(ColumnRule& column, const Yaml& options) {
  options.only(option_keys());
  for (const auto& [key, value] : options.map()) {
    const auto& name = key.text();
    const bool is_numeric = column.type == ColumnType::integer || column.type == ColumnType::number;
    if (name == "minimum" && is_numeric) {
      column.minimum = value.number();
    } else if (name == "maximum" && is_numeric) {
      column.maximum = value.number();
    } else if (name == "pattern" && column.type == ColumnType::text) {
      column.pattern = value.text();
    } else if (std::find(kUncheckedOptions.begin(), kUncheckedOptions.end(), name) ==
               kUncheckedOptions.end()) {
      throw not_checked(
          key, fmt::format("'{}' of a column of type '{}'", name, logical_type(column.type)));
    }
  }
  if (column.minimum && column.maximum && *column.minimum > *column.maximum)
    throw options.error("minimum is larger than maximum");
}

void read_custom(ColumnRule& column, const Yaml& properties) {
  for (const auto& property : properties.sequence()) {
    property.only({"id", "property", "value", "description"});
    if (required_key(property, "property").text() != kSeverity) continue;
    const auto& value = required_key(property, "value");
    if (value.text() != "error" && value.text() != "warn")
      throw value.error(fmt::format("severity '{}' is neither error nor warn", value.text()));
    column.severity = value.text();
  }
}

ColumnRule read_column(const Yaml& node) {
  node.only(property_keys());
  ColumnRule column{.name = required_key(node, "name").text()};
  const auto& type = required_key(node, "logicalType");
  const auto found = parse_logical_type(type.text());
  if (!found) {
    auto error = type.error(fmt::format("no logicalType '{}'", type.text()));
    throw error.hint("types: {}", join(logical_types(), ", "));
  }
  column.type = *found;
  if (const auto* required = node.find("required")) column.required = required->boolean();
  if (const auto* unique = node.find("unique")) column.unique = unique->boolean();
  if (const auto* options = node.find("logicalTypeOptions")) read_options(column, *options);
  if (const auto* quality = node.find("quality"))
    for (const auto& rule : quality->sequence()) read_quality(column, rule);
  if (const auto* custom = node.find("customProperties")) read_custom(column, *custom);
  return column;
}

void read_table_quality(Contract& contract, const Yaml& rule) {
  const auto metric = metric_of(rule);
  if (metric.empty()) return;
  const auto* at_least = rule.find("mustBeGreaterOrEqualTo");
  if (metric != "rowCount" || at_least == nullptr || operator_of(rule) == nullptr)
    throw not_checked(rule, fmt::format("metric '{}' of a table other than rowCount with "
                                        "`mustBeGreaterOrEqualTo`",
                                        metric));
  contract.min_rows = at_least->integer();
}

/// A key of one column makes it required and unique; more columns would need a rule of their own.
void apply_primary_key(Contract& contract, const std::vector<Yaml>& properties) {
  ColumnRule* key = nullptr;
  for (std::size_t i = 0; i < properties.size(); ++i) {
    const auto* flag = properties[i].find("primaryKey");
    if (flag == nullptr || !flag->boolean()) continue;
    if (key != nullptr) throw not_checked(*flag, "a primary key of several columns");
    key = &contract.columns[i];
    key->required = true;
    key->unique = true;
  }
}

void read_table(Contract& contract, const Yaml& table) {
  table.only(table_keys());
  contract.name = required_key(table, "name").text();
  const auto& properties = required_key(table, "properties").sequence();
  for (const auto& property : properties) {
    auto column = read_column(property);
    const bool seen = std::any_of(contract.columns.begin(), contract.columns.end(),
                                  [&](const auto& other) { return other.name == column.name; });
    if (seen) throw property.error(fmt::format("column '{}' appears twice", column.name));
    contract.columns.push_back(std::move(column));
  }
  apply_primary_key(contract, properties);
  if (const auto* quality = table.find("quality"))
    for (const auto& rule : quality->sequence()) read_table_quality(contract, rule);
}

}  // namespace

Contract parse_contract(std::string_view text, std::string source) {
  const auto document = Yaml::parse(text, std::move(source));
  if (!document.is_map())
    throw document.error("expected a data contract").hint("make one: mlo schema infer SOURCE");
  document.only(contract_keys());
  const auto& kind = required_key(document, "kind");
  if (kind.text() != "DataContract")
    throw kind.error(fmt::format("kind '{}' is not DataContract", kind.text()));
  const auto& version = required_key(document, "apiVersion");
  if (!version.text().starts_with("v3."))
    throw version.error(fmt::format("apiVersion '{}' is not one of v3", version.text()))
        .hint("write apiVersion: {}", kApiVersion);
  Contract contract;
  contract.id = required_key(document, "id").text();
  contract.version = required_key(document, "version").text();
  required_key(document, "status");
  const auto& schema = required_key(document, "schema");
  if (schema.sequence().size() != 1)
    throw schema.error(fmt::format("{} tables where one is expected", schema.sequence().size()))
        .hint("keep one contract a table");
  read_table(contract, schema.sequence().front());
  return contract;
}

}  // namespace mlo::data
