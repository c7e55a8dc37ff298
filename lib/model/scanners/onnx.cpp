#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/text.h"
#include "model/scanners/protobuf.h"
#include "model/scanners/scanner.h"

namespace mlo::model {
namespace {

constexpr std::uint64_t kMaxModelBytes = 2ULL << 30U;  // protobuf's own limit
constexpr int kMaxDepth = 64;

// Field numbers of onnx.proto (ModelProto, GraphProto, NodeProto, AttributeProto, TensorProto, …).
constexpr std::uint32_t kModelGraph = 7;
constexpr std::uint32_t kModelTraining = 20;
constexpr std::uint32_t kModelFunctions = 25;
constexpr std::uint32_t kGraphNode = 1;
constexpr std::uint32_t kGraphInitializer = 5;
constexpr std::uint32_t kGraphSparse = 15;
constexpr std::uint32_t kFunctionNode = 7;
constexpr std::uint32_t kFunctionAttribute = 11;
constexpr std::uint32_t kTrainingInitialization = 1;
constexpr std::uint32_t kTrainingAlgorithm = 2;
constexpr std::uint32_t kNodeAttribute = 5;
constexpr std::uint32_t kNodeDomain = 7;
constexpr std::uint32_t kAttributeTensor = 5;
constexpr std::uint32_t kAttributeGraph = 6;
constexpr std::uint32_t kAttributeTensors = 10;
constexpr std::uint32_t kAttributeGraphs = 11;
constexpr std::uint32_t kAttributeSparse = 22;
constexpr std::uint32_t kAttributeSparses = 23;
constexpr std::uint32_t kSparseValues = 1;
constexpr std::uint32_t kSparseIndices = 2;
constexpr std::uint32_t kTensorExternalData = 13;
constexpr std::uint32_t kEntryValue = 2;
constexpr std::uint32_t kEntryKey = 1;

const std::set<std::string, std::less<>> kKnownDomains{"", "ai.onnx", "ai.onnx.ml",
                                                       "ai.onnx.training", "com.microsoft"};

/// Walks the parts of a model in which something could reach outside.
class Walk {
 public:
  void model(std::string_view message) {
    each(message, [&](const ProtobufField& field) {
      if (field.number == kModelGraph) {
        has_graph_ = true;
        graph(field.bytes, 1);
      }
      if (field.number == kModelFunctions)
        each(field.bytes, [&](const ProtobufField& inner) {
          if (inner.number == kFunctionNode) node(inner.bytes, 1);
          if (inner.number == kFunctionAttribute) attribute(inner.bytes, 1);
        });
      if (field.number == kModelTraining)
        each(field.bytes, [&](const ProtobufField& inner) {
          if (inner.number == kTrainingInitialization || inner.number == kTrainingAlgorithm)
            graph(inner.bytes, 1);
        });
    });
  }
  [[nodiscard]] bool has_graph() const { return has_graph_; }
  [[nodiscard]] const std::set<std::string>& domains() const { return domains_; }
  [[nodiscard]] const std::set<std::string>& locations() const { return locations_; }

 private:
  template <typename Visit>
  static void each(std::string_view message, Visit&& visit) {
    ProtobufReader reader(message);
    while (const auto field = reader.next()) visit(*field);
  }
  void graph(std::string_view message, int depth) {
    if (depth > kMaxDepth)
      throw Error(ErrorKind::bad_input, "malformed model file: nested too deeply");
    each(message, [&](const ProtobufField& field) {
      if (field.number == kGraphNode) node(field.bytes, depth);
      if (field.number == kGraphInitializer) tensor(field.bytes);
      if (field.number == kGraphSparse) sparse(field.bytes);
    });
  }
  void node(std::string_view message, int depth) {
    each(message, [&](const ProtobufField& field) {
      if (field.number == kNodeDomain && !kKnownDomains.contains(field.bytes))
        domains_.emplace(field.bytes);
      if (field.number == kNodeAttribute) attribute(field.bytes, depth);
    });
  }
  void attribute(std::string_view message, int depth) {
    each(message, [&](const ProtobufField& field) {
      if (field.number == kAttributeTensor || field.number == kAttributeTensors)
        tensor(field.bytes);
      if (field.number == kAttributeSparse || field.number == kAttributeSparses)
        sparse(field.bytes);
      if (field.number == kAttributeGraph || field.number == kAttributeGraphs)
        graph(field.bytes, depth + 1);
    });
  }
  void sparse(std::string_view message) {
    each(message, [&](const ProtobufField& field) {
      if (field.number == kSparseValues || field.number == kSparseIndices) tensor(field.bytes);
    });
  }
  void tensor(std::string_view message) {
    each(message, [&](const ProtobufField& field) {
      if (field.number != kTensorExternalData) return;
      std::string_view key;
      std::string_view value;
      each(field.bytes, [&](const ProtobufField& part) {
        if (part.number == kEntryKey) key = part.bytes;
        if (part.number == kEntryValue) value = part.bytes;
      });
      if (key == "location") locations_.emplace(value);
    });
  }

  bool has_graph_ = false;
  std::set<std::string> domains_;
  std::set<std::string> locations_;
};

std::string listed(const std::set<std::string>& names) {
  const std::vector<std::string> all(names.begin(), names.end());
  return printable(join(all, ", "));
}

std::vector<Finding> scan(const std::filesystem::path& file) {
  const auto content = read_file(file, kMaxModelBytes);
  Walk walk;
  try {
    walk.model(content);
  } catch (const Error& error) {
    return {{"well-formed", false, error.message()}};
  }
  if (!walk.has_graph())
    return {{"well-formed", false, "it holds no graph: this is no ONNX model"}};
  // A version is one object: weights beside it would be neither recorded nor verified.
  return {
      {"well-formed", true, fmt::format("{} read", format_bytes(content.size()))},
      {"no external data", walk.locations().empty(),
       walk.locations().empty() ? "" : "weights lie outside the file: " + listed(walk.locations())},
      {"no custom operators", walk.domains().empty(),
       walk.domains().empty() ? "" : "operators of unknown domains: " + listed(walk.domains())}};
}

const bool kRegistered = scanners().add("onnx", {.extensions = {".onnx"}, .scan = scan});

}  // namespace
}  // namespace mlo::model
