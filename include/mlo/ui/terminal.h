#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "mlo/core/progress.h"

namespace mlo::ui {

enum class Loudness { quiet, normal, verbose };
/// How long work is told where nothing can be drawn: lines for people, or JSON for programs.
enum class LogForm { text, json };

/// True when `descriptor` is a terminal.
bool is_terminal(int descriptor);
/// Columns of the terminal on standard output; 100 when it does not say.
int terminal_width();
/// Asks for a line that is not shown, on the terminal itself: neither standard input nor output.
/// Throws interrupted on Ctrl-C, usage where there is no terminal.
std::string ask_secret(std::string_view question);
/// Progress on standard error: a line that is drawn over on a terminal; in a log one line a step
/// and, for work on files that takes five seconds or more, one at each tenth of it.
std::unique_ptr<Progress> make_progress(Loudness loudness, LogForm form);

}  // namespace mlo::ui
