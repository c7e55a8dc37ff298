#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mlo::data {

/// A regular expression that is nothing but ASCII characters and classes one after another, each
/// perhaps repeated ("k[0-9]+", "[A-Z]{2}-\d{4}"), as a table over bytes.
///
/// It says of whole texts what RE2 does, and takes one step a byte.
class BytePattern {
 public:
  /// Nothing when the expression has more to it, or would take more than a small table.
  static std::optional<BytePattern> compile(std::string_view expression);

  [[nodiscard]] bool matches(std::string_view text) const {
    std::uint8_t state = kStart;
    for (const char byte : text) state = next_[state][static_cast<unsigned char>(byte)];
    return accepts_[state];
  }

 private:
  static constexpr std::uint8_t kStart = 1;  // 0: nothing that follows can match
  std::vector<std::array<std::uint8_t, 256>> next_;
  std::vector<bool> accepts_;
};

/// The name of the engine's function that asks the table of `expression`.
std::string test_of(std::string_view expression);

}  // namespace mlo::data
