#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace mlo {

/// How much of some work on files: how many, and their bytes. Zero in a total: not known.
struct FileAmount {
  std::uint64_t files = 0;
  std::uint64_t size_bytes = 0;

  bool operator==(const FileAmount&) const = default;
};

/// How the library reports long work; a terminal, a log or nobody may be listening.
/// Implementations are safe to call from several threads.
class Progress {
 public:
  Progress() = default;
  virtual ~Progress() = default;
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// A step has begun or ended: one line in a log.
  virtual void say(std::string_view line) = 0;
  /// `done` of `total` units of the present work (`total` 0: unknown).
  virtual void advance(std::string_view what, std::uint64_t done, std::uint64_t total) = 0;
  /// The same for work on files, which is told in bytes, a rate and the time that is left.
  virtual void advance_files(std::string_view what, const FileAmount& done,
                             const FileAmount& total) {
    advance(what, done.files, total.files);
  }
  /// Something the user should know though the work goes on.
  virtual void warn(std::string_view line) = 0;
  /// Takes away what is drawn over, before something else is printed.
  virtual void clear() {}
};

/// Hears nothing.
Progress& no_progress();

/// Adds up what several threads do to files, and reports it some twenty times a second at most, so
/// that it may be told of every file and every block.
class FileCounter {
 public:
  FileCounter(Progress& progress, std::string what, const FileAmount& total);

  void add_file(std::uint64_t size_bytes) { add({.files = 1, .size_bytes = size_bytes}); }
  /// Of a file so large that it is waited for: its bytes as they pass, then the file.
  void add(const FileAmount& amount);
  [[nodiscard]] FileAmount done() const { return {files_.load(), size_bytes_.load()}; }

 private:
  Progress& progress_;
  std::string what_;
  FileAmount total_;
  std::atomic<std::uint64_t> files_ = 0;
  std::atomic<std::uint64_t> size_bytes_ = 0;
  std::atomic<std::int64_t> reported_ns_ = 0;  ///< by the steady clock
};

}  // namespace mlo
