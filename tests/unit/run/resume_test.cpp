#include <chrono>
#include <thread>

#include <catch2/catch.hpp>

#include "mlo/core/error.h"
#include "mlo/run/runs.h"
#include "mlo/store/object_store.h"
#include "mlo/workspace/pipeline_lock.h"
#include "run/environment.h"
#include "run/job.h"
#include "run/journal.h"
#include "unit/run/workspace_fixture.h"

namespace mlo::run {
namespace {

struct Demo : Workspace {
  Demo() : Workspace(kPipeline) {
    write("raw.txt", "rows\n");
    write("fit.sh", kFit);
  }
  [[nodiscard]] int times(const std::string& step) const {
    if (!has("ran")) return 0;
    const auto text = read("ran");
    int count = 0;
    for (auto at = text.find(step); at != std::string::npos; at = text.find(step, at + 1)) ++count;
    return count;
  }
};

}  // namespace

TEST_CASE("a run that was cut off anywhere goes on there, and the record is whole", "[resume]") {
  const auto [step, occurrence] = GENERATE(table<std::string, int>({{"run.begin", 1},
                                                                    {"object.rename", 1},
                                                                    {"run.secure", 1},
                                                                    {"run.step", 1},
                                                                    {"run.step", 2},
                                                                    {"run.step", 3},
                                                                    {"lock.rename", 1},
                                                                    {"ledger.commit", 1},
                                                                    {"run.close", 1}}));
  INFO(step << ":" << occurrence);
  Demo demo;
  demo.crash_at[step] = occurrence;
  bool crashed = false;
  try {
    demo.train();
  } catch (const Crash&) {
    crashed = true;
  }
  demo.crash_at.clear();
  const auto again = demo.train();
  CHECK(again.failed_step.empty());
  CHECK(demo.read("model.out") == "7 rows\n");
  // At most the step in flight was computed twice.
  CHECK(demo.times("split") + demo.times("fit") + demo.times("export") <= 4);
  CHECK(demo.lock().steps.size() == 3);
  CHECK(demo.train().ran_nothing);

  const auto runs = demo.runs();
  REQUIRE_FALSE(runs.empty());
  CHECK(runs.front().status == "finished");
  CHECK(runs.front().products.size() == 4);
  CHECK(runs.size() <= 2);  // the one that was cut off, once it had begun
  if (runs.size() == 2) CHECK(runs.back().status == "interrupted");
  auto repository = demo.open();
  CHECK(repository.ledger().verify().verified());
  CHECK_FALSE(Journal::has_live_runs(repository.ledger().database()));
  CHECK(crashed);
}

TEST_CASE("what a killed run had finished is told by the run after it", "[resume]") {
  Demo demo;
  demo.crash_at["run.step"] = 3;
  CHECK_THROWS_AS(demo.train({.reason = "first"}), Crash);
  demo.crash_at.clear();
  {
    auto repository = demo.open();
    close_dead_runs(repository, no_progress());
  }
  auto runs = demo.runs();
  REQUIRE(runs.size() == 1);
  CHECK(runs.front().status == "interrupted");
  CHECK(runs.front().origin.reason == "first");
  CHECK(runs.front().params.dump() == R"({"seed":7})");
  CHECK(runs.front().steps.size() == 2);
  CHECK(runs.front().products.size() == 3);
  CHECK(told(demo.train()) == "split: cached, fit: cached, export: ran");
  CHECK(demo.runs().front().products.size() == 4);
}

TEST_CASE("a killed run that cannot be recorded keeps no other from going on", "[resume]") {
  Demo demo;
  {
    auto repository = demo.open();
    Journal(repository.ledger().database())
        .begin({.id = "01ARYZ6S410000000000000000",
                .process = 1,
                .host = host_name(),
                .facts = Json::object(
                    {{"name", "demo-0000"}, {"tags", Json::object({{"n", INT64_MAX}})}})});
  }
  CHECK(demo.train().run.status == "finished");
  CHECK(demo.heard.warned ==
        std::vector<std::string>{"run demo-0000 was killed, and cannot be recorded: "
                                 "9223372036854775807 is too large for canonical JSON"});
  auto repository = demo.open();
  CHECK(Journal(repository.ledger().database()).live_runs().size() == 1);
}

TEST_CASE("a live run of another host is left to that host", "[resume]") {
  Demo demo;
  auto repository = demo.open();
  Journal journal(repository.ledger().database());
  journal.begin({.id = "01ARYZ6S410000000000000000", .process = 1, .host = "elsewhere"});
  close_dead_runs(repository, no_progress());
  CHECK(journal.live_runs().size() == 1);
  CHECK(demo.runs().empty());
}

TEST_CASE("a dead run is not closed while another command is at work", "[resume]") {
  Demo demo;
  auto repository = demo.open();
  Journal journal(repository.ledger().database());
  journal.begin({.id = "01ARYZ6S410000000000000000",
                 .process = 1,
                 .host = host_name(),
                 .facts = Json::object({{"name", "01aryz-dead"},
                                        {"trigger", "drift"},
                                        {"reason", "why"},
                                        {"params", Json::object({{"seed", 7}})}})});
  {
    const auto other = workspace::lock_pipeline(repository, no_progress());
    close_dead_runs(repository, no_progress());
    CHECK(journal.live_runs().size() == 1);
    // Until then it is told all the same.
    const auto listed = find_runs(repository, {.text = "status = interrupted"});
    REQUIRE(listed.size() == 1);
    CHECK(listed[0].trigger == "drift");
    CHECK(listed[0].reason == "why");
    CHECK(listed[0].params.dump() == R"({"seed":7})");
    CHECK(listed[0].tags.dump() == R"({"ended_by":"killed"})");
    CHECK(find_runs(repository, {.text = "status = finished"}).empty());
    CHECK(find_run(repository, "01aryz-dead")->status == "interrupted");
  }
  close_dead_runs(repository, no_progress());
  CHECK(journal.live_runs().empty());
  CHECK(demo.runs().size() == 1);
}

TEST_CASE("a job that never began is given up when its engine does not answer", "[resume]") {
  Workspace place(
      "project: demo\npipeline:\n  a: {run: \"echo a > o\", out: [o], executor: slurm}\n");
  // Slurm's commands, with a cluster that cannot be reached.
  for (const auto* command : {"squeue", "sbatch", "scancel"}) {
    place.write(std::string("bin/") + command,
                "#!/bin/sh\necho 'error: Unable to contact slurm controller' >&2; exit 1\n");
    std::filesystem::permissions(place.root() / "bin" / command, std::filesystem::perms::owner_all);
  }
  const std::string path = ::getenv("PATH");
  ::setenv("PATH", ((place.root() / "bin").string() + ":" + path).c_str(), 1);
  place.crash_at["job.submit"] = 1;
  CHECK_THROWS_AS(place.train(), Crash);
  {
    auto repository = place.open();
    const auto job = Journal(repository.ledger().database()).jobs().at(0);
    const auto folder = place.root() / ".mlo/jobs" / job.key;
    // As if it had died a moment later.
    write_plan(
        {.key = job.key, .command = "echo a > o", .workspace = place.root(), .place = folder},
        {.name = job.key, .index = {}}, place.world);
  }
  place.write("mlo.yaml", "project: demo\npipeline:\n  a: {run: \"echo a > o\", out: [o]}\n");
  place.heard.said.clear();
  CHECK(told(place.train()) == "a: ran");
  ::setenv("PATH", path.c_str(), 1);
  REQUIRE_FALSE(place.heard.said.empty());
  CHECK(place.heard.said.front().starts_with("waiting for slurm to end job "));
  REQUIRE(place.heard.warned.size() == 1);
  CHECK(place.heard.warned.front().find("never began and is given up") != std::string::npos);
  auto repository = place.open();
  CHECK(Journal(repository.ledger().database()).jobs().empty());
}

TEST_CASE("Ctrl-C stops the steps, records the run as interrupted and keeps the lock", "[resume]") {
  Workspace place(R"(project: demo
pipeline:
  first: {run: "echo 1 > one", out: [one]}
  long: {run: "echo half > two; touch begun; sleep 60", in: [one], out: [two]}
  last: {run: "cp two three", in: [two], out: [three]}
)");
  std::stop_source source;
  std::jthread user([&] {
    while (!place.has("begun")) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    source.request_stop();
  });
  const auto begin = std::chrono::steady_clock::now();
  try {
    place.train({}, source.get_token());
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::interrupted);
  }
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(4));
  const auto runs = place.runs();
  REQUIRE(runs.size() == 1);
  CHECK(runs.front().status == "interrupted");
  REQUIRE(runs.front().steps.size() == 3);
  CHECK(runs.front().steps[0].status == "ran");
  CHECK(runs.front().steps[1].status == "interrupted");
  CHECK(runs.front().steps[2].status == "skipped");
  CHECK(place.lock().steps.size() == 1);
  auto repository = place.open();
  CHECK_FALSE(Journal::has_live_runs(repository.ledger().database()));
}

