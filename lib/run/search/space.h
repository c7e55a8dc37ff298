#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "mlo/core/json.h"
#include "mlo/workspace/search_spec.h"

namespace mlo::run {

/// A place in the space of a search: a number in [0, 1) for each param.
using Point = std::vector<double>;

/// What the params of a search may be, as samplers see it: the unit cube. A choice, an integer and
/// a range with steps divide their side into equal parts, one a value; a logarithmic side is even
/// in the logarithm.
class Space {
 public:
  explicit Space(std::vector<workspace::SearchParam> params) : params_(std::move(params)) {}

  [[nodiscard]] std::size_t dimensions() const { return params_.size(); }
  [[nodiscard]] const workspace::SearchParam& param(std::size_t dimension) const {
    return params_[dimension];
  }
  /// How many values a side has; nothing when it is continuous.
  [[nodiscard]] std::optional<std::int64_t> values(std::size_t dimension) const;
  /// How many points there are; nothing when they cannot be counted, or not in 63 bits.
  [[nodiscard]] std::optional<std::int64_t> size() const;
  /// Whether values of a side have an order: choices have none.
  [[nodiscard]] bool is_ordered(std::size_t dimension) const {
    return params_[dimension].kind != workspace::SearchParam::Kind::choice;
  }
  /// The middle of the part that stands for value `index` of a side.
  [[nodiscard]] double place_of(std::size_t dimension, std::int64_t index) const;
  /// {"lr": 0.01, "depth": 5}
  [[nodiscard]] Json params_at(std::span<const double> point) const;
  /// Where params lie, of which each may also be part of a group; nothing when one is not there, or
  /// is none of the values it may have.
  [[nodiscard]] std::optional<Point> point_of(const Json& params) const;

 private:
  [[nodiscard]] std::optional<double> place_of_value(std::size_t dimension,
                                                     const Json& value) const;
  [[nodiscard]] Json value_at(std::size_t dimension, double place) const;
  std::vector<workspace::SearchParam> params_;
};

}  // namespace mlo::run
