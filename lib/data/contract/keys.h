#pragma once

#include <string>
#include <vector>

namespace mlo::data {

// The keys that ODCS 3.1.0's JSON Schema knows, level by level. Those that state no rule are read
// over; one that is not among them is an error.
const std::vector<std::string>& contract_keys();
const std::vector<std::string>& table_keys();
const std::vector<std::string>& property_keys();
const std::vector<std::string>& quality_keys();
const std::vector<std::string>& option_keys();

}  // namespace mlo::data
