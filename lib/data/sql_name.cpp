#include "data/sql_name.h"

#include <fmt/core.h>

namespace mlo::data {

std::string sql_name(std::string_view name) {
  std::string quoted = "\"";
  for (const char letter : name) {
    if (letter == '"') quoted += '"';
    quoted += letter;
  }
  return quoted + '"';
}

std::string lower(std::string text) {
  for (char& letter : text)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return text;
}

std::string distinct_name(const std::string& name, std::set<std::string>& taken) {
  auto candidate = name;
  for (int number = 1; !taken.insert(lower(candidate)).second; ++number)
    candidate = fmt::format("{}_{}", name, number);
  return candidate;
}

}  // namespace mlo::data
