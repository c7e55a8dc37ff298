#pragma once

#include <cstdint>

namespace mlo::data {

/// A generator that gives the same numbers on every machine: SplitMix64.
/// Source: Steele, Lea & Flood, OOPSLA 2014.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
    return mixed ^ (mixed >> 31U);
  }

  /// Uniform in [0, bound), bound > 0: values that would favour small results are drawn again.
  std::uint64_t below(std::uint64_t bound) {
    const std::uint64_t uneven = (0 - bound) % bound;
    for (;;) {
      const auto value = next();
      if (value >= uneven) return value % bound;
    }
  }

 private:
  std::uint64_t state_;
};

}  // namespace mlo::data
