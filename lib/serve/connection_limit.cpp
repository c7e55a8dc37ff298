#include "serve/connection_limit.h"

#include <algorithm>
#include <utility>

#include <sys/resource.h>

namespace mlo::serve {
namespace {

// The repository's and the models', and what a request opens.
constexpr std::size_t kOtherFiles = 128;

}  // namespace

std::size_t allowed_connections(std::size_t wanted) {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY) return wanted;
  const auto needed = static_cast<rlim_t>(wanted + kOtherFiles);
  if (files.rlim_cur < needed) {
    const auto before = std::exchange(files.rlim_cur, std::min(needed, files.rlim_max));
    if (::setrlimit(RLIMIT_NOFILE, &files) != 0) files.rlim_cur = before;
  }
  const auto most = static_cast<std::size_t>(files.rlim_cur);
  return std::min(wanted, most > 2 * kOtherFiles ? most - kOtherFiles : most / 2);
}

}  // namespace mlo::serve
