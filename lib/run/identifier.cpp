#include "run/identifier.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace mlo::run {

std::string new_run_id(const World& world) {
  constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  std::array<std::byte, 16> bytes{};
  world.fill_random(std::span(bytes).subspan(6));
  auto milliseconds = static_cast<std::uint64_t>(world.now().microseconds / 1000);
  for (std::size_t i = 6; i-- > 0; milliseconds >>= 8U)
    bytes[i] = static_cast<std::byte>(milliseconds & 0xFFU);
  // 128 bits are 26 digits of five bits with two zero bits in front.
  std::string text(26, '0');
  unsigned pending = 0;
  int bits = 0;
  auto digit = text.rbegin();
  for (std::size_t i = bytes.size(); i-- > 0;) {
    pending |= std::to_integer<unsigned>(bytes[i]) << static_cast<unsigned>(bits);
    for (bits += 8; bits >= 5; bits -= 5, pending >>= 5U) *digit++ = kDigits[pending & 31U];
  }
  if (bits > 0) *digit = kDigits[pending & 31U];
  return text;
}

}  // namespace mlo::run
