#include "mlo/core/process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"

namespace mlo {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kMaxOutputBytes = 1U << 20U;
constexpr auto kPatience = std::chrono::seconds(5);
constexpr int kGlanceMs = 20;  // how long a stop may go unseen

std::vector<std::string> child_environment(const ProcessSpec& spec) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    if (!spec.environment.contains(std::string(text.substr(0, text.find('=')))))
      all.emplace_back(text);
  }
  for (const auto& [name, value] : spec.environment)
    all.push_back(fmt::format("{}={}", name, value));
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  all.reserve(texts.size() + 1);
  for (auto& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

/// posix_spawn's file actions and attributes, freed on every way out.
class SpawnPlan {
 public:
  SpawnPlan(const ProcessSpec& spec, int output) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, output, 1);
    posix_spawn_file_actions_adddup2(&actions_, output, 2);
    if (!spec.folder.empty()) posix_spawn_file_actions_addchdir_np(&actions_, spec.folder.c_str());
    // A group of its own, so that what the child starts is stopped with it.
    posix_spawnattr_setpgroup(&attributes_, 0);
    sigset_t all;
    sigfillset(&all);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setflags(
        &attributes_,
        static_cast<short>(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK));
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  pid_t start(const ProcessSpec& spec) const {
    auto argv = spec.argv;
    auto environment = child_environment(spec);
    pid_t child = 0;
    const int problem = posix_spawnp(&child, argv.at(0).c_str(), &actions_, &attributes_,
                                     pointers(argv).data(), pointers(environment).data());
    if (problem == 0) return child;
    // posix_spawn tells of the folder as if the program were missing.
    if (!spec.folder.empty() && !std::filesystem::is_directory(spec.folder))
      throw Error(ErrorKind::not_found, "there is no folder '{}' to start '{}' in",
                  spec.folder.string(), argv[0]);
    throw system_error(problem, "start", argv[0]);
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

/// Keeps what has arrived on a pipe, bounded; true while the other end is open. Comes back also
/// from a child that writes faster than we read: its limits have to be looked at.
bool drain(int descriptor, std::string& output) {
  std::array<char, 16384> buffer{};
  for (std::size_t read = 0; read < kMaxOutputBytes;) {
    const auto count = ::read(descriptor, buffer.data(), buffer.size());
    if (count <= 0) return count < 0 && (errno == EAGAIN || errno == EINTR);
    read += static_cast<std::size_t>(count);
    const auto room = kMaxOutputBytes - std::min(output.size(), kMaxOutputBytes);
    output.append(buffer.data(), std::min(static_cast<std::size_t>(count), room));
  }
  return true;
}

std::chrono::microseconds micros(const timeval& span) {
  return std::chrono::seconds(span.tv_sec) + std::chrono::microseconds(span.tv_usec);
}

/// Waits for the child; asks its group to end when `stop` is requested or a limit is hit.
class Waiter {
 public:
  Waiter(pid_t child, const ProcessLimits& limits, std::stop_token stop)
      : child_(child), limits_(limits), stop_(std::move(stop)) {}

  /// True when the child has ended. Looks once.
  bool ended(ProcessResult& result) {
    int status = 0;
    rusage usage{};
    const pid_t found = wait4(child_, &status, WNOHANG, &usage);
    if (found == 0) {
      attend();
      return false;
    }
    if (found < 0) throw system_error(errno, "wait for a child process");
    if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
    result.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    result.cpu = micros(usage.ru_utime) + micros(usage.ru_stime);
    result.peak_memory_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
    result.limit_hit = hit_;
    return true;
  }
  /// Whatever the child left behind in its group ends with it.
  void end_group() const { ::kill(-child_, SIGKILL); }
  [[nodiscard]] bool was_stopped() const { return asked_.has_value() && !hit_; }

 private:
  void attend() {
    if (!asked_) {
      if (!stop_.stop_requested()) hit_ = limit_over();
      if (!hit_ && !stop_.stop_requested()) return;
      asked_ = Clock::now();
      // Who takes the machine's last memory is not asked to tidy up.
      ::kill(-child_, hit_ == Limit::memory ? SIGKILL : SIGTERM);
    } else if (Clock::now() - *asked_ > kPatience) {
      ::kill(-child_, SIGKILL);
    }
  }
  [[nodiscard]] std::optional<Limit> limit_over() {
    const auto now = Clock::now();
    if (limits_.wall.count() > 0 && now - begin_ >= limits_.wall) return Limit::wall;
    if (limits_.memory_bytes == 0 && limits_.cpu.count() == 0) return std::nullopt;
    if (now - looked_ < std::chrono::milliseconds(kGlanceMs)) return std::nullopt;
    looked_ = now;
    const auto usage = usage_of_tree(child_);
    if (!usage) return std::nullopt;
    if (limits_.memory_bytes > 0 && usage->memory_bytes > limits_.memory_bytes)
      return Limit::memory;
    if (limits_.cpu.count() > 0 && usage->cpu >= limits_.cpu) return Limit::cpu;
    return std::nullopt;
  }
  pid_t child_;
  ProcessLimits limits_;
  std::stop_token stop_;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point looked_ = begin_;
  std::optional<Clock::time_point> asked_;
  std::optional<Limit> hit_;
};

/// Becomes readable at once when the child ends (pidfd); none where the system has no such thing.
File end_of(pid_t child) {
#ifdef SYS_pidfd_open
  return File(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
#else
  static_cast<void>(child);
  return {};
#endif
}

File open_log(const ProcessSpec& spec) {
  return File::open(spec.log, O_WRONLY | O_CREAT | O_APPEND, 0644);
}

}  // namespace

ProcessResult run_process(const ProcessSpec& spec, std::stop_token stop) {
  throw_if_stopped(stop);
  const auto begin = Clock::now();
  File reader;
  File writer;
  if (spec.log.empty()) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) throw system_error(errno, "make a pipe");
    reader = File(ends[0]);
    writer = File(ends[1]);
    // The child expects a pipe that waits.
    ::fcntl(writer.descriptor(), F_SETFL, 0);
  } else {
    writer = open_log(spec);
  }
  const pid_t child = SpawnPlan(spec, writer.descriptor()).start(spec);
  const auto end = end_of(child);
  Waiter waiter(child, spec.limits, std::move(stop));
  writer.close();
  ProcessResult result;
  // Short steps end within a millisecond, long ones need no busy look.
  auto pause = std::chrono::microseconds(200);
  while (!waiter.ended(result)) {
    if (spec.log.empty()) {
      pollfd waiting{reader.descriptor(), POLLIN, 0};
      ::poll(&waiting, 1, static_cast<int>(pause.count() / 1000) + 1);
      if (!drain(reader.descriptor(), result.output)) std::this_thread::sleep_for(pause);
    } else if (end.descriptor() >= 0) {
      pollfd waiting{end.descriptor(), POLLIN, 0};
      ::poll(&waiting, 1, kGlanceMs);
    } else {
      std::this_thread::sleep_for(pause);
    }
    pause = std::min(pause * 2, std::chrono::microseconds(10'000));
  }
  waiter.end_group();
  if (spec.log.empty()) drain(reader.descriptor(), result.output);
  result.duration = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin);
  if (waiter.was_stopped()) throw Error(ErrorKind::interrupted, "interrupted");
  return result;
}

void release_free_memory() {
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

}  // namespace mlo
