#include "data/statistics/hyperloglog.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace mlo::data {

namespace {

constexpr int kHighestRank = HyperLogLog::kRestBits + 1;

/// x + Σ x^(2^k) 2^(k−1): what registers without a value add.
double sigma(double x) {
  if (x == 1) return std::numeric_limits<double>::infinity();
  double sum = x;
  for (double weight = 1, before = -1; sum != before; weight *= 2) {
    x *= x;
    before = sum;
    sum += x * weight;
  }
  return sum;
}

/// (1 − x − Σ (1 − x^(2^−k))² 2^−k) / 3: what full registers take away.
double tau(double x) {
  if (x == 0 || x == 1) return 0;
  double sum = 1 - x;
  for (double weight = 0.5, before = -1; sum != before; weight /= 2) {
    x = std::sqrt(x);
    before = sum;
    sum -= (1 - x) * (1 - x) * weight;
  }
  return sum / 3;
}

}  // namespace

void HyperLogLog::add(std::size_t place, std::uint64_t rest) {
  const int rank = rest == 0 ? kHighestRank : std::countl_zero(rest) - kPrecision + 1;
  ranks_[place] = std::max(ranks_[place], static_cast<std::uint8_t>(rank));
}

void HyperLogLog::merge(const HyperLogLog& other) {
  for (std::size_t i = 0; i < ranks_.size(); ++i) ranks_[i] = std::max(ranks_[i], other.ranks_[i]);
}

double HyperLogLog::estimate() const {
  std::array<double, kHighestRank + 1> counts{};
  for (const auto rank : ranks_) ++counts.at(rank);
  const auto registers = static_cast<double>(ranks_.size());
  double sum = registers * tau(1 - counts[kHighestRank] / registers);
  for (int rank = kHighestRank - 1; rank >= 1; --rank)
    sum = (sum + counts.at(static_cast<std::size_t>(rank))) / 2;
  sum += registers * sigma(counts[0] / registers);
  return registers * registers / (2 * std::log(2.0)) / sum;
}

}  // namespace mlo::data
