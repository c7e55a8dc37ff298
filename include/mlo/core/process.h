#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace mlo {

/// A child process to run.
struct ProcessSpec {
  std::vector<std::string> argv;                   ///< argv[0] is looked up in PATH
  std::filesystem::path folder;                    ///< working folder
  std::map<std::string, std::string> environment;  ///< added to ours
  std::filesystem::path log;  ///< standard output and error are appended here; empty: captured
};

struct ProcessResult {
  int exit_code = 0;  ///< 128 + signal when one ended it
  std::optional<int> signal;
  std::chrono::microseconds duration{};
  std::chrono::microseconds cpu{};      ///< user and system time of the child and its children
  std::uint64_t peak_memory_bytes = 0;  ///< of the largest process
  std::string output;  ///< when no log was named; at most 1 MiB, the rest is dropped
};

/// Runs a child in its own process group, standard input empty, and waits for it.
/// When `stop` is requested the group gets SIGTERM, after five seconds SIGKILL, and Error
/// `interrupted` is thrown. Throws not_found when the program is not there.
ProcessResult run_process(const ProcessSpec& spec, std::stop_token stop = {});

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
