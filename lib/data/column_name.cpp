#include "data/column_name.h"

#include <algorithm>
#include <string_view>

namespace mlo::data {

bool is_identifier_name(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  });
  if (name == "id" || name == "uuid" || name == "guid" || name == "key") return true;
  for (const std::string_view ending : {"_id", "_uuid", "_guid", "_key"})
    if (name.ends_with(ending)) return true;
  return false;
}

}  // namespace mlo::data
