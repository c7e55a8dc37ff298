#pragma once

#include <memory>

#include "mlo/core/progress.h"

namespace mlo::ui {

enum class Loudness { quiet, normal, verbose };

/// True when `descriptor` is a terminal.
bool is_terminal(int descriptor);
/// Columns of the terminal on standard output; 100 when it is none.
int terminal_width();
/// Progress on standard error: a line that is drawn over on a terminal, one line a step in a log.
std::unique_ptr<Progress> make_progress(Loudness loudness);

}  // namespace mlo::ui
