#pragma once

#include <cstdint>
#include <vector>

namespace mlo::data {

/// Counts different values in 16 KiB, whatever their number, from a hash of 64 bits of each.
///
/// Adding a value twice changes nothing, and the sketch of a whole is the merged sketches of its
/// parts in any order. Source: Flajolet, Fusy, Gandouet & Meunier, AofA 2007, 137–156; the estimate
/// is Ertl's "improved raw estimator", arXiv:1702.01284 (2017), which needs no table of biases.
class HyperLogLog {
 public:
  static constexpr int kPrecision = 14;
  static constexpr int kRestBits = 64 - kPrecision;
  /// Standard error of `estimate()`, relative: 1.04 / √2¹⁴.
  static constexpr double kRelativeError = 0.008125;

  HyperLogLog() : ranks_(std::size_t{1} << kPrecision) {}

  void add(std::uint64_t hash) { add(hash >> kRestBits, hash & kRestMask); }
  /// One register's hash without its first kPrecision bits; of several the least says it all.
  void add(std::size_t place, std::uint64_t rest);
  void merge(const HyperLogLog& other);
  /// How many different hashes were added; 0 for none.
  [[nodiscard]] double estimate() const;

  bool operator==(const HyperLogLog&) const = default;

 private:
  static constexpr std::uint64_t kRestMask = (std::uint64_t{1} << kRestBits) - 1;
  std::vector<std::uint8_t> ranks_;  ///< 0: nothing added there
};

}  // namespace mlo::data