TEST_CASE("a stop before the first step leaves no trace", "[resume]") {
  Demo demo;
  std::stop_source source;
  source.request_stop();
  CHECK_THROWS_AS(demo.train({}, source.get_token()), Error);
  CHECK(demo.runs().empty());
  CHECK_FALSE(demo.has("ran"));
}

TEST_CASE("results are known from the ledger when the journal is lost", "[resume]") {
  Demo demo;
  demo.train();
  demo.train({.params = {{"seed", "8"}}});
  {
    auto repository = demo.open();
    repository.ledger().database().execute("DELETE FROM step_result");
  }
  CHECK(told(demo.train()) == "split: cached, fit: restored, export: restored");
  CHECK(demo.read("model.out") == "7 rows\n");
}

TEST_CASE("a lock that pairs a step with what another run made is not believed", "[resume]") {
  Demo demo;
  demo.train();
  const auto seven = demo.lock();
  demo.train({.params = {{"seed", "8"}}});
  auto mixed = demo.lock();
  mixed.steps = seven.steps;  // as a merge that took one side's outputs and the other's steps
  const auto& model = mixed.outputs.at("model");
  demo.write("mlo.lock", workspace::format_lock_file(mixed));
  CHECK(demo.train({.dry_run = true}).run.steps[1].status == "restore");
  const auto before = demo.times("fit");
  const auto trained = demo.train();
  CHECK(told(trained) == "split: cached, fit: restored, export: restored");
  CHECK(demo.read("model") == "7 rows\n");
  CHECK(demo.lock() == seven);
  CHECK(demo.times("fit") == before);
  REQUIRE(demo.heard.warned.size() == 4);  // of both steps, in the dry run too
  CHECK(demo.heard.warned.back().starts_with("mlo.lock gives step 'export' outputs"));
  demo.heard.warned.clear();
  CHECK(demo.train().ran_nothing);
  CHECK(demo.heard.warned.empty());
  // One line that somebody swapped.
  mixed = seven;
  mixed.outputs.at("model") = model;
  demo.write("mlo.lock", workspace::format_lock_file(mixed));
  demo.remove("model");
  CHECK(told(demo.train()) == "split: cached, fit: restored, export: cached");
  CHECK(demo.read("model") == "7 rows\n");
}

