#include "ui/checks.h"

#include <fmt/format.h>

#include "ui/format.h"

namespace mlo::ui {

const Json& checks_of(const View& view) {
  static const Json kNone = Json::array();
  for (const auto& field : view.fields)
    if (field.key == "checks" && field.value.is_array()) return field.value;
  return kNone;
}

bool has_passed(const Json& check) {
  return check["passed"].is_bool() && check["passed"].as_bool();
}

std::string sentence_of(const Json& check) {
  auto text =
      fmt::format("{}: {} (threshold {})", check.string_or("name", ""),
                  shown(check["value"], Format::number), shown(check["threshold"], Format::plain));
  const auto message = check.string_or("message", "");
  return message.empty() ? text : text + ": " + message;
}

std::vector<std::int64_t> failing_lines(const Json& check) {
  std::vector<std::int64_t> lines;
  const auto& sample = check["sample_lines"];
  if (!sample.is_array()) return lines;
  for (const auto& line : sample.as_array()) lines.push_back(line.as_integer());
  return lines;
}

}  // namespace mlo::ui
