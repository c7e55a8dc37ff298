#include "run/search/space.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "mlo/workspace/project.h"

namespace mlo::run {
namespace {

using Kind = workspace::SearchParam::Kind;

/// 0.1 + 2 × 0.1 reads 0.3: what a person would have typed.
double tidied(double value) {
  constexpr double kDigits = 12;
  if (value == 0 || !std::isfinite(value)) return value;
  const double scale = std::pow(10.0, kDigits - 1 - std::floor(std::log10(std::abs(value))));
  return std::isfinite(scale) ? std::round(value * scale) / scale : value;
}

}  // namespace

std::optional<std::int64_t> Space::values(std::size_t dimension) const {
  const auto& param = params_[dimension];
  if (param.kind == Kind::choice) return static_cast<std::int64_t>(param.choices.size());
  if (param.count) return *param.count;
  // A hair more than the step: 0.1 goes ten times into 1.
  if (param.step)
    return static_cast<std::int64_t>(std::floor((param.high - param.low) / *param.step + 1e-9)) + 1;
  if (param.kind == Kind::integer)
    return static_cast<std::int64_t>(param.high) - static_cast<std::int64_t>(param.low) + 1;
  return std::nullopt;
}

std::optional<std::int64_t> Space::size() const {
  std::int64_t size = 1;
  for (std::size_t i = 0; i < params_.size(); ++i) {
    const auto side = values(i);
    if (!side || *side > std::numeric_limits<std::int64_t>::max() / size) return std::nullopt;
    size *= *side;
  }
  return size;
}

double Space::place_of(std::size_t dimension, std::int64_t index) const {
  const auto side = values(dimension).value_or(1);
  const auto& param = params_[dimension];
  if (param.kind == Kind::integer && param.logarithmic && !param.count) {
    // Its values have parts of unequal width: those of the logarithm.
    const double begin = std::log(param.low - 0.5);
    const double end = std::log(param.high + 0.5);
    return (std::log(param.low + static_cast<double>(index)) - begin) / (end - begin);
  }
  return (static_cast<double>(index) + 0.5) / static_cast<double>(side);
}

Json Space::params_at(std::span<const double> point) const {
  Json params = Json::object();
  for (std::size_t i = 0; i < params_.size(); ++i)
    params.set(params_[i].name, value_at(i, point[i]));
  return params;
}

std::optional<Point> Space::point_of(const Json& params) const {
  Point point;
  for (std::size_t i = 0; i < params_.size(); ++i) {
    const auto* value = workspace::find_param(params, params_[i].name);
    const auto place = value == nullptr ? std::nullopt : place_of_value(i, *value);
    if (!place) return std::nullopt;
    point.push_back(*place);
  }
  return point;
}

std::optional<double> Space::place_of_value(std::size_t dimension, const Json& value) const {
  const auto& param = params_[dimension];
  if (param.kind == Kind::choice) {
    const auto found = std::ranges::find(param.choices, value);
    if (found == param.choices.end()) return std::nullopt;
    return place_of(dimension, found - param.choices.begin());
  }
  if (!value.is_number()) return std::nullopt;
  const double figure = value.as_number();
  if (figure < param.low || figure > param.high) return std::nullopt;
  if (param.step) return place_of(dimension, std::llround((figure - param.low) / *param.step));
  if (param.kind == Kind::integer && !param.count)
    return place_of(dimension, std::llround(figure - param.low));
  const double share = param.logarithmic
                           ? std::log(figure / param.low) / std::log(param.high / param.low)
                           : (figure - param.low) / (param.high - param.low);
  if (!param.count) return share;
  return place_of(dimension, std::llround(share * static_cast<double>(*param.count - 1)));
}

Json Space::value_at(std::size_t dimension, double place) const {
  const auto& param = params_[dimension];
  place = std::clamp(place, 0.0, std::nextafter(1.0, 0.0));
  const auto side = values(dimension);
  const auto index =
      side ? std::min(static_cast<std::int64_t>(place * static_cast<double>(*side)), *side - 1) : 0;
  if (param.kind == Kind::choice) return param.choices[static_cast<std::size_t>(index)];
  double value = 0;
  if (param.count) {
    const double share = static_cast<double>(index) / static_cast<double>(*param.count - 1);
    value = param.logarithmic ? param.low * std::pow(param.high / param.low, share)
                              : param.low + share * (param.high - param.low);
  } else if (param.step) {
    value = param.low + static_cast<double>(index) * *param.step;
  } else if (param.kind == Kind::integer && param.logarithmic) {
    const double begin = std::log(param.low - 0.5);
    value = std::exp(begin + place * (std::log(param.high + 0.5) - begin));
  } else if (param.kind == Kind::integer) {
    value = param.low + static_cast<double>(index);
  } else if (param.logarithmic) {
    value = param.low * std::pow(param.high / param.low, place);
  } else {
    value = param.low + place * (param.high - param.low);
  }
  value = std::clamp(value, param.low, param.high);
  if (param.kind == Kind::integer) return static_cast<std::int64_t>(std::llround(value));
  return tidied(value);
}

}  // namespace mlo::run