TEST_CASE("what a step made once more since is no mistake of the lock", "[resume]") {
  Workspace place("project: demo\npipeline:\n  one: {run: \"cp ../next made\", out: [made]}\n");
  place.write("../next", "first");
  place.train();
  const auto first = place.lock();
  place.write("../next", "second");
  CHECK(place.train({.force = true}).run.status == "finished");
  place.write("mlo.lock", workspace::format_lock_file(first));
  place.write("made", "first");
  CHECK(place.train().ran_nothing);
  CHECK(place.lock() == first);
  CHECK(place.heard.warned.empty());
}

TEST_CASE("a result in the journal that no run tells leads nowhere", "[resume]") {
  Demo demo;
  demo.train();
  const auto lock = demo.lock();
  auto repository = demo.open();
  auto& database = repository.ledger().database();
  CHECK(Journal(database).results().empty());
  const auto evil = [&](int told, const std::string& run) {
    store::Batch batch(repository.store());
    const auto swapped = batch.add("evil");
    batch.commit();
    database.run(
        "INSERT OR REPLACE INTO step_result VALUES (?1, 'fit', ?2, ?3, 1, 1, ?4)",
        lock.steps.at("fit"), run,
        Json::array(
            {Json::object({{"path", "model"}, {"digest", swapped.text()}, {"folder", false}})})
            .dump(),
        std::int64_t{told});
  };
  for (const int told : {0, 1}) {
    evil(told, demo.runs().front().id);
    demo.remove("model");
    demo.remove("mlo.lock");
    demo.train();
    CHECK(demo.read("model") == "7 rows\n");
  }
}

TEST_CASE("outputs that are in no store any more are computed again", "[resume]") {
  Demo demo;
  demo.train();
  demo.remove("model");
  std::filesystem::remove_all(demo.root() / ".mlo/objects");
  const auto trained = demo.train();
  CHECK(told(trained) == "split: cached, fit: ran, export: cached");
}

TEST_CASE("an interpreter's version is remembered as long as its file is the same", "[resume]") {
  Demo demo;
  auto repository = demo.open();
  Journal journal(repository.ledger().database());
  CHECK_FALSE(journal.interpreter("/bin/python", 5));
  journal.remember_interpreter("/bin/python", 5, "3.11.2");
  CHECK(journal.interpreter("/bin/python", 5) == "3.11.2");
  CHECK_FALSE(journal.interpreter("/bin/python", 6));
}

}  // namespace mlo::run
