#include "mlo/workspace/pipeline_lock.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include <fcntl.h>
#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/process.h"
#include "mlo/core/text.h"

namespace mlo::workspace {
namespace fs = std::filesystem;
namespace {

constexpr int kGlanceMs = 50;
// Nearly everybody who records something is through within so long: of them nothing is said.
constexpr int kUsualMs = 300;

/// The beginning of a small file; nothing where it cannot be read.
std::string beginning_of(const fs::path& file) {
  try {
    std::array<std::byte, 1024> piece{};
    return std::string(text_of(std::span(piece).first(File::open(file, O_RDONLY).read(piece))));
  } catch (const Error&) {
    return {};
  }
}

/// "mlo train", where the system tells what a process was started as (Linux's /proc).
std::string command_of(const std::string& process) {
  const auto words = split(beginning_of(fmt::format("/proc/{}/cmdline", process)), '\0');
  const auto program = fs::path(words.front()).filename();
  // A number of another machine, or of one that has ended, may be anybody's here.
  if (program != own_program().filename()) return {};
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i] == "-C")
      ++i;  // takes a folder
    else if (!words[i].starts_with('-'))
      return printable(fmt::format("{} {}", program.string(), words[i]));
  }
  return program.string();
}

/// "process 4711 (mlo train)", by what its lock says.
std::string holder_of(const fs::path& lock) {
  const std::string process(trim(beginning_of(lock)));
  if (process.empty() || process.find_first_not_of("0123456789") != std::string::npos)
    return "another mlo";
  const auto command = command_of(process);
  return command.empty() ? fmt::format("process {}", process)
                         : fmt::format("process {} ({})", process, command);
}

/// Nothing where somebody else has it for longer than `patience_ms`.
std::optional<FileLock> try_lock(const fs::path& path, int patience_ms) {
  try {
    return FileLock(path, patience_ms);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::conflict) throw;
    return std::nullopt;
  }
}

void say_who_is_waited_for(const fs::path& path, Progress& progress) {
  progress.say(fmt::format("waiting for {}", holder_of(path)));
}

/// Says nothing of a holder who is through within `usual_ms`.
FileLock wait_for(const fs::path& path, Progress& progress, int usual_ms, int patience_ms) {
  if (auto lock = try_lock(path, std::min(usual_ms, patience_ms))) return std::move(*lock);
  if (patience_ms > usual_ms) say_who_is_waited_for(path, progress);
  return {path, std::max(patience_ms - usual_ms, 0)};
}

}  // namespace

FileLock lock_pipeline(const Repository& repository, Progress& progress, int patience_ms) {
  return wait_for(repository.own_folder() / "pipeline.lock", progress, 0, patience_ms);
}

FileLock lock_workspace(const Repository& repository, Progress& progress, int patience_ms) {
  return wait_for(repository.own_folder() / "lock", progress, kUsualMs, patience_ms);
}

FileLock lock_patiently(const Repository& repository, Progress& progress,
                        const std::stop_token& stop) {
  const auto path = repository.own_folder() / "lock";
  if (auto lock = try_lock(path, kUsualMs)) return std::move(*lock);
  say_who_is_waited_for(path, progress);
  while (true) {
    if (auto lock = try_lock(path, kGlanceMs)) return std::move(*lock);
    throw_if_stopped(stop);
  }
}

}  // namespace mlo::workspace
