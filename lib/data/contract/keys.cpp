#include "data/contract/keys.h"

#include "mlo/core/text.h"

namespace mlo::data {

const std::vector<std::string>& contract_keys() {
  static const auto keys = split(
      "apiVersion kind id name version status schema tenant tags servers domain dataProduct "
      "support "
      "description price team roles slaDefaultElement slaProperties authoritativeDefinitions "
      "customProperties contractCreatedTs",
      ' ');
  return keys;
}

const std::vector<std::string>& table_keys() {
  static const auto keys = split(
      "id name physicalType description businessName tags quality properties logicalType "
      "physicalName relationships authoritativeDefinitions customProperties "
      "dataGranularityDescription",
      ' ');
  return keys;
}

const std::vector<std::string>& property_keys() {
  static const auto keys = split(
      "id name physicalType description businessName authoritativeDefinitions tags "
      "customProperties primaryKey primaryKeyPosition logicalType logicalTypeOptions physicalName "
      "required unique partitioned partitionKeyPosition classification encryptedName "
      "transformSourceObjects transformLogic transformDescription examples criticalDataElement "
      "relationships quality properties items",
      ' ');
  return keys;
}

const std::vector<std::string>& quality_keys() {
  static const auto keys = split(
      "id authoritativeDefinitions businessImpact customProperties description dimension method "
      "name schedule scheduler severity tags type unit metric rule arguments query engine "
      "implementation mustBe mustNotBe mustBeGreaterThan mustBeGreaterOrEqualTo mustBeLessThan "
      "mustBeLessOrEqualTo mustBeBetween mustNotBeBetween",
      ' ');
  return keys;
}

const std::vector<std::string>& option_keys() {
  static const auto keys = split(
      "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf format minLength maxLength "
      "pattern timezone defaultTimezone minItems maxItems uniqueItems minProperties maxProperties "
      "required",
      ' ');
  return keys;
}

}  // namespace mlo::data
