#include "model/scanners/protobuf.h"

#include "mlo/core/error.h"

namespace mlo::model {
namespace {

constexpr std::uint32_t kVarint = 0;
constexpr std::uint32_t kFixed64 = 1;
constexpr std::uint32_t kBytes = 2;
constexpr std::uint32_t kFixed32 = 5;
constexpr int kMaxVarintBytes = 10;

Error torn(std::string_view what) {
  return {ErrorKind::bad_input, "malformed model file: {}", what};
}

}  // namespace

std::uint64_t ProtobufReader::varint() {
  std::uint64_t value = 0;
  for (int i = 0; i < kMaxVarintBytes; ++i) {
    if (rest_.empty()) throw torn("it ends within a number");
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7FU) << (7U * static_cast<unsigned>(i));
    if ((byte & 0x80U) == 0) return value;
  }
  throw torn("a number of more than ten bytes");
}

std::uint64_t ProtobufReader::fixed(std::size_t bytes) {
  if (rest_.size() < bytes) throw torn("it ends within a number");
  std::uint64_t value = 0;
  for (std::size_t i = bytes; i-- > 0;) value = value << 8U | static_cast<unsigned char>(rest_[i]);
  rest_.remove_prefix(bytes);
  return value;
}

std::optional<ProtobufField> ProtobufReader::next() {
  if (rest_.empty()) return std::nullopt;
  const auto key = varint();
  ProtobufField field{.number = static_cast<std::uint32_t>(key >> 3U),
                      .wire_type = static_cast<std::uint32_t>(key & 7U)};
  if (field.number == 0 || key >> 32U != 0) throw torn("a field without a number");
  switch (field.wire_type) {
    case kVarint: field.value = varint(); break;
    case kFixed64: field.value = fixed(8); break;
    case kFixed32: field.value = fixed(4); break;
    case kBytes: {
      const auto length = varint();
      if (length > rest_.size()) throw torn("a field that is longer than the file");
      field.bytes = rest_.substr(0, length);
      rest_.remove_prefix(length);
      break;
    }
    default: throw torn("a field of unknown kind");
  }
  return field;
}

}  // namespace mlo::model
