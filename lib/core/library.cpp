#include <dlfcn.h>

#include "mlo/core/error.h"
#include "mlo/core/process.h"
#include "mlo/core/text.h"

namespace mlo {

SharedLibrary::SharedLibrary(const std::vector<std::string>& names) {
  for (const auto& name : names) {
    handle_ = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle_ != nullptr) {
      name_ = name;
      return;
    }
  }
  const char* reason = ::dlerror();  // NOLINT(concurrency-mt-unsafe): glibc keeps it per thread
  throw Error(ErrorKind::unavailable, "cannot open {}: {}",
              names.empty() ? "a library" : names.back(),
              reason == nullptr ? "unknown reason" : reason);
}

void* SharedLibrary::address(const char* name) const {
  void* found = ::dlsym(handle_, name);
  if (found == nullptr)
    throw Error(ErrorKind::unavailable, "'{}' has no function '{}'", name_, name);
  return found;
}

}  // namespace mlo
