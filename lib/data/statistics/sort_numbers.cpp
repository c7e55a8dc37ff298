#include "data/statistics/sort_numbers.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <utility>

namespace mlo::data {

namespace {

constexpr std::size_t kFew = 4096;
constexpr int kDigitBits = 11;
constexpr std::size_t kDigits = (64 + kDigitBits - 1) / kDigitBits;
constexpr std::size_t kRadix = 1U << kDigitBits;
constexpr std::uint64_t kSign = std::uint64_t{1} << 63U;

/// The bits of a value as a number of the same order: the sign above, negative ones turned over.
std::uint64_t key_of(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  return (bits & kSign) != 0 ? ~bits : bits | kSign;
}
std::uint64_t key_of(std::int64_t value) {
  return std::bit_cast<std::uint64_t>(value) ^ kSign;
}

std::size_t digit_of(std::uint64_t key, std::size_t place) {
  return (key >> (place * kDigitBits)) & (kRadix - 1);
}

bool comes_before(double left, double right) {
  return left < right || (left == right && std::signbit(left) && !std::signbit(right));
}
bool comes_before(std::int64_t left, std::int64_t right) {
  return left < right;
}

template <typename Number>
void sort_by_digits(std::vector<Number>& values) {
  if (values.size() < kFew) {
    std::ranges::sort(values, [](Number a, Number b) { return comes_before(a, b); });
    return;
  }
  std::vector<std::array<std::size_t, kRadix>> counts(kDigits);
  for (const auto value : values) {
    const auto key = key_of(value);
    for (std::size_t place = 0; place < kDigits; ++place) ++counts[place][digit_of(key, place)];
  }
  std::vector<Number> other(values.size());
  for (std::size_t place = 0; place < kDigits; ++place) {
    auto& count = counts[place];
    if (count[digit_of(key_of(values.front()), place)] == values.size()) continue;
    std::size_t next = 0;
    for (auto& one : count) next += std::exchange(one, next);
    for (const auto value : values) other[count[digit_of(key_of(value), place)]++] = value;
    values.swap(other);
  }
}

}  // namespace

void sort_numbers(std::vector<double>& values) {
  sort_by_digits(values);
}

void sort_numbers(std::vector<std::int64_t>& values) {
  sort_by_digits(values);
}

}  // namespace mlo::data
