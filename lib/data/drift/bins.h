#pragma once

#include <span>
#include <vector>

#include "data/drift/measure.h"

namespace mlo::data {

/// Shares of each side in common bins.
struct Shares {
  std::vector<double> reference;
  std::vector<double> current;
};

/// Equal-width edges from the smallest to the largest value as numpy.histogram_bin_edges(bins=
/// "sturges") makes them: ⌈log₂(n) + 1⌉ bins; for integers none is narrower than 1.
std::vector<double> sturges_edges(double low, double high, std::size_t n, bool is_integer);
/// `bins` equal-width bins, as numpy.linspace.
std::vector<double> equal_edges(double low, double high, std::size_t bins);
/// Values a bin, as numpy.histogram: half-open bins, the last one closed. `sorted` ascending.
std::vector<double> count_in_bins(std::span<const double> sorted, std::span<const double> edges);

/// Counts in Evidently's bins (get_binned_data): numbers with more than 20 distinct reference
/// values in Sturges bins over both sides together, else one bin a value.
Shares binned_counts(const Sides& sides);
/// The same as shares of each side.
Shares binned_shares(const Sides& sides);
/// As Evidently fills empty bins before a logarithm: with 0.0001, or a millionth of the smallest
/// share when that is below 0.0001; not normalised again.
void fill_empty(std::vector<double>& shares);

}  // namespace mlo::data
