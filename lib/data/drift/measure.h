#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "data/drift/text_profile.h"
#include "mlo/core/registry.h"

namespace mlo::data {

/// Both sides of one column, without missing and infinite values; neither is empty.
///
/// Numbers are sorted. The distinct values of either side stand in `values` (numbers, when the
/// reference has at most kMaxListedValues of them) or `categories` (all else, but for free text and
/// identifiers that nobody asked for), in ascending order, with the counts of each side beside
/// them.
struct Sides {
  static constexpr std::size_t kMaxListedValues = 20;

  bool is_numeric = false;
  bool is_integer = false;  ///< numbers that a file has as integers
  std::vector<double> reference;
  std::vector<double> current;
  std::vector<double> values;
  std::vector<std::string> categories;
  std::vector<double> reference_counts;
  std::vector<double> current_counts;
  double reference_total = 0;
  double current_total = 0;
  double reference_missing = 0;  ///< values
  double current_missing = 0;
  std::size_t different = 0;            ///< values of both sides together
  std::string kind;                     ///< numbers, times, categories, texts or identifiers
  std::optional<TextSides> texts = {};  ///< of free text, and where it was asked for

  [[nodiscard]] bool has_counts() const { return !reference_counts.empty(); }
};

struct Measured {
  double statistic = 0;
  std::optional<double> p_value;
  std::optional<double> threshold = {};  ///< where the data itself sets a higher one
};

/// A way to compare the two sides. It calls drift when p < threshold, or without a p-value when the
/// statistic ≥ threshold.
struct Measure {
  Measured (*compare)(const Sides& sides) = nullptr;
  double threshold = 0;
  bool numbers_only = false;
  bool texts_only = false;
};

/// All measures by name; each adds itself from its own file.
Registry<Measure>& drift_measures();

}  // namespace mlo::data
