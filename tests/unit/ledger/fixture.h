#pragma once

#include <map>
#include <set>
#include <string>

#include <catch2/catch.hpp>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/ledger/ledger.h"
#include "mlo/ledger/records.h"

namespace mlo::ledger {

/// A world whose clock ticks a second a look, in which Ana works; all that it holds can be changed.
struct TestWorld {
  std::int64_t seconds = 1'790'000'000;
  std::map<std::string, std::string> variables{{"USER", "ana"}, {"HOME", "/nowhere"}};
  std::function<void(std::string_view)> before_step = [](std::string_view) {};
  World real = system_world();
  World world{.now = [this] { return Timestamp{++seconds * 1'000'000}; },
              .fill_random = real.fill_random,
              .environment = [this](const std::string& name) -> std::optional<std::string> {
                const auto found = variables.find(name);
                if (found == variables.end()) return std::nullopt;
                return found->second;
              },
              .before_step = [this](std::string_view step) { before_step(step); }};

  TestWorld() = default;
  TestWorld(const TestWorld&) = delete;
  TestWorld& operator=(const TestWorld&) = delete;
};

/// Ana's new ledger (".mlo") and her keys ("config"), made once a process.
inline const std::filesystem::path& ledger_template() {
  static TestWorld test;
  static const TemporaryFolder folder(std::filesystem::temp_directory_path(), test.real);
  static const bool made = [] {
    test.variables["XDG_CONFIG_HOME"] = (folder.path() / "config").string();
    test.variables["XDG_STATE_HOME"] = (folder.path() / "state").string();
    test.variables["MLO_ACTOR"] = "ana";
    Ledger::create(folder.path() / ".mlo", test.world);
    return true;
  }();
  static_cast<void>(made);
  return folder.path();
}

/// A ledger in a folder of its own.
struct TestLedger : TestWorld {
  TemporaryFolder temporary{std::filesystem::temp_directory_path(), real};
  std::filesystem::path folder = temporary.path() / ".mlo";
  std::optional<Ledger> opened;

