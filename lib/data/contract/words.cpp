#include "data/contract/words.h"

namespace mlo::data {

namespace {

// The first of a type is the one we write.
constexpr std::array<std::pair<std::string_view, ColumnType>, 9> kLogicalTypes = {{
    {"boolean", ColumnType::boolean},
    {"integer", ColumnType::integer},
    {"number", ColumnType::number},
    {"string", ColumnType::text},
    {"date", ColumnType::date},
    {"timestamp", ColumnType::timestamp},
    {"object", ColumnType::other},
    {"array", ColumnType::other},
    {"time", ColumnType::other},
}};

}  // namespace

std::string_view logical_type(ColumnType type) {
  for (const auto& [name, known] : kLogicalTypes)
    if (known == type) return name;
  return "object";
}

std::optional<ColumnType> parse_logical_type(std::string_view text) {
  for (const auto& [name, known] : kLogicalTypes)
    if (name == text) return known;
  return std::nullopt;
}

std::vector<std::string> logical_types() {
  std::vector<std::string> names;
  names.reserve(kLogicalTypes.size());
  for (const auto& known : kLogicalTypes) names.emplace_back(known.first);
  return names;
}

}  // namespace mlo::data
