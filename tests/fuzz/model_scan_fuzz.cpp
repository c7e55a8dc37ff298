#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz/target.h"
#include "model/scanners/scanner.h"

namespace {

/// A file in memory that holds `content` and is gone with its owner.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view content) : descriptor_(::memfd_create("model", 0)) {
    mlo::invariant(::write(descriptor_, content.data(), content.size()) ==
                       static_cast<ssize_t>(content.size()),
                   "memory takes the input");
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  [[nodiscard]] std::string path() const { return fmt::format("/proc/self/fd/{}", descriptor_); }

 private:
  int descriptor_;
};

}  // namespace

MLO_FUZZ_TARGET(model_scan) {
  const MemoryFile file(input);
  mlo::model::scan_model(file.path(), "model.onnx");
}
