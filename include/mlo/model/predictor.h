#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mlo/core/json.h"
#include "mlo/core/world.h"

namespace mlo::model {

/// An input or output of a model.
struct TensorInfo {
  std::string name;
  std::string type;  ///< Open Inference Protocol datatype: FP32 FP64 INT64 INT32 BOOL BYTES
  std::vector<std::int64_t> shape;  ///< -1: any
};

/// A dense tensor, row-major. Numbers live in `numbers`, BYTES in `texts`.
struct Tensor {
  std::string name;
  std::string type;
  std::vector<std::int64_t> shape;
  std::vector<double> numbers = {};
  std::vector<std::string> texts = {};
};

/// A loaded model. Safe to call from several threads at once.
class Predictor {
 public:
  Predictor() = default;
  virtual ~Predictor() = default;
  Predictor(const Predictor&) = delete;
  Predictor& operator=(const Predictor&) = delete;

  [[nodiscard]] virtual const std::vector<TensorInfo>& inputs() const = 0;
  [[nodiscard]] virtual const std::vector<TensorInfo>& outputs() const = 0;
  /// Throws bad_input naming the input whose name, type or shape does not fit.
  [[nodiscard]] virtual std::vector<Tensor> predict(std::span<const Tensor> inputs) const = 0;
};

/// Loads a model file by the engine for the extension of `name` (of `file` when that is empty:
/// an object of the store has none). Throws bad_input, which calls it by `name`, when the engine
/// refuses it, unavailable when the engine's library is not installed, with the way to get it.
std::unique_ptr<Predictor> load_predictor(const std::filesystem::path& file, const World& world,
                                          const std::filesystem::path& name = {});

/// True when an engine runs files with the extension of `name`.
bool has_engine(const std::filesystem::path& name);

/// {"inputs": [{"name","datatype","shape"}], "outputs": […]}
Json signature_of(const Predictor& predictor);
/// The inputs in a signature; none where it has none.
std::vector<TensorInfo> inputs_of(const Json& signature);

struct EngineStatus {
  std::string name;     ///< "onnxruntime"
  std::string version;  ///< empty: not found
  std::string library;  ///< path that was opened
  std::string hint;     ///< how to get it
};
std::vector<EngineStatus> engine_status(const World& world);

}  // namespace mlo::model
