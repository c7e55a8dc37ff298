#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "mlo/core/progress.h"

namespace mlo::ui {

/// Work on files at a moment.
struct FileWork {
  std::string what;
  FileAmount done;
  FileAmount total;
  std::chrono::duration<double> spent{};
};

/// The share of the work that is done, in [0, 1]: of the files or of the bytes, whichever is less,
/// so that a thousand small files before a large one do not promise the end. Nothing when no total
/// is known.
std::optional<double> share_done(const FileWork& work);

/// "tracking 3,214/10,000 files · 1.2 GB of 4.0 GB · 310 MB/s · 9 s left", as far as it is known.
std::string progress_line(const FileWork& work);
/// The same as a JSON document in one line: schemas/cli/progress-1.schema.json.
std::string progress_event(const FileWork& work);
/// As much of `line` as fits `width` columns, so that it can be drawn over.
std::string cut_to_width(std::string_view line, std::size_t width);

/// Follows work on files and says when something is worth telling. Quick work never is.
class Pace {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  /// The work as it is `now`; another `what`, or less done than before, begins anew.
  const FileWork& follow(std::string_view what, const FileAmount& done, const FileAmount& total,
                         Moment now);
  /// On a terminal: from half a second on, ten times a second.
  bool is_due_on_terminal();
  /// In a log: from five seconds on, at each tenth of the work, or every ten seconds when nobody
  /// knows how much there is.
  bool is_due_in_log();
  /// For a program: from five seconds on, every second.
  bool is_due_for_program();

 private:
  using Span = std::chrono::duration<double>;
  bool is_due(Span from, Span every);

  FileWork work_;
  std::optional<Moment> begun_;
  Span told_{};
  int told_tenths_ = 0;
};

}  // namespace mlo::ui
