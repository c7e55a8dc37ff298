#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace mlo {

/// What a child and all that it starts may use together; zero: as much as there is.
/// Memory and CPU time are looked at some fifty times a second, where the system tells of them
/// (Linux's /proc); elsewhere only `wall` holds.
struct ProcessLimits {
  std::uint64_t memory_bytes = 0;  ///< resident
  std::chrono::seconds cpu{0};
  std::chrono::seconds wall{0};
};
enum class Limit { memory, cpu, wall };

/// A child process to run.
struct ProcessSpec {
  std::vector<std::string> argv;                   ///< argv[0] is looked up in PATH
  std::filesystem::path folder;                    ///< working folder
  std::map<std::string, std::string> environment;  ///< added to ours
  std::filesystem::path log;  ///< standard output and error are appended here; empty: captured
  ProcessLimits limits = {};
};

struct ProcessResult {
  int exit_code = 0;  ///< 128 + signal when one ended it
  std::optional<int> signal;
  std::chrono::microseconds duration{};
  std::chrono::microseconds cpu{};      ///< user and system time of the child and its children
  std::uint64_t peak_memory_bytes = 0;  ///< of the largest process
  std::optional<Limit> limit_hit = {};  ///< why it was ended
  std::string output;  ///< when no log was named; at most 1 MiB, the rest is dropped
};

/// Runs a child in its own process group, standard input empty, and waits for it.
/// When `stop` is requested the group gets SIGTERM, after five seconds SIGKILL, and Error
/// `interrupted` is thrown. A child that goes over a limit is ended likewise, at once where memory
/// is short, and its result says so. Throws not_found when the program is not there.
ProcessResult run_process(const ProcessSpec& spec, std::stop_token stop = {});

/// What a process and all that it has started use now; nothing where the system does not tell.
struct TreeUsage {
  std::uint64_t memory_bytes = 0;  ///< resident
  std::chrono::milliseconds cpu{};
};
std::optional<TreeUsage> usage_of_tree(std::int64_t process);

/// Ends (SIGKILL) the processes of this user that were started with the variable `name` at `value`
/// or at a value that begins so and goes on with '-', but for the caller and those around it.
/// Returns how many there were; none where the system does not tell.
std::size_t end_processes_with(std::string_view name, std::string_view value);
/// The program that runs, as a path; empty where the system does not tell.
std::filesystem::path own_program();

/// A stop source that Ctrl-C and SIGTERM request; handlers are installed on the first call.
std::stop_token interrupt_token();
/// Throws Error interrupted when `stop` was requested.
void throw_if_stopped(const std::stop_token& stop);

/// Gives memory that was freed back to the system, for those who free much before they take more:
/// the C library keeps it where it was taken. Does nothing where the C library has no way to.
void release_free_memory();

/// A shared library opened at run time.
class SharedLibrary {
 public:
  /// Tries the names in order. Throws unavailable naming the last one and why it failed.
  explicit SharedLibrary(const std::vector<std::string>& names);
  template <typename Function>
  Function* symbol(const char* name) const {
    return reinterpret_cast<Function*>(address(name));
  }
  /// The name that could be opened.
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  [[nodiscard]] void* address(const char* name) const;
  void* handle_ = nullptr;  // never closed: libraries keep threads and atexit handlers of their own
  std::string name_;
};

}  // namespace mlo
