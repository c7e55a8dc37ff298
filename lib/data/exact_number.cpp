#include "data/exact_number.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string>
#include <system_error>

namespace mlo::data {

namespace {

/// Figures of a decimal fraction, without zeros around them.
std::ptrdiff_t figures_in(std::string_view digits) {
  std::string figures(digits);
  std::erase_if(figures, [](char letter) { return letter < '0' || letter > '9'; });
  const auto first = figures.find_first_not_of('0');
  const auto last = figures.find_last_not_of('0');
  return first == std::string::npos ? 0 : static_cast<std::ptrdiff_t>(last - first + 1);
}

}  // namespace

Json exact_number(std::string_view digits) {
  const char* end = digits.data() + digits.size();
  if (digits.find('.') == std::string_view::npos) {
    std::int64_t whole = 0;
    const auto [stop, problem] = std::from_chars(digits.data(), end, whole);
    return problem == std::errc() && stop == end ? Json(whole) : Json(digits);
  }
  if (figures_in(digits) > std::numeric_limits<double>::digits10) return digits;
  double number = 0;
  const auto [stop, problem] = std::from_chars(digits.data(), end, number);
  return problem == std::errc() && stop == end ? Json(number) : Json(digits);
}

}  // namespace mlo::data
