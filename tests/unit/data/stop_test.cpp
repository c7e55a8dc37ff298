#include <chrono>
#include <stop_token>
#include <thread>

#include <catch2/catch.hpp>

#include "data/checks/isolation_forest.h"
#include "data/checks/near_groups.h"
#include "data/checks/neighbours.h"
#include "data/table_state.h"
#include "mlo/data/checks.h"
#include "mlo/data/contract.h"
#include "mlo/data/drift.h"
#include "mlo/data/profile.h"
#include "mlo/data/quality_report.h"
#include "unit/data/ear.h"
#include "unit/data/tables.h"

// Long work on tables says how far it is, and ends when it is asked to.

using namespace mlo;
using namespace mlo::data;

namespace {

std::string rows(int count) {
  std::string csv = "a,b,y,s\n";
  for (int i = 0; i < count; ++i)
    csv += std::to_string(i % 7) + ",w" + std::to_string(i % 11) + "," + std::to_string(i % 2) +
           ",0." + std::to_string(i % 10) + "\n";
  return csv;
}

ErrorKind kind_of(const std::function<void()>& work) {
  return error_of(work).kind();
}

}  // namespace

TEST_CASE("reading, profiles, comparisons and resamples say how far they are", "[progress]") {
  const Folder folder;
  Ear ear;
  const auto table = folder.table(rows(200), {.progress = &ear});
  static_cast<void>(profile(table));
  static_cast<void>(drift(table, table, {}));
  const auto predictions = read_predictions(table, {.label = "y", .score = "s"});
  static_cast<void>(confidence(predictions, 0.9, {.resamples = 20, .progress = &ear}));
  CHECK(ear.heard["columns profiled"] == 4);
  CHECK(ear.heard["columns compared"] == 4);
  CHECK(ear.heard["resamples"] == 20);
  CHECK(ear.heard.contains("reading table.csv"));
}

TEST_CASE("a statement that takes long tells its share of the bytes", "[progress]") {
  Ear ear;
  Engine engine(1);
  engine.tell({.progress = &ear, .what = "counting", .total = {.files = 1, .size_bytes = 1000}});
  engine.limit(std::chrono::milliseconds(400));
  engine.run("CREATE TABLE n AS SELECT i FROM range(3000000) r(i)");
  CHECK(kind_of([&] { engine.run("SELECT sum(sin(a.i) * cos(b.i)) FROM n a, n b"); }) ==
        ErrorKind::unavailable);
  CHECK(ear.heard.contains("counting"));
  CHECK(ear.heard["counting"] <= 1000);
}

TEST_CASE("all work on tables ends with interrupted when it is stopped", "[progress]") {
  const Folder folder;
  Ear ear;
  const auto file = folder.write("table.csv", rows(200));
  const ReadOptions reading{.stop = ear.stop.get_token(), .progress = &ear};
  const auto table = Table::open(file, reading);
  const auto contract = infer_contract(profile(table), "table");
  const auto predictions = read_predictions(table, {.label = "y", .score = "s"});

  SECTION("in the middle of it") {
    ear.stop_at = GENERATE(as<std::string>{}, "columns profiled", "columns compared", "resamples");
    const auto work = [&] {
      static_cast<void>(profile(table));
      static_cast<void>(drift(table, table, {}));
      static_cast<void>(confidence(
          predictions, 0.9,
          {.resamples = 50, .threads = 1, .stop = ear.stop.get_token(), .progress = &ear}));
    };
    CHECK(kind_of(work) == ErrorKind::interrupted);
    CHECK(ear.heard[ear.stop_at] < 50);
  }
  SECTION("before it began") {
    ear.stop.request_stop();
    const std::vector<SliceColumn> columns = {
        {"b", std::vector<std::optional<std::string>>(200, "x")},
        {"c", std::vector<std::optional<std::string>>(200)}};
    auto halves = columns;
    for (std::size_t i = 0; i < 100; ++i) halves[0].values[i] = "y";
    CHECK(kind_of([&] { Table::open(file, reading); }) == ErrorKind::interrupted);
    CHECK(kind_of([&] { profile(table); }) == ErrorKind::interrupted);
    CHECK(kind_of([&] { drift(table, table, {}); }) == ErrorKind::interrupted);
    CHECK(kind_of([&] { check_file(contract, file, "t", {.now = {}}, reading); }) ==
          ErrorKind::interrupted);
    CHECK(kind_of([&] { check(contract, table, "t", {.now = {}}); }) == ErrorKind::interrupted);
    CHECK(kind_of([&] {
            run_checks(file, {{.kind = "duplicates"}}, {folder.path(), "t", {}}, reading);
          }) == ErrorKind::interrupted);
    CHECK(kind_of([&] {
            worst_slices(predictions, halves,
                         {.metric = "accuracy", .min_rows = 1, .stop = ear.stop.get_token()});
          }) == ErrorKind::interrupted);
  }
}

TEST_CASE("one look for poison, and one comparison of two models, end when they are stopped",
          "[progress]") {
  // Enough that each takes far longer than the 20 ms after which it is stopped.
  Features features{.rows = {}, .values = {}, .width = 20, .columns = 20};
  for (std::int64_t row = 0; row < 100'000; ++row) {
    features.rows.push_back(row);
    for (std::int64_t column = 0; column < 20; ++column)
      features.values.push_back(static_cast<float>((row * 7919 + column * 104729) % 1009));
  }
  Predictions predictions{.task = Task::regression};
  predictions.truth.assign(100'000, 1);
  predictions.estimates.assign(100'000, 2);
  std::stop_source source;
  const auto stop = source.get_token();
  const std::vector<std::function<void()>> works = {
      [&] { isolation_scores(features, 1, stop); },
      [&] { nearest_neighbours(features, 10, 1, stop); },
      [&] { near_groups(features, 1, 1, stop); },
      [&] {
        static_cast<void>(compare(predictions, predictions, "root_mean_squared_error",
                                  {.resamples = 100'000, .threads = 1, .stop = stop}));
      }};
  const auto& work = works.at(GENERATE(0U, 1U, 2U, 3U));
  std::chrono::steady_clock::time_point asked;
  const std::jthread hand([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    asked = std::chrono::steady_clock::now();
    source.request_stop();
  });
  CHECK(kind_of(work) == ErrorKind::interrupted);
  // 100 ms at most where nothing else runs; a sanitizer and a busy machine need more.
  CHECK(std::chrono::steady_clock::now() - asked < std::chrono::seconds(2));
}
