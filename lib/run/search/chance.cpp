#include "run/search/chance.h"

#include <cmath>
#include <numbers>

namespace mlo::run {
namespace {

constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15U;

std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31U);
}

}  // namespace

Chance::Chance(std::int64_t seed, std::uint64_t trial, std::uint64_t purpose)
    : state_(mixed(mixed(mixed(static_cast<std::uint64_t>(seed) + kStep) + trial) + purpose)) {}

std::uint64_t Chance::bits() {
  state_ += kStep;
  return mixed(state_);
}

double Chance::share() {
  return static_cast<double>(bits() >> 11U) * 0x1p-53;
}

std::uint64_t Chance::below(std::uint64_t limit) {
  // Numbers past the last whole multiple would make small ones likelier.
  const std::uint64_t fair = limit * (UINT64_MAX / limit);
  std::uint64_t drawn = bits();
  while (drawn >= fair) drawn = bits();
  return drawn % limit;
}

double Chance::normal() {
  const double radius = std::sqrt(-2 * std::log(1 - share()));
  return radius * std::cos(2 * std::numbers::pi * share());
}

}  // namespace mlo::run
