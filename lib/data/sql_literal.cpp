#include "data/sql_literal.h"

#include <cmath>

#include <fmt/core.h>

#include "mlo/core/json.h"

namespace mlo::data {

std::string sql_text(std::string_view text) {
  std::string quoted = "'";
  for (const char letter : text) {
    if (letter == '\'') quoted += '\'';
    quoted += letter;
  }
  return quoted + "'";
}

std::string sql_file(const std::filesystem::path& file) {
  const auto name = file.string();
  if (name.find_first_of("*?[") == std::string::npos) return sql_text(name);
  std::string escaped;
  for (const char letter : name) {
    if (letter == '*' || letter == '?' || letter == '[')
      escaped += {'[', letter, ']'};
    else if (letter == '\\')
      escaped += "\\\\";
    else
      escaped += letter;
  }
  return sql_text(escaped);
}

std::string sql_number(double number) {
  if (std::isnan(number)) return "'nan'::DOUBLE";
  if (std::isinf(number)) return number > 0 ? "'inf'::DOUBLE" : "'-inf'::DOUBLE";
  return fmt::format("'{}'::DOUBLE", number_text(number));
}

}  // namespace mlo::data
