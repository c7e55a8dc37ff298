#include "mlo/ui/terminal.h"

#include <chrono>
#include <mutex>
#include <string>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "mlo/core/text.h"
#include "ui/progress_line.h"

namespace mlo::ui {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kRedraw = std::chrono::milliseconds(100);
constexpr std::size_t kDefaultWidth = 100;

void put(std::string_view text) {
  // Progress is a courtesy: a closed pipe must not end the work.
  [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, text.data(), text.size());
}

std::size_t columns_of(int descriptor) {
  winsize size{};
  const bool known = ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : kDefaultWidth;
}

class TerminalProgress final : public Progress {
 public:
  TerminalProgress(Loudness loudness, bool live, LogForm form)
      : loudness_(loudness), live_(live), form_(form) {}
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
    draw(printable(line));
  }
  void advance_files(std::string_view what, const FileAmount& done,
                     const FileAmount& total) override {
    const std::lock_guard lock(mutex_);
    if (loudness_ == Loudness::quiet) return;
    const auto& work = pace_.follow(what, done, total, Clock::now());
    if (live_) {
      if (pace_.is_due_on_terminal()) draw(progress_line(work));
    } else if (form_ == LogForm::json) {
      if (pace_.is_due_for_program()) put(progress_event(work) + "\n");
    } else if (pace_.is_due_in_log()) {
      put(progress_line(work) + "\n");
    }
  }

 private:
  void draw(const std::string& line) {
    put("\r\x1b[K" + cut_to_width(line, columns_of(STDERR_FILENO)));
    visible_ = true;
  }
  void erase() {
    if (visible_) put("\r\x1b[K");
    visible_ = false;
  }
  std::mutex mutex_;
  Loudness loudness_;
  bool live_;
  LogForm form_;
  Pace pace_;
  bool visible_ = false;
  Clock::time_point drawn_;
};

}  // namespace

bool is_terminal(int descriptor) {
  return ::isatty(descriptor) == 1;
}

int terminal_width() {
  return static_cast<int>(columns_of(STDOUT_FILENO));
}

std::unique_ptr<Progress> make_progress(Loudness loudness, LogForm form) {
  return std::make_unique<TerminalProgress>(loudness, is_terminal(STDERR_FILENO), form);
}

}  // namespace mlo::ui
