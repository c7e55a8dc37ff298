#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "mlo/core/json.h"
#include "mlo/core/world.h"
#include "run/executor.h"

// What an attempt that an engine computes elsewhere leaves in its folder, `.mlo/jobs/<key>`:
//   plan.json    what to do, written before it is submitted
//   lease.json   whose turn it is: a fencing number that grows with each start; touched as it beats
//   result.json  how it ended, by rename, once: this, not the engine's opinion, is the truth

namespace mlo::run {

/// How the engine knows a job: its name, and its place where one name means several.
struct JobName {
  std::string name;
  std::optional<int> index;

  auto operator<=>(const JobName&) const = default;
};

/// Writes the plan, durably.
void write_plan(const Attempt& attempt, const JobName& name, const World& world);
/// Throws not_found, or bad_input when the file is not ours.
Attempt read_plan(const std::filesystem::path& place);
JobName read_job_name(const std::filesystem::path& place);

/// The right to work on an attempt. An engine may start a job twice, as after a preemption or when
/// a node is cut off; each start takes a higher number, and only the highest may tell a result.
class Lease {
 public:
  /// Takes the next number; nothing when the attempt has its result already.
  static std::optional<Lease> take(const std::filesystem::path& place, const World& world);
  [[nodiscard]] std::int64_t number() const { return number_; }
  /// Shows that we are alive; false when a later start has taken over.
  [[nodiscard]] bool beat() const;
  /// Writes the result unless a later start has taken over: then nothing, and false.
  [[nodiscard]] bool tell(const JobState& result, const World& world) const;

 private:
  Lease(std::filesystem::path place, std::int64_t number)
      : place_(std::move(place)), number_(number) {}
  std::filesystem::path place_;
  std::int64_t number_ = 0;
};

/// Makes sure that the attempt never begins: whichever start gets its turn later finds a result and
/// leaves. False when it has begun already, and then nothing is changed.
[[nodiscard]] bool forestall(const std::filesystem::path& place, const World& world);

/// The result, a `done` state, once there is one.
std::optional<JobState> read_result(const std::filesystem::path& place);
/// Changes whenever the job shows that it is alive; nothing before it has started. Compared for
/// equality only: clocks of other machines are not ours.
std::optional<std::int64_t> heartbeat(const std::filesystem::path& place);

}  // namespace mlo::run
