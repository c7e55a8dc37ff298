#include <algorithm>
#include <array>

#include "mlo/core/error.h"
#include "mlo/run/tracking.h"

namespace mlo::run {
namespace {

constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::size_t kIdLength = 26;
constexpr std::size_t kHexLength = 32;

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kStatuses{
    {{"RUNNING", "running"},
     {"SCHEDULED", "scheduled"},
     {"FINISHED", "finished"},
     {"FAILED", "failed"},
     {"KILLED", "interrupted"}}};

using Bits = std::array<unsigned, 128>;

/// The last 128 bits of digits of `width` bits each; nothing when a digit is none of `alphabet` or
/// a bit before the last 128 is set.
std::optional<Bits> bits_of(std::string_view text, std::string_view alphabet, std::size_t width) {
  Bits bits{};
  const auto excess = text.size() * width - bits.size();
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digit = alphabet.find(text[i]);
    if (digit == std::string_view::npos) return std::nullopt;
    for (std::size_t j = 0; j < width; ++j) {
      const auto bit = static_cast<unsigned>(digit >> (width - 1 - j)) & 1U;
      const auto place = i * width + j;
      if (place < excess) {
        if (bit != 0) return std::nullopt;
        continue;
      }
      bits[place - excess] = bit;
    }
  }
  return bits;
}

std::string text_of_bits(const Bits& bits, std::string_view alphabet, std::size_t width,
                         std::size_t length) {
  const auto excess = length * width - bits.size();
  std::string text(length, '0');
  for (std::size_t i = 0; i < length; ++i) {
    std::size_t digit = 0;
    for (std::size_t j = 0; j < width; ++j) {
      const auto place = i * width + j;
      digit = digit * 2 + (place < excess ? 0 : bits[place - excess]);
    }
    text[i] = alphabet[digit];
  }
  return text;
}

}  // namespace

std::string hex_of_run(std::string_view id) {
  const auto bits = id.size() == kIdLength ? bits_of(id, kDigits, 5) : std::nullopt;
  // Runs that another mlo named otherwise keep their name.
  return bits ? text_of_bits(*bits, kHex, 4, kHexLength) : std::string(id);
}

std::optional<std::string> parse_run_id(std::string_view text) {
  if (text.size() == kIdLength && bits_of(text, kDigits, 5)) return std::string(text);
  if (text.size() != kHexLength) return std::nullopt;
  const auto bits = bits_of(text, kHex, 4);
  if (!bits) return std::nullopt;
  return text_of_bits(*bits, kDigits, 5, kIdLength);
}

std::optional<std::string> status_from_client(std::string_view text) {
  for (const auto& [theirs, ours] : kStatuses)
    if (theirs == text) return std::string(ours);
  return std::nullopt;
}

std::string status_for_client(std::string_view status) {
  for (const auto& [theirs, ours] : kStatuses)
    if (ours == status) return std::string(theirs);
  return "FAILED";
}

}  // namespace mlo::run
