#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <system_error>
#include <vector>

#include "data/engine.h"
#include "mlo/data/contract.h"

namespace mlo::data {

/// A figure as JSON: a number when all of its text is one, of 64 bits exactly, beyond them the
/// double nearest to it, so that it has its place among bounds.
inline Json figure_of(const Engine::Text& text) {
  if (!text || text->empty()) return text ? Json(*text) : Json();
  const char* end = text->data() + text->size();
  const auto is_all = [end](const std::from_chars_result& read) {
    return read.ec == std::errc() && read.ptr == end;
  };
  std::int64_t whole = 0;
  if (is_all(std::from_chars(text->data(), end, whole))) return whole;
  double number = 0;
  if (is_all(std::from_chars(text->data(), end, number))) return number;
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
