#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "data/drift/trigrams.h"

namespace mlo::data {

/// What can be said of free text beyond its distance.
struct TextFacts {
  double reference_length = 0;  ///< mean, in characters (Unicode code points)
  double current_length = 0;
  /// Of the current side's words, the share that the reference never used. Words are runs of
  /// letters, digits and bytes beyond ASCII, ASCII letters in lower case.
  double out_of_vocabulary = 0;
};

/// What the letters and words of both sides tell. Texts are looked at one by one and not kept: what
/// grows with them is the reference's vocabulary, at 8 to 16 bytes a word (a hash of 64 bits).
class TextSides {
 public:
  /// A text and how many rows have it. The whole reference comes before the current side.
  void add_reference(std::string_view text, double count);
  void add_current(std::string_view text, double count);

  [[nodiscard]] TextFacts facts() const;
  /// Jensen–Shannon distance between both sides' trigrams.
  [[nodiscard]] double distance() const;
  /// The same between two halves of the reference: what chance alone makes of it.
  [[nodiscard]] double own_noise() const { return trigram_distance(first_half_, second_half_); }

 private:
  void keep_word(std::uint64_t word);
  void sort_words();

  Trigrams first_half_;
  Trigrams second_half_;
  Trigrams current_;
  std::vector<std::uint64_t> words_;  ///< of the reference
  std::size_t sorted_words_ = 0;      ///< those in front, without repeats
  double reference_texts_ = 0;
  double reference_characters_ = 0;
  double current_texts_ = 0;
  double current_characters_ = 0;
  double current_words_ = 0;
  double unknown_words_ = 0;
};

}  // namespace mlo::data
