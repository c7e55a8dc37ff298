#include "mlo/core/progress.h"

#include <chrono>
#include <utility>

namespace mlo {
namespace {

constexpr std::int64_t kReportEveryNs = 50'000'000;

std::int64_t now_ns() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

class NoProgress final : public Progress {
 public:
  void say(std::string_view /*line*/) override {}
  void advance(std::string_view /*what*/, std::uint64_t /*done*/,
               std::uint64_t /*total*/) override {}
  void warn(std::string_view /*line*/) override {}
};

}  // namespace

Progress& no_progress() {
  static NoProgress none;
  return none;
}

FileCounter::FileCounter(Progress& progress, std::string what, const FileAmount& total)
    : progress_(progress), what_(std::move(what)), total_(total), reported_ns_(now_ns()) {
  // The listener's clock starts here: the rate is that of the work, not of what came before it.
  progress_.advance_files(what_, {}, total_);
}

void FileCounter::add(const FileAmount& amount) {
  files_ += amount.files;
  size_bytes_ += amount.size_bytes;
  const auto now = now_ns();
  auto before = reported_ns_.load();
  // One thread reports; the others go on.
  if (now - before >= kReportEveryNs && reported_ns_.compare_exchange_strong(before, now))
    progress_.advance_files(what_, done(), total_);
}

}  // namespace mlo
