#include <cerrno>
#include <string>

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "mlo/core/error.h"
#include "mlo/ui/terminal.h"

namespace mlo::ui {
namespace {

// Keys, as letters.
constexpr char kInterrupt = 3;  // Ctrl-C
constexpr char kEnd = 4;        // Ctrl-D
constexpr char kEraseAll = 21;  // Ctrl-U
constexpr char kBackspace = 8;  // or
constexpr char kDelete = 0x7F;

/// A whole character, which may be several bytes of UTF-8.
void erase_last(std::string& text) {
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text.back());
    text.pop_back();
    if ((byte & 0xC0U) != 0x80U) return;
  }
}

/// The terminal with its echo off. Signals are letters meanwhile: whoever types Ctrl-C must not be
/// left with a terminal that shows nothing. Letters come one by one, since a whole line would keep
/// Ctrl-C back until its end.
class Hushed {
 public:
  Hushed() : descriptor_(::open("/dev/tty", O_RDWR | O_CLOEXEC)) {
    if (descriptor_ < 0) throw Error(ErrorKind::usage, "there is no terminal to ask on");
    tcgetattr(descriptor_, &before_);
    auto hushed = before_;
    hushed.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG | ICANON);
    hushed.c_cc[VMIN] = 1;
    hushed.c_cc[VTIME] = 0;
    tcsetattr(descriptor_, TCSAFLUSH, &hushed);
  }
  ~Hushed() {
    tcsetattr(descriptor_, TCSAFLUSH, &before_);
    ::close(descriptor_);
  }
  Hushed(const Hushed&) = delete;
  Hushed& operator=(const Hushed&) = delete;

  void say(std::string_view text) const {
    [[maybe_unused]] const auto ignored = ::write(descriptor_, text.data(), text.size());
  }
  [[nodiscard]] std::string line() const {
    std::string text;
    for (char letter = 0; ::read(descriptor_, &letter, 1) == 1 && letter != '\n';) {
      if (letter == kInterrupt) throw Error(ErrorKind::interrupted, "interrupted");
      if (letter == kEnd) break;
      if (letter == kEraseAll)
        text.clear();
      else if (letter == kBackspace || letter == kDelete)
        erase_last(text);
      else
        text += letter;
    }
    return text;
  }

 private:
  int descriptor_;
  termios before_{};
};

}  // namespace

std::string ask_secret(std::string_view question) {
  const Hushed terminal;
  terminal.say(question);
  auto answer = terminal.line();
  terminal.say("\n");
  return answer;
}

}  // namespace mlo::ui
