#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace mlo::model {

/// One field of a Protocol Buffers message (encoding specification, wire types 0, 1, 2 and 5).
struct ProtobufField {
  std::uint32_t number = 0;
  std::uint32_t wire_type = 0;
  std::uint64_t value = 0;      ///< of a varint or fixed field
  std::string_view bytes = {};  ///< of a length-delimited field, borrowed
};

/// Reads fields one after another, never past the end: every length is checked before it is used.
class ProtobufReader {
 public:
  explicit ProtobufReader(std::string_view message) : rest_(message) {}
  /// The next field, or nothing at the end. Throws bad_input on a torn or malformed message.
  std::optional<ProtobufField> next();

 private:
  std::uint64_t varint();
  std::uint64_t fixed(std::size_t bytes);
  std::string_view rest_;
};

}  // namespace mlo::model
