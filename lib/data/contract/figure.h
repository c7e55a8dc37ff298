#pragma once

#include <charconv>
#include <cstdint>
#include <string>

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

/// ">= 3", "<= 5 %"
inline std::string threshold_of(const QualityRule& rule) {
  return rule.condition.text() + (rule.percent ? " %" : "");
}

}  // namespace mlo::data
