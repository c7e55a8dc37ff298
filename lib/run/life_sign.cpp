#include "run/life_sign.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>

#include "mlo/core/error.h"

namespace mlo::run {
namespace fs = std::filesystem;
namespace {

fs::path sign_of(const workspace::Repository& repository, const std::string& run) {
  return repository.folder() / "tmp" / "runs" / run / "alive";
}

fs::path made_for(const fs::path& sign) {
  fs::create_directories(sign.parent_path());
  return sign;
}

}  // namespace

LifeSign::LifeSign(const workspace::Repository& repository, const std::string& run)
    : lock_(made_for(sign_of(repository, run)), 0) {}

bool is_alive(const workspace::Repository& repository, const std::string& run) {
  const auto sign = sign_of(repository, run);
  if (!status_of(sign)) return false;
  // Only read, and shared with others who ask: so that who may not write can ask as well.
  const auto file = File::open(sign, O_RDONLY);
  if (::flock(file.descriptor(), LOCK_SH | LOCK_NB) == 0) return false;
  if (errno != EWOULDBLOCK) throw system_error(errno, "lock", sign);
  return true;
}

}  // namespace mlo::run
