#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "mlo/core/registry.h"
#include "mlo/model/predictor.h"

namespace mlo::model {

/// One runtime for one kind of model file.
struct Engine {
  std::string extension;  ///< ".onnx"
  /// Of a file, which errors call by the other name: an object of the store says nothing to people.
  std::function<std::unique_ptr<Predictor>(const std::filesystem::path& file,
                                           const std::string& name, const World&)>
      load;
  std::function<EngineStatus(const World&)> status;
};

/// Engines by name; each registers itself from its own file.
Registry<Engine>& engines();

}  // namespace mlo::model
