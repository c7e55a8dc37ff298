#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace mlo::data {

/// Gradient-boosted trees for two classes over columns of bin numbers below `kBins`.
class BoostedTrees {
 public:
  static constexpr std::size_t kBins = 32;
  struct Row {
    double label = 0;  ///< 0 or 1
    double weight = 1;
  };

  /// Learns from the rows `training`. `features[column][row]` outlives the trees.
  BoostedTrees(const std::vector<std::vector<std::uint8_t>>& features, std::span<const Row> rows,
               const std::vector<std::uint32_t>& training);

  /// Log-odds of label 1.
  [[nodiscard]] double score(std::size_t row) const;
  /// What each column's splits took from the loss.
  [[nodiscard]] const std::vector<double>& gains() const { return gains_; }

 private:
  struct Node {
    int feature = -1;      ///< a leaf has none
    std::uint8_t bin = 0;  ///< rows up to it go left
    std::size_t left = 0;
    std::size_t right = 0;
    double value = 0;  ///< of a leaf
  };
  struct Sums {
    double gradient = 0;
    double hessian = 0;
  };
  struct Split {
    double gain = 0;
    int feature = -1;
    std::uint8_t bin = 0;
  };

  void boost(std::span<const Row> rows, const std::vector<std::uint32_t>& training);
  std::size_t grow(std::span<std::uint32_t> rows, int depth);
  [[nodiscard]] Split best_split(std::span<const std::uint32_t> rows, const Sums& total) const;
  [[nodiscard]] double value_in(std::size_t root, std::size_t row) const;

  const std::vector<std::vector<std::uint8_t>>& features_;
  std::vector<Node> nodes_;
  std::vector<std::size_t> roots_;
  std::vector<double> gains_;
  std::vector<Sums> present_;  ///< of each row, in the present round
};

}  // namespace mlo::data
