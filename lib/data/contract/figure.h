#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <vector>

#include "data/engine.h"
#include "mlo/data/contract.h"

namespace mlo::data {

/// A figure as JSON: a number when all of its text is one.
inline Json figure_of(const Engine::Text& text) {
  if (!text || text->empty()) return text ? Json(*text) : Json();
  const char* end = text->data() + text->size();
  std::int64_t whole = 0;
  if (std::from_chars(text->data(), end, whole).ptr == end) return whole;
  double number = 0;
  if (std::from_chars(text->data(), end, number).ptr == end) return number;
  return *text;
}

inline std::int64_t count_of(const Engine::Text& text) {
  return text ? std::stoll(*text) : 0;
}

/// One more failing row of `result`: its number, and the text that stands there, if any.
inline void add_to_sample(CheckResult& result, const std::vector<Engine::Text>& row) {
  result.sample.push_back(count_of(row[0]));
  if (const auto& text = row[1];
      text && std::ranges::find(result.found, *text) == result.found.end())
    result.found.push_back(*text);
}

/// ">= 3", "<= 5 %"
inline std::string threshold_of(const QualityRule& rule) {
  return rule.condition.text() + (rule.percent ? " %" : "");
}

}  // namespace mlo::data
