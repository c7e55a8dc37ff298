#include "run/log_limit.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/text.h"

namespace mlo::run {
namespace {

/// What is printed meanwhile lies on the disk: at a gigabyte a second a tenth of one.
constexpr auto kLook = std::chrono::milliseconds(100);
constexpr std::size_t kPieceBytes = 1U << 20U;
/// How far an end of a line is looked for; a log without lines is cut anywhere.
constexpr std::size_t kLongestLine = 64U << 10U;
/// A limit that is smaller leaves no room for a line on what is missing.
constexpr std::uint64_t kLeastBytes = 4U << 10U;
/// What was printed while the tail was moved is moved as well, but a step may print faster than we.
constexpr int kRounds = 3;

std::string text_at(const File& file, std::uint64_t offset, std::size_t size) {
  std::string text(size, '\0');
  text.resize(file.read_at(std::as_writable_bytes(std::span(text)), offset));
  return text;
}

/// The last end of a line before `offset`, where one is near.
std::uint64_t line_end_before(const File& file, std::uint64_t offset) {
  const auto begin = offset - std::min<std::uint64_t>(offset, kLongestLine);
  const auto end = text_at(file, begin, offset - begin).rfind('\n');
  return end == std::string::npos ? offset : begin + end + 1;
}

/// The first begin of a line from `offset` on, where one is near.
std::uint64_t line_begin_after(const File& file, std::uint64_t offset) {
  const auto end = text_at(file, offset, kLongestLine).find('\n');
  return end == std::string::npos ? offset : offset + end + 1;
}

/// Moves all from `source` on to `target`, which lies before it, and ends the file there. What a
/// step prints between the last look and the end is lost: as little as can be, of very much.
void move_down(File& file, std::uint64_t source, std::uint64_t target) {
  std::vector<std::byte> piece(kPieceBytes);
  for (int round = 0; round < kRounds; ++round) {
    const auto end = status_of(file).size_bytes;
    while (source < end) {
      const auto count = file.read_at(piece, source);
      if (count == 0) break;
      file.write_at(std::span(piece).first(count), target);
      source += count;
      target += count;
    }
  }
  if (::ftruncate(file.descriptor(), static_cast<off_t>(target)) != 0)
    throw system_error(errno, "shorten a log");
}

}  // namespace

LogLimits::Watch::Watch(LogLimits& limits, std::filesystem::path log, std::uint64_t most_bytes)
    : limits_(limits) {
  const std::lock_guard lock(limits.mutex_);
  log_ = limits.logs_.insert(
      limits.logs_.end(), {.path = std::move(log),
                           .most_bytes = most_bytes == 0 ? 0 : std::max(most_bytes, kLeastBytes)});
  if (most_bytes > 0 && !limits.thread_.joinable())
    limits.thread_ =
        std::jthread([&limits](const std::stop_token& over) { limits.look_after(over); });
}

LogLimits::Watch::~Watch() {
  const std::lock_guard lock(limits_.mutex_);
  cut_if_over(*log_);
  limits_.logs_.erase(log_);
}

void LogLimits::look_after(const std::stop_token& over) {
  std::unique_lock lock(mutex_);
  while (!over.stop_requested()) {
    changed_.wait_for(lock, over, kLook, [] { return false; });
    for (auto& log : logs_) cut_if_over(log);
  }
}

void LogLimits::cut_if_over(Log& log) {
  if (log.most_bytes == 0) return;
  try {
    const auto status = status_of(log.path);
    if (status && status->size_bytes > log.most_bytes) cut(log, status->size_bytes);
  } catch (const Error&) {
    return;
  }
}

void LogLimits::cut(Log& log, std::uint64_t size) {
  auto file = File::open(log.path, O_RDWR);
  if (log.head_bytes == 0) log.head_bytes = line_end_before(file, log.most_bytes / 4);
  const auto tail = line_begin_after(file, size - log.most_bytes / 4);
  log.missing_bytes += tail - log.head_bytes - log.note_bytes;
  const auto note =
      fmt::format("mlo: {} are left out here: a log holds at most {} (run.log_limit)\n",
                  format_bytes(log.missing_bytes), format_bytes(log.most_bytes));
  log.note_bytes = note.size();
  file.write_at(bytes_of(note), log.head_bytes);
  move_down(file, tail, log.head_bytes + log.note_bytes);
}

}  // namespace mlo::run
