#include "mlo/core/error.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace mlo {
namespace fs = std::filesystem;
namespace {

bool is_full(int errno_value) {
  return errno_value == ENOSPC || errno_value == EDQUOT || errno_value == EFBIG;
}

ErrorKind kind_of(int errno_value) {
  switch (errno_value) {
    case ENOENT:
    case ENOTDIR: return ErrorKind::not_found;
    case EACCES:
    case EPERM:
    case EROFS: return ErrorKind::not_allowed;
    default: return ErrorKind::unavailable;
  }
}

/// The deepest part of `path` that can be seen: what could not be made is not there to look at.
std::string nearest_existing(fs::path path) {
  std::error_code problem;
  while (path.has_relative_path() && !fs::exists(fs::symlink_status(path, problem)))
    path = path.parent_path();
  return path.empty() ? "." : path.string();
}

}  // namespace

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

Error system_error(int errno_value, std::string_view verb, const fs::path& path) {
  // GNU strerror_r answers a pointer; unlike strerror it is safe beside other threads.
  std::array<char, 128> buffer{};
  const char* reason = strerror_r(errno_value, buffer.data(), buffer.size());
  const auto what = path.empty() ? std::string(verb) : fmt::format("{} '{}'", verb, path.string());
  Error error(kind_of(errno_value), "cannot {}: {}", what, reason);
  const auto place = path.empty() ? std::string() : nearest_existing(path);
  if (is_full(errno_value))
    error.hint("free some space and run the command again: nothing that was stored is lost");
  else if (errno_value == EROFS)
    error.hint("its file system is mounted read-only: findmnt -T '{}'", place);
  else if (error.kind() == ErrorKind::not_allowed && !place.empty())
    error.hint("see who may: namei -l '{}'", place);
  return error;
}

}  // namespace mlo
