#include "data/drift/text_profile.h"

#include <algorithm>

#include "data/drift/measure.h"

namespace mlo::data {
namespace {

constexpr double kThreshold = 0.1;
// Two samples of one language differ by chance: how much, two halves of the reference tell.
constexpr double kTimesOwnNoise = 1.5;
constexpr std::size_t kMostUnsorted = 1U << 20U;
constexpr std::uint64_t kNothing = 14695981039346656037ULL;

/// FNV-1a, so that what becomes of a text depends on nothing but the text.
std::uint64_t hash_on(std::uint64_t hash, char letter) {
  return (hash ^ static_cast<unsigned char>(letter)) * 1099511628211ULL;
}

char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool is_word_part(char letter) {
  const auto byte = static_cast<unsigned char>(letter);
  return byte >= 0x80 || (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
         (letter >= 'A' && letter <= 'Z');
}

bool is_in_first_half(std::string_view text) {
  std::uint64_t hash = kNothing;
  for (const char letter : text) hash = hash_on(hash, letter);
  return (hash >> 32U) % 2 == 0;
}

template <typename Visit>
void each_word(std::string_view text, Visit&& visit) {
  std::uint64_t word = kNothing;
  for (const char letter : text) {
    if (is_word_part(letter)) {
      word = hash_on(word, lower(letter));
    } else {
      if (word != kNothing) visit(word);
      word = kNothing;
    }
  }
  if (word != kNothing) visit(word);
}

double characters(std::string_view text) {
  return static_cast<double>(std::ranges::count_if(
      text, [](char letter) { return (static_cast<unsigned char>(letter) & 0xC0U) != 0x80U; }));
}

double share(double part, double whole) {
  return whole > 0 ? part / whole : 0;
}

/// Jensen–Shannon distance between the shares of character trigrams (bytes of UTF-8): which letters
/// follow each other, whatever the texts say. The threshold is 0.1, or 1.5 times the distance
/// between two halves of the reference where that is more.
/// Source: Cavnar & Trenkle, N-Gram-Based Text Categorization, SDAIR (1994), for the profile.
Measured text_profile(const Sides& sides) {
  return {.statistic = sides.texts->distance(),
          .p_value = {},
          .threshold = std::max(kThreshold, kTimesOwnNoise * sides.texts->own_noise())};
}

const bool kRegistered = drift_measures().add(
    "text_profile", {.compare = text_profile, .threshold = kThreshold, .texts_only = true});

}  // namespace

void TextSides::sort_words() {
  std::ranges::sort(words_);
  words_.erase(std::unique(words_.begin(), words_.end()), words_.end());
  sorted_words_ = words_.size();
}

void TextSides::keep_word(std::uint64_t word) {
  words_.push_back(word);
  // Each sort at least doubles what the next one waits for.
  if (words_.size() > std::max(2 * sorted_words_, kMostUnsorted)) sort_words();
}

void TextSides::add_reference(std::string_view text, double count) {
  (is_in_first_half(text) ? first_half_ : second_half_).add(text, count);
  reference_texts_ += count;
  reference_characters_ += characters(text) * count;
  each_word(text, [&](std::uint64_t word) { keep_word(word); });
}

void TextSides::add_current(std::string_view text, double count) {
  if (sorted_words_ != words_.size()) sort_words();
  current_.add(text, count);
  current_texts_ += count;
  current_characters_ += characters(text) * count;
  each_word(text, [&](std::uint64_t word) {
    current_words_ += count;
    if (!std::ranges::binary_search(words_, word)) unknown_words_ += count;
  });
}

TextFacts TextSides::facts() const {
  return {.reference_length = share(reference_characters_, reference_texts_),
          .current_length = share(current_characters_, current_texts_),
          .out_of_vocabulary = share(unknown_words_, current_words_)};
}

double TextSides::distance() const {
  auto reference = first_half_;
  reference.merge(second_half_);
  return trigram_distance(reference, current_);
}

}  // namespace mlo::data
