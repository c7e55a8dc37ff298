#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace mlo::data {

/// How often each run of three bytes occurs in texts; a text of fewer counts as itself.
class Trigrams {
 public:
  Trigrams() : slots_(kLeastSlots) {}

  void add(std::string_view text, double count);
  void merge(const Trigrams& other);
  [[nodiscard]] double total() const { return total_; }

 private:
  friend double trigram_distance(const Trigrams& left, const Trigrams& right);
  struct Slot {
    std::uint32_t key = 0;  ///< the bytes and, above them, how many: 0 for none
    double count = 0;
  };
  static constexpr std::size_t kLeastSlots = 4096;  ///< always a power of two

  void add_key(std::uint32_t key, double count);
  void grow();
  [[nodiscard]] std::size_t place_of(std::uint32_t key) const;

  std::vector<Slot> slots_;
  std::size_t used_ = 0;
  double total_ = 0;
};

/// Jensen–Shannon distance of the shares, natural logarithm: 0 when both are empty, √ln 2 when one
/// is.
double trigram_distance(const Trigrams& left, const Trigrams& right);

}  // namespace mlo::data
