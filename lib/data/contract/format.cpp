#include <utility>

#include "data/contract/words.h"
#include "mlo/core/yaml.h"
#include "mlo/data/contract.h"

namespace mlo::data {

namespace {

/// 5 rather than 5.0 for a bound of an integer column.
Json bound(double value) {
  const auto whole = static_cast<std::int64_t>(value);
  return static_cast<double>(whole) == value ? Json(whole) : Json(value);
}

Json options_of(const ColumnRule& column) {
  Json options = Json::object();
  if (column.minimum) options.set("minimum", bound(*column.minimum));
  if (column.maximum) options.set("maximum", bound(*column.maximum));
  if (column.pattern) options.set("pattern", *column.pattern);
  return options;
}

Json quality_of(const ColumnRule& column) {
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
    quality.add(Json::object({{"type", "library"},
                              {"metric", "nullValues"},
                              {"unit", "percent"},
                              {"mustBeLessOrEqualTo", bound(*column.max_null_share * 100)}}));
  }
  return quality;
}

Json property_of(const ColumnRule& column) {
  Json property = Json::object({{"name", column.name}, {"logicalType", logical_type(column.type)}});
  if (column.required) property.set("required", true);
  if (column.unique) property.set("unique", true);
  if (auto options = options_of(column); options.size() > 0)
    property.set("logicalTypeOptions", std::move(options));
  if (auto quality = quality_of(column); quality.size() > 0)
    property.set("quality", std::move(quality));
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
  for (const auto& column : contract.columns) properties.add(property_of(column));
  Json table = Json::object({{"name", contract.name}, {"properties", std::move(properties)}});
  if (contract.min_rows) {
    table.set("quality",
              Json::array({Json::object({{"type", "library"},
                                         {"metric", "rowCount"},
                                         {"mustBeGreaterOrEqualTo", *contract.min_rows}})}));
  }
  return to_yaml(Json::object({{"apiVersion", kApiVersion},
                               {"kind", "DataContract"},
                               {"id", contract.id},
                               {"version", contract.version},
                               {"status", "active"},
                               {"schema", Json::array({std::move(table)})}}));
}

}  // namespace mlo::data
