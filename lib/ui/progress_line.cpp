#include "ui/progress_line.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "mlo/core/json.h"
#include "mlo/core/text.h"
#include "mlo/core/time.h"
#include "ui/format.h"

namespace mlo::ui {
namespace {

using Seconds = std::chrono::duration<double>;
constexpr Seconds kQuickOnTerminal{0.5};
constexpr Seconds kQuickInLog{5};
constexpr Seconds kRedraw{0.1};
constexpr Seconds kEvent{1};
constexpr Seconds kUnknownTotal{10};
/// Before that a rate is a guess.
constexpr Seconds kSteady{0.3};
constexpr std::string_view kBetween = " · ";

double share_of(std::uint64_t done, std::uint64_t total) {
  return std::min(static_cast<double>(done) / static_cast<double>(total), 1.0);
}

std::string shown_files(const FileWork& work) {
  const auto done = format_count(static_cast<std::int64_t>(work.done.files));
  if (work.total.files == 0) return done + (work.done.files == 1 ? " file" : " files");
  return fmt::format("{}/{} {}", done, format_count(static_cast<std::int64_t>(work.total.files)),
                     work.total.files == 1 ? "file" : "files");
}

std::string shown_bytes(const FileWork& work) {
  const auto done = format_bytes(work.done.size_bytes);
  return work.total.size_bytes == 0
             ? done
             : fmt::format("{} of {}", done, format_bytes(work.total.size_bytes));
}

std::string shown_rate(const FileWork& work) {
  if (work.done.size_bytes == 0)
    return fmt::format(
        "{} files/s",
        format_count(std::llround(static_cast<double>(work.done.files) / work.spent.count())));
  const auto rate = static_cast<double>(work.done.size_bytes) / work.spent.count();
  return format_bytes(static_cast<std::uint64_t>(rate)) + "/s";
}

/// As if the rest went like what is done; whole seconds, no false precision.
std::string shown_rest(const FileWork& work, double share) {
  const auto rest = std::llround(std::ceil(work.spent.count() * (1 - share) / share));
  return rest < 60 ? fmt::format("{} s left", rest)
                   : format_duration(std::chrono::seconds(rest)) + " left";
}

}  // namespace

std::optional<double> share_done(const FileWork& work) {
  std::optional<double> share;
  const auto consider = [&](std::uint64_t done, std::uint64_t total) {
    if (total > 0) share = std::min(share.value_or(1), share_of(done, total));
  };
  consider(work.done.files, work.total.files);
  consider(work.done.size_bytes, work.total.size_bytes);
  return share;
}

std::string progress_line(const FileWork& work) {
  std::vector<std::string> parts;
  if (work.done.files + work.total.files > 0) parts.push_back(shown_files(work));
  if (work.done.size_bytes + work.total.size_bytes > 0) parts.push_back(shown_bytes(work));
  const bool any = work.done != FileAmount{};
  if (any && work.spent >= kSteady) {
    parts.push_back(shown_rate(work));
    const auto share = share_done(work);
    if (share && *share > 0 && *share < 1) parts.push_back(shown_rest(work, *share));
  }
  return printable(work.what) + " " + join(parts, kBetween);
}

std::string progress_event(const FileWork& work) {
  const auto elapsed = std::chrono::round<std::chrono::milliseconds>(work.spent);
  const auto share = share_done(work);
  return Json::object({{"shape", "progress/1"},
                       {"what", work.what},
                       {"files", work.done.files},
                       {"total_files", work.total.files},
                       {"size_bytes", work.done.size_bytes},
                       {"total_bytes", work.total.size_bytes},
                       {"share", share ? Json(*share) : Json()},
                       {"elapsed_ms", std::int64_t{elapsed.count()}}})
      .dump();
}

std::string cut_to_width(std::string_view line, std::size_t width) {
  if (display_width(line) <= width) return std::string(line);
  std::size_t columns = 0;
  std::size_t end = 0;
  for (; end < line.size(); ++end) {
    // A code point begins: does it fit beside the sign that something is missing?
    const bool begins = (static_cast<unsigned char>(line[end]) & 0xC0U) != 0x80U;
    if (begins && ++columns >= width) break;
  }
  return std::string(line.substr(0, end)) + (width > 0 ? "…" : "");
}

const FileWork& Pace::follow(std::string_view what, const FileAmount& done, const FileAmount& total,
                             Moment now) {
  const bool goes_on = begun_ && work_.what == what && work_.total == total &&
                       done.files >= work_.done.files && done.size_bytes >= work_.done.size_bytes;
  if (!goes_on) {
    begun_ = now;
    told_ = {};
    told_tenths_ = 0;
  }
  work_ = {.what = std::string(what), .done = done, .total = total, .spent = now - *begun_};
  return work_;
}

bool Pace::is_due(Span from, Span every) {
  if (work_.spent < from || (told_.count() > 0 && work_.spent - told_ < every)) return false;
  told_ = work_.spent;
  return true;
}

bool Pace::is_due_on_terminal() {
  return is_due(kQuickOnTerminal, kRedraw);
}

bool Pace::is_due_for_program() {
  return is_due(kQuickInLog, kEvent);
}

bool Pace::is_due_in_log() {
  const auto share = share_done(work_);
  if (!share) return is_due(kQuickInLog, kUnknownTotal);
  const int tenths = static_cast<int>(*share * 10);
  if (work_.spent < kQuickInLog || tenths <= told_tenths_) return false;
  told_tenths_ = tenths;
  return true;
}

}  // namespace mlo::ui
