#include "data/date_format.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mlo::data {

namespace {

// Days first where both would do, as the engine has it.
constexpr std::array<std::string_view, 6> kDates = {"dd-MM-yy",   "MM-dd-yy",   "yy-MM-dd",
                                                    "dd-MM-yyyy", "MM-dd-yyyy", "yyyy-MM-dd"};
constexpr std::array<std::string_view, 5> kTimes = {"", " HH:mm", " HH:mm:ss", " HH:mm:ss.SSS",
                                                    " hh:mm:ss a"};

constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kFields = {{
    {"yyyy", "%Y"},
    {"yy", "%y"},
    {"MM", "%m"},
    {"M", "%m"},
    {"dd", "%d"},
    {"d", "%d"},
    {"HH", "%H"},
    {"H", "%H"},
    {"hh", "%I"},
    {"h", "%I"},
    {"mm", "%M"},
    {"ss", "%S"},
    {"SSS", "%f"},
    {"a", "%p"},
}};

bool is_letter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
}

}  // namespace

std::vector<std::string> date_patterns(std::string_view example, ColumnType type) {
  const auto at = example.find_first_not_of("0123456789 ");
  std::vector<std::string> patterns;
  if (at == std::string_view::npos ||
      std::string_view("-/.").find(example[at]) == std::string_view::npos)
    return patterns;
  for (const auto date : kDates) {
    std::string pattern(date);
    std::ranges::replace(pattern, '-', example[at]);
    for (const auto time : kTimes)
      if (type == ColumnType::timestamp || time.empty())
        patterns.push_back(pattern + std::string(time));
  }
  return patterns;
}

std::string strptime_format(std::string_view pattern) {
  std::string format;
  while (!pattern.empty()) {
    std::size_t length = 1;
    while (length < pattern.size() && pattern[length] == pattern[0]) ++length;
    const auto field = pattern.substr(0, length);
    pattern.remove_prefix(length);
    const auto known =
        std::ranges::find(kFields, field, [](const auto& pair) { return pair.first; });
    if (known != kFields.end())
      format += known->second;
    else if (is_letter(field[0]) || field[0] == '%' || field[0] == '\'')
      return "";
    else
      format += field;
  }
  return format;
}

bool is_iso(std::string_view pattern) {
  return pattern.starts_with("yyyy-MM-dd");
}

std::string field_order(std::string_view pattern) {
  std::string order;
  for (const char letter : pattern)
    if ((letter == 'd' || letter == 'M' || letter == 'y') && order.find(letter) == order.npos)
      order += letter;
  return order;
}

}  // namespace mlo::data
