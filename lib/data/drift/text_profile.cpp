#include "data/drift/text_profile.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>
#include <unordered_set>

#include "data/statistics/sum.h"

namespace mlo::data {
namespace {

constexpr double kThreshold = 0.1;
// Two samples of one language differ by chance: how much, two halves of the reference tell.
constexpr double kTimesOwnNoise = 1.5;
constexpr std::size_t kGram = 3;

using Profile = std::map<std::string_view, double>;

char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool is_word_part(char letter) {
  const auto byte = static_cast<unsigned char>(letter);
  return byte >= 0x80 || (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
         (letter >= 'A' && letter <= 'Z');
}

void add_grams(Profile& profile, std::string_view text, double count) {
  if (count == 0) return;
  if (text.size() < kGram) {
    profile[text] += count;
    return;
  }
  for (std::size_t i = 0; i + kGram <= text.size(); ++i) profile[text.substr(i, kGram)] += count;
}

double total_of(const Profile& profile) {
  double total = 0;
  for (const auto& [gram, count] : profile) total += count;
  return total;
}

double half_entropy(double share, double middle) {
  return share == 0 ? 0 : share * std::log(share / middle);
}

/// Jensen–Shannon distance of two profiles, natural logarithm.
double distance(const Profile& left, const Profile& right) {
  const double left_total = total_of(left);
  const double right_total = total_of(right);
  if (left_total == 0 || right_total == 0)
    return left_total == right_total ? 0 : std::sqrt(std::log(2));
  ExactSum sum;
  const auto add = [&](double in_left, double in_right) {
    const double middle = (in_left + in_right) / 2;
    sum.add(half_entropy(in_left, middle));
    sum.add(half_entropy(in_right, middle));
  };
  auto one = left.begin();
  auto other = right.begin();
  while (one != left.end() || other != right.end()) {
    const bool take_one = other == right.end() || (one != left.end() && one->first <= other->first);
    const bool take_other =
        one == left.end() || (other != right.end() && other->first <= one->first);
    add(take_one ? one->second / left_total : 0, take_other ? other->second / right_total : 0);
    if (take_one) ++one;
    if (take_other) ++other;
  }
  return std::sqrt(std::max(0.0, sum.value()) / 2);
}

/// FNV-1a, so that which half a text falls into depends on nothing but the text.
bool is_in_first_half(std::string_view text) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char letter : text)
    hash = (hash ^ static_cast<unsigned char>(letter)) * 1099511628211ULL;
  return (hash >> 32U) % 2 == 0;
}

/// Jensen–Shannon distance between the shares of character trigrams (bytes of UTF-8): which letters
/// follow each other, whatever the texts say. The threshold is 0.1, or 1.5 times the distance
/// between two halves of the reference where that is more.
/// Source: Cavnar & Trenkle, N-Gram-Based Text Categorization, SDAIR (1994), for the profile.
Measured text_profile(const Sides& sides) {
  Profile reference;
  Profile current;
  Profile first;
  Profile second;
  for (std::size_t i = 0; i < sides.categories.size(); ++i) {
    const auto& text = sides.categories[i];
    add_grams(reference, text, sides.reference_counts[i]);
    add_grams(current, text, sides.current_counts[i]);
    add_grams(is_in_first_half(text) ? first : second, text, sides.reference_counts[i]);
  }
  return {.statistic = distance(reference, current),
          .p_value = {},
          .threshold = std::max(kThreshold, kTimesOwnNoise * distance(first, second))};
}

template <typename Visit>
void each_word(std::string_view text, Visit&& visit) {
  std::string word;
  for (const char letter : text) {
    if (is_word_part(letter)) {
      word += lower(letter);
      continue;
    }
    if (!word.empty()) visit(word);
    word.clear();
  }
  if (!word.empty()) visit(word);
}

double characters(std::string_view text) {
  return static_cast<double>(std::ranges::count_if(
      text, [](char letter) { return (static_cast<unsigned char>(letter) & 0xC0U) != 0x80U; }));
}

const bool kRegistered = drift_measures().add(
    "text_profile", {.compare = text_profile, .threshold = kThreshold, .texts_only = true});

}  // namespace

TextFacts text_facts(const Sides& sides) {
  TextFacts facts;
  std::unordered_set<std::string> vocabulary;
  for (std::size_t i = 0; i < sides.categories.size(); ++i) {
    const auto& text = sides.categories[i];
    facts.reference_length += characters(text) * sides.reference_counts[i];
    facts.current_length += characters(text) * sides.current_counts[i];
    if (sides.reference_counts[i] > 0)
      each_word(text, [&](const std::string& word) { vocabulary.insert(word); });
  }
  if (sides.reference_total > 0) facts.reference_length /= sides.reference_total;
  if (sides.current_total > 0) facts.current_length /= sides.current_total;
  double words = 0;
  double unknown = 0;
  for (std::size_t i = 0; i < sides.categories.size(); ++i) {
    if (sides.current_counts[i] == 0) continue;
    each_word(sides.categories[i], [&](const std::string& word) {
      words += sides.current_counts[i];
      if (!vocabulary.contains(word)) unknown += sides.current_counts[i];
    });
  }
  if (words > 0) facts.out_of_vocabulary = unknown / words;
  return facts;
}

}  // namespace mlo::data
