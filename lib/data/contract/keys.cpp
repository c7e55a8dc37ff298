#include "data/contract/keys.h"

#include "mlo/core/text.h"

namespace mlo::data {

const std::vector<std::string>& contract_keys() {
  static const auto kKeys = split(
      "apiVersion kind id name version status schema tenant tags servers domain dataProduct "
      "support "
      "description price team roles slaDefaultElement slaProperties authoritativeDefinitions "
      "customProperties contractCreatedTs",
      ' ');
  return kKeys;
}

const std::vector<std::string>& table_keys() {
  static const auto kKeys = split(
      "id name physicalType description businessName tags quality properties logicalType "
      "physicalName relationships authoritativeDefinitions customProperties "
      "dataGranularityDescription",
      ' ');
  return kKeys;
}

const std::vector<std::string>& property_keys() {
  static const auto kKeys = split(
      "id name physicalType description businessName authoritativeDefinitions tags "
      "customProperties primaryKey primaryKeyPosition logicalType logicalTypeOptions physicalName "
      "required unique partitioned partitionKeyPosition classification encryptedName "
      "transformSourceObjects transformLogic transformDescription examples criticalDataElement "
      "relationships quality properties items",
      ' ');
  return kKeys;
}

const std::vector<std::string>& quality_keys() {
  static const auto kKeys = split(
      "id authoritativeDefinitions businessImpact customProperties description dimension method "
      "name schedule scheduler severity tags type unit metric rule arguments query engine "
      "implementation mustBe mustNotBe mustBeGreaterThan mustBeGreaterOrEqualTo mustBeLessThan "
      "mustBeLessOrEqualTo mustBeBetween mustNotBeBetween",
      ' ');
  return kKeys;
}

const std::vector<std::string>& option_keys() {
  static const auto kKeys = split(
      "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf format minLength maxLength "
      "pattern timezone defaultTimezone minItems maxItems uniqueItems minProperties maxProperties "
      "required",
      ' ');
  return kKeys;
}

}  // namespace mlo::data
