#pragma once

#include <cstdint>

namespace mlo::run {

/// Chance that is the same everywhere: equal for equal keys, on every machine and compiler, which
/// the distributions of the standard library do not promise. SplitMix64.
/// Source: Steele, Lea, Flood, OOPSLA 2014, 453–472.
class Chance {
 public:
  /// The stream of a trial of a search: independent of what other trials drew.
  Chance(std::int64_t seed, std::uint64_t trial, std::uint64_t purpose = 0);

  std::uint64_t bits();
  /// In [0, 1), 53 bits.
  double share();
  /// In [0, limit).
  std::uint64_t below(std::uint64_t limit);
  /// Normal with mean 0 and deviation 1 (Box and Muller 1958).
  double normal();

 private:
  std::uint64_t state_;
};

}  // namespace mlo::run
