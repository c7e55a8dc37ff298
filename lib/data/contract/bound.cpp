#include <cmath>

#include "mlo/data/contract.h"

namespace mlo::data {

Bound::Bound(double limit) : number_(limit) {
  constexpr double kBeyond = 9223372036854775808.0;  // 2^63
  if (std::floor(limit) == limit && std::fabs(limit) < kBeyond)
    whole_ = static_cast<std::int64_t>(limit);
}

Bound Bound::of(const Json& number) {
  return number.is_integer() ? Bound(number.as_integer()) : Bound(number.as_number());
}

std::partial_ordering Bound::operator<=>(const Bound& other) const {
  if (whole_ && other.whole_) return *whole_ <=> *other.whole_;
  return number_ <=> other.number_;
}

}  // namespace mlo::data
