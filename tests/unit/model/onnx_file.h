#pragma once

#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "mlo/core/file.h"

// Writes ONNX files by the field numbers of onnx.proto, so that tests hold whole and broken models
// without a binary fixture.

namespace mlo::model::onnx_file {

inline std::string varint(std::uint64_t value) {
  std::string text;
  for (; value >= 0x80U; value >>= 7U) text += static_cast<char>((value & 0x7FU) | 0x80U);
  return text + static_cast<char>(value);
}
inline std::string number(std::uint32_t field, std::uint64_t value) {
  return varint(field << 3U) + varint(value);
}
inline std::string bytes(std::uint32_t field, const std::string& content) {
  return varint(field << 3U | 2U) + varint(content.size()) + content;
}

constexpr int kFloat = 1;
constexpr int kInt64 = 7;

/// A column of any length (`width` 0) or a matrix of any number of rows.
inline std::string value_info(const std::string& name, int type, std::uint64_t width) {
  auto shape = bytes(1, bytes(2, "rows"));
  if (width > 0) shape += bytes(1, number(1, width));
  return bytes(1, name) +
         bytes(2, bytes(1, number(1, static_cast<std::uint64_t>(type)) + bytes(2, shape)));
}

inline std::string node(const std::vector<std::string>& inputs, const std::string& output,
                        const std::string& type, const std::string& more = {}) {
  std::string text;
  for (const auto& input : inputs) text += bytes(1, input);
  return text + bytes(2, output) + bytes(4, type) + more;
}
inline std::string attribute(const std::string& name, std::uint64_t value) {
  return bytes(5, bytes(1, name) + number(3, value) + number(20, 2));
}

/// TensorProto with floats, row-major.
inline std::string weights(const std::string& name, const std::vector<std::uint64_t>& shape,
                           const std::vector<float>& values) {
  std::string text;
  for (const auto size : shape) text += number(1, size);
  std::string raw(values.size() * sizeof(float), '\0');
  std::memcpy(raw.data(), values.data(), raw.size());
  return text + number(2, kFloat) + bytes(8, name) + bytes(9, raw);
}
/// TensorProto whose values lie in another file.
inline std::string external_weights(const std::string& location) {
  return number(1, 2) + number(1, 2) + number(2, kFloat) + bytes(8, "W") +
         bytes(13, bytes(1, "location") + bytes(2, location)) + number(14, 1);
}

/// ModelProto of operator set 13 around the fields of a graph.
inline std::string model(const std::string& graph) {
  return number(1, 8) + bytes(7, graph) + bytes(8, bytes(1, "") + number(2, 13));
}

/// A classifier of two columns whose class is 1 where the first is positive:
/// label = ArgMax(X·W), probabilities = Softmax(X·W), W = [[-1, 1], [0, 0]].
inline std::string classifier_graph(const std::string& initializer) {
  return bytes(1, node({"X", "W"}, "s", "MatMul")) +
         bytes(1, node({"s"}, "label", "ArgMax", attribute("axis", 1) + attribute("keepdims", 0))) +
         bytes(1, node({"s"}, "probabilities", "Softmax", attribute("axis", 1))) +
         bytes(2, "tiny") + bytes(5, initializer) + bytes(11, value_info("X", kFloat, 2)) +
         bytes(12, value_info("label", kInt64, 0)) +
         bytes(12, value_info("probabilities", kFloat, 2));
}
inline std::string classifier() {
  return model(classifier_graph(weights("W", {2, 2}, {-1, 1, 0, 0})));
}

/// A file of its own folder.
class OnnxFile {
 public:
  explicit OnnxFile(const std::string& content, const std::string& name = "model.onnx")
      : path_(folder_.path() / name) {
    std::ofstream(path_, std::ios::binary) << content;
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  TemporaryFolder folder_{std::filesystem::temp_directory_path(), system_world()};
  std::filesystem::path path_;
};

}  // namespace mlo::model::onnx_file
