#include <algorithm>
#include <array>
#include <utility>

#include "data/contract/keys.h"
#include "data/contract/parse_quality.h"
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

std::optional<Bound>* bound_option(ColumnRule& column, std::string_view name) {
  if (name == "minimum") return &column.minimum;
  if (name == "maximum") return &column.maximum;
  if (name == "exclusiveMinimum") return &column.above;
  return name == "exclusiveMaximum" ? &column.below : nullptr;
}

void read_options(ColumnRule& column, const Yaml& options) {
  options.only(option_keys());
  for (const auto& [key, value] : options.map()) {
    const auto& name = key.text();
    const bool is_numeric = column.type == ColumnType::integer || column.type == ColumnType::number;
    const bool is_text = column.type == ColumnType::text;
    if (auto* bound = bound_option(column, name); bound != nullptr && is_numeric) {
      *bound = parse_bound(value);
    } else if (name == "multipleOf" && is_numeric) {
      column.multiple_of = value.number();
    } else if (name == "format" &&
               (column.type == ColumnType::date || column.type == ColumnType::timestamp)) {
      column.format = value.text();
    } else if (name == "minLength" && is_text) {
      column.min_length = value.integer();
    } else if (name == "maxLength" && is_text) {
      column.max_length = value.integer();
    } else if (name == "pattern" && is_text) {
      column.pattern = value.text();
    } else if (std::find(kUncheckedOptions.begin(), kUncheckedOptions.end(), name) ==
               kUncheckedOptions.end()) {
      throw not_checked(
          key, fmt::format("'{}' of a column of type '{}'", name, logical_type(column.type)));
    }
  }
  if (column.minimum && column.maximum && *column.minimum > *column.maximum)
    throw options.error("minimum is larger than maximum");
  if (column.min_length && column.max_length && *column.min_length > *column.max_length)
    throw options.error("minLength is larger than maxLength");
  if (column.multiple_of && !(*column.multiple_of > 0))
    throw options.error("multipleOf is above zero");
}

ColumnRule read_column(const Yaml& node) {
  node.only(property_keys());
  ColumnRule column{.name = required_key(node, "name").text(), .place = {node.place()}};
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
  if (const auto* severity = custom_property(node, kSeverity))
    column.severity = parse_severity(*severity);
  return column;
}

/// The columns of a key are required, and together they are unique.
void apply_primary_key(Contract& contract, const std::vector<Yaml>& properties) {
  std::vector<std::pair<std::int64_t, std::size_t>> key;
  for (std::size_t i = 0; i < properties.size(); ++i) {
    const auto* flag = properties[i].find("primaryKey");
    if (flag == nullptr || !flag->boolean()) continue;
    const auto* position = properties[i].find("primaryKeyPosition");
    key.emplace_back(position != nullptr ? position->integer() : 0, i);
  }
  std::ranges::stable_sort(key, {}, [](const auto& part) { return part.first; });
  for (const auto& part : key) contract.columns[part.second].required = true;
  if (key.size() == 1) contract.columns[key[0].second].unique = true;
  if (key.size() < 2) return;
  QualityRule rule{.kind = QualityRule::Kind::duplicates};
  for (const auto& part : key) rule.columns.push_back(contract.columns[part.second].name);
  rule.name = fmt::format("{}: primary key", join(rule.columns, ", "));
  contract.rules.push_back(std::move(rule));
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
  for (std::size_t i = 0; i < properties.size(); ++i) {
    auto& column = contract.columns[i];
    if (const auto* quality = properties[i].find("quality"))
      for (const auto& rule : quality->sequence()) read_quality(contract, &column, rule);
    if (const auto* relationships = properties[i].find("relationships"))
      for (const auto& one : relationships->sequence())
        read_relationship(contract, column.name, one);
  }
  apply_primary_key(contract, properties);
  if (const auto* quality = table.find("quality"))
    for (const auto& rule : quality->sequence()) read_quality(contract, nullptr, rule);
  if (const auto* relationships = table.find("relationships"))
    for (const auto& one : relationships->sequence()) read_relationship(contract, "", one);
}

/// The entry of `schema` that is meant, and on the way where all of them lie.
const Yaml& choose_table(Contract& contract, const Yaml& schema, const TableChoice& choice) {
  const auto& wanted = choice.name.empty() ? choice.likely : choice.name;
  const Yaml* chosen = nullptr;
  std::vector<std::string> names;
  for (const auto& table : schema.sequence()) {
    names.push_back(required_key(table, "name").text());
    if (const auto* source = custom_property(table, kSource))
      contract.sources[names.back()] = source->text();
    if (names.back() == wanted) chosen = &table;
  }
  if (names.empty()) throw schema.error("a contract without a table");
  if (chosen != nullptr) return *chosen;
  if (names.size() == 1 && choice.name.empty()) return schema.sequence().front();
  const auto problem =
      wanted.empty() ? std::string("several tables") : fmt::format("no table '{}' among", wanted);
  throw Error(ErrorKind::not_found, "{}: {}: {}", schema.source, problem, join(names, ", "))
      .hint("name one: --table {}", names.front());
}

}  // namespace

Contract parse_contract(std::string_view text, std::string source, const TableChoice& table) {
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
  read_table(contract, choose_table(contract, schema, table));
  if (const auto* levels = document.find("slaProperties"))
    for (const auto& level : levels->sequence()) read_service_level(contract, level);
  return contract;
}

}  // namespace mlo::data
