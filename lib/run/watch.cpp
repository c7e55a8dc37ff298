#include "mlo/run/watch.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/process.h"
#include "mlo/workspace/repository.h"

namespace mlo::run {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kPause = std::chrono::milliseconds(300);
constexpr auto kGlance = std::chrono::milliseconds(50);
/// Looking takes at most this share of a core.
constexpr int kPatience = 10;

/// What would happen now, as a text that differs when it does; empty when nothing would.
std::string outlook(const std::filesystem::path& root, const TrainOptions& options,
                    const World& world, const std::stop_token& stop) {
  try {
    auto repository = workspace::Repository::open(root, world);
    auto look = options;
    look.dry_run = true;
    const auto planned = train(repository, look, no_progress(), stop);
    if (planned.ran_nothing) return {};
    std::string text;
    for (const auto& step : planned.run.steps)
      text += fmt::format("{} {} {} {}\n", step.name, step.status, step.reason,
                          step.fingerprint ? step.fingerprint->text() : "");
    return text;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    // A file that is being edited is often broken for a while.
    return fmt::format("{} {}", error.message(), error.hint());
  }
}

void rest(std::chrono::milliseconds span, const std::stop_token& stop) {
  const auto until = Clock::now() + span;
  while (Clock::now() < until) {
    throw_if_stopped(stop);
    std::this_thread::sleep_for(kGlance);
  }
}

}  // namespace

void watch(const std::filesystem::path& root, const TrainOptions& options, const World& world,
           const std::stop_token& stop, const std::function<void()>& train) {
  auto tried = outlook(root, options, world, stop);
  train();
  std::string before = tried;
  while (true) {
    const auto begin = Clock::now();
    const auto now = outlook(root, options, world, stop);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
    // Twice the same: whoever writes it has paused.
    const bool lies_still = now == before;
    before = now;
    if (!now.empty() && lies_still && now != tried) {
      tried = now;
      train();
    }
    if (now.empty()) tried.clear();
    rest(std::max<std::chrono::milliseconds>(kPause, took * kPatience), stop);
  }
}

}  // namespace mlo::run
