#pragma once

#include <cstdint>
#include <string_view>

namespace mlo {

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
  /// Something the user should know though the work goes on.
  virtual void warn(std::string_view line) = 0;
  /// Takes away what is drawn over, before something else is printed.
  virtual void clear() {}
};

/// Hears nothing.
Progress& no_progress();

}  // namespace mlo
