#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "mlo/core/time.h"

namespace mlo {

/// Everything that differs from run to run, so that a test can fix it.
struct World {
  std::function<Timestamp()> now;
  std::function<void(std::span<std::byte>)> fill_random;
  std::function<std::optional<std::string>(const std::string& name)> environment;
  /// Called before each durable step ("object.rename", "ledger.commit"); crash tests stop in it.
  std::function<void(std::string_view step)> before_step;
};

/// The real clock, the system's random source and environment.
/// When MLO_CRASH_AT=<step>[:<n>] is set, the n-th occurrence of that step kills the process
/// (SIGKILL): the crash tests use the real binary.
World system_world();

/// Where we keep what this user has seen, outside every repository (XDG Base Directory):
/// XDG_STATE_HOME/mlo, else ~/.local/state/mlo. Nothing for a user without a home.
std::optional<std::filesystem::path> state_folder(const World& world);

/// `bytes` random bytes as hex.
std::string random_hex(const World& world, std::size_t bytes);

}  // namespace mlo