  TestLedger() {
    variables["XDG_CONFIG_HOME"] = (temporary.path() / "config").string();
    variables["XDG_STATE_HOME"] = (temporary.path() / "state").string();
    variables["MLO_ACTOR"] = "ana";
    std::filesystem::copy(ledger_template(), temporary.path(),
                          std::filesystem::copy_options::recursive);
    open();
  }
  void open() {
    opened.emplace(folder, world);
    // No power cut is tested here, and a thousand syncs take their time.
    opened->database().execute("PRAGMA synchronous = OFF");
  }
  Ledger& ledger() { return *opened; }
  Entry append(const Statement& statement, const std::string& reason = "why") {
    return opened->append(statement, {.command = "test", .reason = reason});
  }
  /// The first of its entries: the run's provenance.
  Entry append(const Run& run, const std::string& reason = "why") {
    return opened->append(statements_of(run), {.command = "test", .reason = reason}).front();
  }
  /// What somebody with an SQLite shell could do.
  void tamper(const std::string& sql) {
    auto& database = opened->database();
    database.execute("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON");
    database.execute(sql);
    database.execute("PRAGMA foreign_keys = ON; PRAGMA ignore_check_constraints = OFF");
  }
};

inline Digest digest_of(int number) {
  return Digest::of("content " + std::to_string(number));
}

inline DatasetVersion a_dataset(int number = 1) {
  return {.path = "data/raw",
          .digest = digest_of(number),
          .folder = true,
          .size_bytes = 1234,
          .files = 2,
          .rows = 100,
          .columns = 5,
          .profile = digest_of(1000),
          .source = "a warehouse",
          .license = "CC BY 4.0"};
}

inline Run a_run(int number = 1) {
  return {.id = "01JRUN00000000000000000" + std::to_string(100 + number),
          .name = "nightly",
          .status = "finished",
          .started_at = {1'790'000'000'000'001},
          .finished_at = {1'790'000'003'000'000},
          .trigger = "user",
          .params = Json::object({{"seed", 7}, {"share", 0.3}}),
          .metrics = Json::object({{"accuracy", 0.95}, {"loss", 1.0}}),
          .tags = Json::object({{"team", "growth"}}),
          .environment = Json::object({{"python", "3.11"}}),
          .git_commit = "0123456789abcdef0123456789abcdef01234567",
          .git_branch = "main",
          .git_author = "Ana",
          .git_dirty = digest_of(77),
          .steps = {{.name = "fit",
                     .status = "ran",
                     .reason = "no run of it is known",
                     .fingerprint = digest_of(500 + number),
                     .duration_ms = 12,
                     .log = "logs/fit.log",
                     .outputs = {{.path = "model.onnx", .digest = digest_of(600 + number)}}},
                    {.name = "report",
                     .status = "failed",
                     .fingerprint = digest_of(501 + number * 1000),
                     .exit_code = 3}},
          .materials = {{.path = "data/raw", .digest = digest_of(number)},
                        {.path = "fit.py", .digest = digest_of(70)}},
          .products = {{.path = "model.onnx", .digest = digest_of(600 + number)}}};
}

inline ModelVersion a_model(std::int64_t number = 1) {
  const int count = static_cast<int>(number);
  return {.model = "tumour",
          .number = number,
          .digest = digest_of(600 + count),
          .path = "model.onnx",
          .size_bytes = 4096,
          .run = a_run(count).id,
          .signature = Json::object({{"inputs", Json::array()}}),
          .datasets = {{.path = "data/raw", .digest = digest_of(count)}},
          .params = Json::object({{"seed", 7}}),
          .metrics = Json::object({{"accuracy", 0.95}}),
          .description = Json::object({{"owner", "radiology"}})};
}

inline Evidence an_evidence(const ModelVersion& model, bool passed = true) {
  return {.subject = {.name = "tumour@1", .digest = model.digest},
          .target = "tumour@" + std::to_string(model.number),
          .passed = passed,
          .checks = {{.name = "accuracy",
                      .kind = "metrics",
                      .target = "tumour@1",
                      .passed = passed,
                      .value = 0.95,
                      .threshold = ">= 0.9"},
                     {.name = "size",
                      .kind = "size",
                      .target = "tumour@1",
                      .severity = "warn",
                      .passed = false,
                      .value = 4096,
                      .failing_rows = 3,
                      .message = "large"}},
          .inputs = {{.path = "data/test.csv", .digest = digest_of(9)}}};
}

/// The story of one model from data to an alert; returns how many entries the ledger has then.
inline std::int64_t tell_a_story(TestLedger& test) {
  test.append(statement_of(a_dataset()));
  test.append(a_run());
  const auto model = a_model();
  test.append(statement_of(model));
  const auto evidence = test.append(statement_of(an_evidence(model)));
  test.append(statement_of(GateDecision{.model = "tumour",
                                        .number = 1,
                                        .digest = model.digest,
                                        .stage = "production",
                                        .passed = true,
                                        .reasons = {"metrics: ok"},
                                        .evidence = {evidence.index},
                                        .policy = digest_of(3)}));
  test.append(statement_of(
      StageMove{.model = "tumour", .number = 1, .digest = model.digest, .stage = "production"}));
  test.append(statement_of(Deployment{.model = "tumour",
                                      .number = 1,
                                      .digest = model.digest,
                                      .stage = "production",
                                      .target = "serve",
                                      .status = "live",
                                      .detail = "port 8080"}));
  test.append(statement_of(MonitorWindow{.model = "tumour",
                                         .number = 1,
                                         .digest = model.digest,
                                         .stage = "production",
                                         .from = {1},
                                         .to = {2'000'000},
                                         .rows = 50,
                                         .drifted = true,
                                         .drifted_share = 1,
                                         .drifted_columns = {"radius"},
                                         .quality = Json::object({{"accuracy", 0.5}}),
                                         .report = digest_of(4)}));
  test.append(statement_of(Alert{.model = "tumour",
                                 .digest = model.digest,
                                 .kind = "drift",
                                 .message = "radius moved",
                                 .actions = {"alert", "train"}}));
  return test.ledger().size();
}

}  // namespace mlo::ledger
