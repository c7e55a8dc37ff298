#include "mlo/ui/terminal.h"

#include <chrono>
#include <mutex>
#include <string>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "mlo/core/text.h"

namespace mlo::ui {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kRedraw = std::chrono::milliseconds(100);
constexpr int kDefaultWidth = 100;

void put(std::string_view text) {
  // Progress is a courtesy: a closed pipe must not end the work.
  [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, text.data(), text.size());
}

class TerminalProgress final : public Progress {
 public:
  TerminalProgress(Loudness loudness, bool live) : loudness_(loudness), live_(live) {}
  ~TerminalProgress() override { erase(); }
  TerminalProgress(const TerminalProgress&) = delete;
  TerminalProgress& operator=(const TerminalProgress&) = delete;

  void say(std::string_view line) override {
    const std::lock_guard lock(mutex_);
    if (loudness_ == Loudness::quiet) return;
    erase();
    put(printable(line) + "\n");
  }
  void warn(std::string_view line) override {
    const std::lock_guard lock(mutex_);
    erase();
    put("warning: " + printable(line) + "\n");
  }
  void clear() override {
    const std::lock_guard lock(mutex_);
    erase();
  }
  void advance(std::string_view what, std::uint64_t done, std::uint64_t total) override {
    const std::lock_guard lock(mutex_);
    const auto now = Clock::now();
    if (!live_ || loudness_ == Loudness::quiet || now - drawn_ < kRedraw) return;
    drawn_ = now;
    const auto line = total == 0
                          ? fmt::format("{} {}", what, done)
                          : fmt::format("{} {}/{} ({} %)", what, done, total, done * 100 / total);
    put("\r\x1b[K" + printable(line));
    visible_ = true;
  }

 private:
  void erase() {
    if (visible_) put("\r\x1b[K");
    visible_ = false;
  }
  std::mutex mutex_;
  Loudness loudness_;
  bool live_;
  bool visible_ = false;
  Clock::time_point drawn_;
};

}  // namespace

bool is_terminal(int descriptor) {
  return ::isatty(descriptor) == 1;
}

int terminal_width() {
  winsize size{};
  const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : kDefaultWidth;
}

std::unique_ptr<Progress> make_progress(Loudness loudness) {
  return std::make_unique<TerminalProgress>(loudness, is_terminal(STDERR_FILENO));
}

}  // namespace mlo::ui
