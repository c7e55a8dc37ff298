#include "run/life_sign.h"

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
  try {
    const FileLock nobody(sign, 0);
    return false;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::conflict) throw;
    return true;
  }
}

}  // namespace mlo::run
