#include "data/contract/import/columns.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/core.h>

namespace mlo::data {

ColumnRule& column_of(Contract& contract, const std::string& name) {
  const auto found = std::ranges::find(contract.columns, name, &ColumnRule::name);
  if (found != contract.columns.end()) return *found;
  contract.columns.push_back({.name = name, .type = ColumnType::text});
  return contract.columns.back();
}

void leave_out(Imported& imported, std::string_view subject, std::string_view what) {
  imported.left_out.push_back(fmt::format("{}: {}", subject, what));
}

std::optional<double> number_of(const Json& value) {
  if (value.is_number()) return value.as_number();
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.as_string();
  double number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<Bound> bound_of(const Json& value) {
  if (value.is_integer()) return Bound(value.as_integer());
  const auto number = number_of(value);
  return number ? std::optional<Bound>(*number) : std::nullopt;
}

std::optional<std::int64_t> whole_of(const Json& value) {
  const auto number = number_of(value);
  if (!number || std::floor(*number) != *number || std::abs(*number) > 9e15) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

std::vector<std::string> texts_of(const Json& value) {
  const auto one = [](const Json& item) {
    return item.is_string() ? item.as_string() : item.dump();
  };
  std::vector<std::string> texts;
  if (!value.is_array()) {
    if (!value.is_null()) texts.push_back(one(value));
    return texts;
  }
  for (const auto& item : value.as_array())
    if (!item.is_null()) texts.push_back(one(item));
  return texts;
}

std::string anywhere(std::string_view pattern) {
  constexpr std::string_view kRest = "[\\s\\S]*";
  const bool alternatives = pattern.find('|') != std::string_view::npos;
  const bool from_start = !alternatives && pattern.starts_with('^');
  const bool to_end = !alternatives && pattern.ends_with('$') && !pattern.ends_with("\\$");
  if (from_start) pattern.remove_prefix(1);
  if (to_end) pattern.remove_suffix(1);
  return fmt::format("{}(?:{}){}", from_start ? "" : kRest, pattern, to_end ? "" : kRest);
}

void raise(std::optional<Bound>& bound, const std::optional<Bound>& value) {
  if (value && (!bound || *value > *bound)) bound = value;
}

void lower(std::optional<Bound>& bound, const std::optional<Bound>& value) {
  if (value && (!bound || *value < *bound)) bound = value;
}

}  // namespace mlo::data
