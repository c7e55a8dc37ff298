#include "model/scanners/scanner.h"

namespace mlo::model {
namespace {

/// Pickle is a program that runs when it is read (CWE-502): no look at its opcodes makes it data.
std::vector<Finding> scan(const std::filesystem::path& /*file*/) {
  return {{"no code", false, "pickled models run code when they are loaded: export to ONNX"}};
}

const bool kRegistered = scanners().add(
    "pickle", {.extensions = {".pkl", ".pickle", ".joblib", ".pt", ".pth", ".bin", ".ckpt", ".npy"},
               .scan = scan});

}  // namespace
}  // namespace mlo::model
