#include "mlo/core/error.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace mlo {

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage: return 2;
    case ErrorKind::not_found:
    case ErrorKind::bad_input: return 3;
    case ErrorKind::conflict: return 4;
    case ErrorKind::integrity: return 5;
    case ErrorKind::not_allowed: return 6;
    case ErrorKind::unavailable: return 7;
    case ErrorKind::interrupted: return 130;
  }
  return 70;
}

std::string_view name_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage: return "usage";
    case ErrorKind::not_found: return "not_found";
    case ErrorKind::bad_input: return "bad_input";
    case ErrorKind::conflict: return "conflict";
    case ErrorKind::integrity: return "integrity";
    case ErrorKind::not_allowed: return "not_allowed";
    case ErrorKind::unavailable: return "unavailable";
    case ErrorKind::interrupted: return "interrupted";
  }
  return "bug";
}

void invariant(bool holds, std::string_view what, const char* file, int line) {
  if (!holds) throw std::logic_error(fmt::format("{} ({}:{})", what, file, line));
}

Error system_error(int errno_value, std::string_view what) {
  // GNU strerror_r answers a pointer; unlike strerror it is safe beside other threads.
  std::array<char, 128> buffer{};
  const char* reason = strerror_r(errno_value, buffer.data(), buffer.size());
  switch (errno_value) {
    case ENOENT:
    case ENOTDIR: return {ErrorKind::not_found, "cannot {}: {}", what, reason};
    case EACCES:
    case EPERM:
    case EROFS: return {ErrorKind::not_allowed, "cannot {}: {}", what, reason};
    case ENOSPC:
    case EDQUOT:
    case EFBIG: {
      Error full(ErrorKind::unavailable, "cannot {}: {}", what, reason);
      full.hint("free some space and run the command again: nothing that was stored is lost");
      return full;
    }
    default: return {ErrorKind::unavailable, "cannot {}: {}", what, reason};
  }
}

}  // namespace mlo
