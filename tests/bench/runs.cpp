// bench_runs FOLDER COUNT: a repository with so many runs of a made-up search, for
// tests/bench/runs.py; the same runs go to standard output as lines of JSON, for the peer.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/ledger/records.h"
#include "mlo/workspace/repository.h"

namespace {

using mlo::Json;

constexpr std::size_t kAtOnce = 500;
constexpr std::int64_t kMinute = 60'000'000;

/// Figures that look like a search's, and are the same each time.
mlo::ledger::Run run_of(std::int64_t number, mlo::Timestamp begin) {
  const auto spread = [&](std::int64_t factor, std::int64_t parts) {
    return static_cast<double>(number * factor % parts) / static_cast<double>(parts);
  };
  mlo::ledger::Run run;
  run.id = fmt::format("01J{:023d}", number);
  run.name = fmt::format("bench-{}", number);
  run.status = number % 50 == 0 ? "failed" : "finished";
  run.started_at = {begin.microseconds + number * kMinute};
  run.finished_at = {run.started_at.microseconds + kMinute / 2};
  run.trigger = "user";
  run.params = Json::object({{"depth", number % 12},
                             {"kind", number % 3 == 0 ? "tree" : "forest"},
                             {"learning_rate", 0.001 + spread(7919, 9973)},
                             {"n_estimators", 50 + number % 400},
                             {"seed", number},
                             {"subsample", 0.5 + spread(31, 97) / 2}});
  run.metrics = Json::object({{"accuracy", spread(104729, 99991)},
                              {"auc", spread(15485863, 99989)},
                              {"f1", spread(32452843, 99971)},
                              {"log_loss", 1 - spread(49979687, 99961)},
                              {"rmse", spread(67867967, 99929)}});
  run.tags = Json::object({{"owner", number % 2 == 0 ? "ana" : "bo"}});
  run.environment = Json::object({{"host", "bench"}, {"platform", "Linux"}});
  run.steps = {{.name = "fit", .status = "ran", .reason = "never run", .duration_ms = 30'000}};
  return run;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 2;
  const std::string_view typed(arguments[2]);
  std::int64_t runs = 0;
  std::from_chars(typed.data(), typed.data() + typed.size(), runs);
  try {
    const auto world = mlo::system_world();
    mlo::workspace::create_repository(arguments[1], world);
    auto repository = mlo::workspace::Repository::open(arguments[1], world);
    const mlo::Timestamp begin{world.now().microseconds - (runs + 1) * kMinute};
    std::vector<mlo::ledger::Statement> statements;
    for (std::int64_t number = 1; number <= runs; ++number) {
      const auto run = run_of(number, begin);
      std::ranges::move(mlo::ledger::statements_of(run), std::back_inserter(statements));
      std::cout << Json::object({{"id", run.id},
                                 {"name", run.name},
                                 {"status", run.status},
                                 {"started_at", run.started_at.microseconds},
                                 {"finished_at", run.finished_at.microseconds},
                                 {"params", run.params},
                                 {"metrics", run.metrics},
                                 {"tags", run.tags}})
                       .dump()
                << "\n";
      if (statements.size() == kAtOnce || number == runs) {
        repository.ledger().append(statements, {.command = "train", .reason = ""});
        statements.clear();
      }
    }
  } catch (const mlo::Error& error) {
    std::fprintf(stderr, "%s\n", error.message().c_str());
    return 1;
  }
  return 0;
}
