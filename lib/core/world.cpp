#include "mlo/core/world.h"

#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <vector>

#include <sys/random.h>

#include "mlo/core/bytes.h"
#include "mlo/core/error.h"

namespace mlo {
namespace {

void system_random(std::span<std::byte> buffer) {
  while (!buffer.empty()) {
    const auto count = getrandom(buffer.data(), buffer.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw system_error(errno, "read random bytes");
    buffer = buffer.subspan(static_cast<std::size_t>(count));
  }
}

/// Kills this very process at the n-th occurrence of a step, as a power cut would.
std::function<void(std::string_view)> crash_at(const std::string& order) {
  const auto colon = order.rfind(':');
  int count = 1;
  if (colon != std::string::npos)
    std::from_chars(order.data() + colon + 1, order.data() + order.size(), count);
  const auto left = std::make_shared<std::atomic<int>>(count);
  return [left, wanted = order.substr(0, colon)](std::string_view step) {
    if (step == wanted && --*left == 0) std::raise(SIGKILL);
  };
}

}  // namespace

World system_world() {
  World world;
  world.now = [] {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return Timestamp{std::chrono::duration_cast<std::chrono::microseconds>(now).count()};
  };
  world.fill_random = system_random;
  world.environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nobody sets it
    if (value == nullptr) return std::nullopt;
    return value;
  };
  const auto crash = world.environment("MLO_CRASH_AT");
  world.before_step = crash ? crash_at(*crash) : [](std::string_view) {};
  return world;
}

std::optional<std::filesystem::path> state_folder(const World& world) {
  namespace fs = std::filesystem;
  const auto variable = [&](const char* name) { return world.environment(name).value_or(""); };
  if (const auto state = variable("XDG_STATE_HOME"); !state.empty()) return fs::path(state) / "mlo";
  if (const auto home = variable("HOME"); !home.empty())
    return fs::path(home) / ".local" / "state" / "mlo";
  return std::nullopt;
}

std::string random_hex(const World& world, std::size_t bytes) {
  std::vector<std::byte> buffer(bytes);
  world.fill_random(buffer);
  return to_hex(buffer);
}

}  // namespace mlo
