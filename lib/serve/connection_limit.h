#pragma once

#include <cstddef>

namespace mlo::serve {

/// How many connections there are files for, at most `wanted`. Raises what the process may open
/// (RLIMIT_NOFILE) as far as that needs it, and leaves room for what requests open.
std::size_t allowed_connections(std::size_t wanted);

}  // namespace mlo::serve
