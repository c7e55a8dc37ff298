#include "data/drift/trigrams.h"

#include <algorithm>
#include <cmath>

#include "data/statistics/sum.h"

namespace mlo::data {

namespace {

constexpr std::size_t kGram = 3;

std::uint32_t key_of(std::string_view gram) {
  auto key = static_cast<std::uint32_t>(gram.size() + 1);  // an empty text is a key too
  for (const char letter : gram) key = (key << 8U) | static_cast<unsigned char>(letter);
  return key;
}

double half_entropy(double share, double middle) {
  return share == 0 ? 0 : share * std::log(share / middle);
}

}  // namespace

std::size_t Trigrams::place_of(std::uint32_t key) const {
  // Fibonacci hashing; keys of one language differ in every byte.
  auto place = (key * 2654435769U >> 8U) & (slots_.size() - 1);
  while (slots_[place].key != 0 && slots_[place].key != key)
    place = (place + 1) & (slots_.size() - 1);
  return place;
}

void Trigrams::add_key(std::uint32_t key, double count) {
  auto& slot = slots_[place_of(key)];
  slot.count += count;
  total_ += count;
  if (slot.key != 0) return;
  slot.key = key;
  if (++used_ * 2 > slots_.size()) grow();
}

void Trigrams::grow() {
  auto before = std::move(slots_);
  slots_ = std::vector<Slot>(before.size() * 2);
  for (const auto& slot : before)
    if (slot.key != 0) slots_[place_of(slot.key)] = slot;
}

void Trigrams::add(std::string_view text, double count) {
  if (count == 0) return;
  if (text.size() < kGram) return add_key(key_of(text), count);
  for (std::size_t i = 0; i + kGram <= text.size(); ++i)
    add_key(key_of(text.substr(i, kGram)), count);
}

void Trigrams::merge(const Trigrams& other) {
  for (const auto& slot : other.slots_)
    if (slot.key != 0) add_key(slot.key, slot.count);
}

double trigram_distance(const Trigrams& left, const Trigrams& right) {
  if (left.total_ == 0 || right.total_ == 0)
    return left.total_ == right.total_ ? 0 : std::sqrt(std::log(2));
  ExactSum sum;  // in whatever order the slots lie
  const auto add = [&](double in_left, double in_right) {
    const double middle = (in_left + in_right) / 2;
    sum.add(half_entropy(in_left, middle));
    sum.add(half_entropy(in_right, middle));
  };
  for (const auto& slot : left.slots_)
    if (slot.key != 0)
      add(slot.count / left.total_, right.slots_[right.place_of(slot.key)].count / right.total_);
  for (const auto& slot : right.slots_)
    if (slot.key != 0 && left.slots_[left.place_of(slot.key)].key == 0)
      add(0, slot.count / right.total_);
  return std::sqrt(std::max(0.0, sum.value()) / 2);
}

}  // namespace mlo::data
