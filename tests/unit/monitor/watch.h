#pragma once

#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "mlo/monitor/inference_log.h"
#include "mlo/monitor/monitor.h"
#include "unit/model/model_workspace.h"

namespace mlo::monitor {

inline constexpr std::int64_t kSecond = 1'000'000;
inline const std::string kMonitor =
    "    validate: {size: \"<= 1 MB\"}\n"
    "    monitor:\n"
    "      reference: reference.csv\n"
    "      drift: {method: psi, share: 0.5}\n"
    "      min_rows: 20\n"
    "      cooldown: 1h\n"
    "      on: {drift: [alert, train]}\n";

/// Rows whose first column runs from `start`.
inline std::string rows(int count, double start) {
  std::string text = "a,b,high\n";
  for (int i = 0; i < count; ++i) text += fmt::format("{},{},{}\n", start + i % 10, i % 7, i % 2);
  return text;
}

/// A model in production whose clock the test moves.
class Watch : public model::ModelWorkspace {
 public:
  explicit Watch(const std::string& sections = kMonitor) : ModelWorkspace(sections) {
    write("reference.csv", rows(200, 0));
    track("reference.csv");
    make(1);
    promote();
    pass(1);
  }
  void pass(std::int64_t seconds) {
    const auto now = world.now().microseconds + seconds * kSecond;
    world.now = [now] { return Timestamp{now}; };
  }
  /// Requests to the version that is newest, at this moment.
  void ask(int count, double start) {
    write("requests.csv", rows(count, start));
    auto repository = open();
    ingest(repository, "sign", {root() / "requests.csv"}, heard);
    pass(1);
  }
  Watched look(const MonitorOptions& options = {}) {
    auto repository = open();
    auto all = monitor(repository, options, heard, {});
    pass(1);
    return all.at(0);
  }
  [[nodiscard]] std::vector<ledger::MonitorWindow> windows() const {
    auto repository = open();
    return ledger::monitor_windows(repository.ledger(), "sign");
  }
};

}  // namespace mlo::monitor
