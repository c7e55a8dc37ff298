#include <utility>

#include "data/contract/format_rules.h"
#include "data/contract/words.h"
#include "mlo/core/yaml.h"
#include "mlo/data/contract.h"

namespace mlo::data {

namespace {

Json options_of(const ColumnRule& column) {
  Json options = Json::object();
  if (!column.format.empty()) options.set("format", column.format);
  if (column.minimum) options.set("minimum", column.minimum->json());
  if (column.maximum) options.set("maximum", column.maximum->json());
  if (column.above) options.set("exclusiveMinimum", column.above->json());
  if (column.below) options.set("exclusiveMaximum", column.below->json());
  if (column.multiple_of) options.set("multipleOf", Bound(*column.multiple_of).json());
  if (column.min_length) options.set("minLength", *column.min_length);
  if (column.max_length) options.set("maxLength", *column.max_length);
  if (column.pattern) options.set("pattern", *column.pattern);
  return options;
}

Json quality_of(const ColumnRule& column, const Contract& contract) {
  Json quality = Json::array();
  if (!column.values.empty()) {
    Json values = Json::array();
    for (const auto& value : column.values) values.add(value);
    quality.add(Json::object({{"type", "library"},
                              {"metric", "invalidValues"},
                              {"arguments", Json::object({{"validValues", std::move(values)}})},
                              {"mustBe", 0}}));
  }
  if (column.max_null_share) {
    quality.add(
        Json::object({{"type", "library"},
                      {"metric", "nullValues"},
                      {"unit", "percent"},
                      {"mustBeLessOrEqualTo", Bound(*column.max_null_share * 100).json()}}));
  }
  for (const auto& rule : contract.rules)
    if (rule.column == column.name && is_quality(rule)) quality.add(format_quality(rule));
  return quality;
}

Json property_of(const ColumnRule& column, const Contract& contract) {
  Json property = Json::object({{"name", column.name}, {"logicalType", logical_type(column.type)}});
  if (column.required) property.set("required", true);
  if (column.unique) property.set("unique", true);
  if (auto options = options_of(column); options.size() > 0)
    property.set("logicalTypeOptions", std::move(options));
  if (auto quality = quality_of(column, contract); quality.size() > 0)
    property.set("quality", std::move(quality));
  Json relationships = Json::array();
  for (const auto& rule : contract.rules)
    if (rule.kind == QualityRule::Kind::reference && rule.column == column.name)
      relationships.add(format_relationship(rule));
  if (relationships.size() > 0) property.set("relationships", std::move(relationships));
  if (column.severity != "error") {
    property.set(
        "customProperties",
        Json::array({Json::object({{"property", kSeverity}, {"value", column.severity}})}));
  }
  return property;
}

}  // namespace

std::string format_contract(const Contract& contract) {
  Json properties = Json::array();
  for (const auto& column : contract.columns) properties.add(property_of(column, contract));
  Json table = Json::object({{"name", contract.name}, {"properties", std::move(properties)}});
  Json quality = Json::array();
  if (contract.min_rows)
    quality.add(Json::object({{"type", "library"},
                              {"metric", "rowCount"},
                              {"mustBeGreaterOrEqualTo", *contract.min_rows}}));
  Json relationships = Json::array();
  Json levels = Json::array();
  for (const auto& rule : contract.rules) {
    if (rule.kind == QualityRule::Kind::freshness)
      levels.add(format_service_level(rule, contract.name));
    else if (rule.column.empty() && rule.kind == QualityRule::Kind::reference)
      relationships.add(format_relationship(rule));
    else if (rule.column.empty())
      quality.add(format_quality(rule));
  }
  if (quality.size() > 0) table.set("quality", std::move(quality));
  if (relationships.size() > 0) table.set("relationships", std::move(relationships));
  Json document = Json::object({{"apiVersion", kApiVersion},
                                {"kind", "DataContract"},
                                {"id", contract.id},
                                {"version", contract.version},
                                {"status", "active"},
                                {"schema", Json::array({std::move(table)})}});
  if (levels.size() > 0) document.set("slaProperties", std::move(levels));
  return to_yaml(document);
}

}  // namespace mlo::data
