#include "mlo/run/search.h"

#include <algorithm>
#include <thread>

#include <catch2/catch.hpp>

#include "mlo/core/error.h"
#include "unit/run/workspace_fixture.h"

namespace mlo::run {
namespace {

/// `prepare` is shared; `fit` tells (depth − 5)², and leaves a file behind that nobody declared.
const std::string kSearched = R"(project: demo
params: {depth: 3, kind: tree}
pipeline:
  prepare: {run: "echo prepare >> $LOG; cp raw.txt data.txt", in: [raw.txt], out: [data.txt]}
  fit:
    run: sh fit.sh
    in: [data.txt, fit.sh]
    out: [model]
    metrics: [m.json]
    params: [depth, kind]
search:
  tune:
    minimize: loss
    params: {depth: {min: 1, max: 9}, kind: [tree, line]}
    sampler: SAMPLER
    seed: 4
)";
const std::string kFitScript = R"sh(echo "fit $MLO_PARAM_DEPTH $MLO_PARAM_KIND" >> $LOG
[ ! -e stray ] || exit 9
echo x > stray
echo "$MLO_PARAM_DEPTH" > model
echo "{\"loss\": $(( (MLO_PARAM_DEPTH - 5) * (MLO_PARAM_DEPTH - 5) ))}" > m.json
)sh";

struct Place : Workspace {
  explicit Place(const std::string& sampler, const std::string& script = kFitScript)
      : Workspace(std::string(kSearched).replace(kSearched.find("SAMPLER"), 7, sampler)) {
    write("raw.txt", "1\n");
    write("fit.sh", script);
    ::setenv("LOG", (root() / "../log").c_str(), 1);
  }
  Searched search(const SearchOptions& options, const std::stop_token& stop = {}) {
    auto repository = open();
    return run::search(repository, options, heard, stop);
  }
  [[nodiscard]] std::size_t logged(const std::string& word) const {
    if (!std::filesystem::exists(root() / "../log")) return 0;
    const auto text = read_file(root() / "../log");
    std::size_t count = 0;
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++count;
    return count;
  }
};

std::string params_of_all(const Searched& searched) {
  std::string all;
  for (const auto& trial : searched.trials) all += trial.params.dump();
  return all;
}

std::string message_of(Place& place, const SearchOptions& options) {
  try {
    place.search(options);
  } catch (const Error& error) {
    return error.message();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a param that is a float is searched between whole bounds", "[search]") {
  Place place("random");
  auto project = place.read("mlo.yaml");
  project.replace(project.find("depth: 3"), 8, "depth: 0.5");
  place.write("mlo.yaml", project.replace(project.find("min: 1, max: 9"), 14, "min: 0, max: 1"));
  auto repository = place.open();
  const auto& range = repository.project().searches.front().params.front();
  CHECK(range.kind == workspace::SearchParam::Kind::real);
}

TEST_CASE("a search finds the best of a grid, and each trial is a run", "[search]") {
  Place place("grid");
  const auto found = place.search({.jobs = 2});
  CHECK(found.trials.size() == 18);
  CHECK(found.ended == "space");
  REQUIRE(found.best);
  CHECK(found.trials[*found.best].params.at("depth").as_integer() == 5);
  CHECK(*found.trials[*found.best].value == 0);
  // What no searched param reaches ran once.
  CHECK(place.logged("prepare") == 1);
  CHECK(place.logged("fit") == 18);
  const auto runs = place.runs();
  CHECK(std::ranges::count_if(runs, [](const auto& run) {
          return run.tags.string_or("search", "") == "tune" && run.tags.find("trial") != nullptr &&
                 run.trigger == "search" && run.status == "finished";
        }) == 18);
}

TEST_CASE("what trials share gets the environment of trials", "[search]") {
  Place place("grid");
  auto project = place.read("mlo.yaml");
  const std::string begin = "echo prepare >> $LOG;";
  place.write("mlo.yaml",
              project.replace(project.find(begin), begin.size(), "echo $TOLD_BY >> $LOG;"));
  place.search({.trials = 1, .environment = [](const StepStart& step) {
                  return std::map<std::string, std::string>{{"TOLD_BY", "endpoint-" + step.step}};
                }});
  CHECK(place.logged("endpoint-prepare") == 1);
}

TEST_CASE("the user's workspace stays as it was", "[search]") {
  Place place("grid");
  place.search({.jobs = 2, .trials = 4});
  CHECK(!place.has("model"));
  CHECK(!place.has("stray"));
  CHECK(!place.has("mlo.lock"));
  CHECK(!std::filesystem::exists(place.root() / ".mlo/workspaces/tune-0"));
  // What a trial found out is known outside: nothing is computed again.
  CHECK(place.train({.params = {{"depth", "1"}}}).run.steps.at(1).status == "restored");
}

TEST_CASE("a search goes on after the trials that have ended", "[search]") {
  Place place("random");
  const auto some = place.search({.trials = 3});
  CHECK(some.begun_now == 3);
  CHECK(some.ended == "trials");
  const auto more = place.search({.trials = 5});
  CHECK(more.begun_now == 2);
  CHECK(more.trials.size() == 5);
  CHECK(place.logged("fit") == 5);
  CHECK(place.search({.trials = 5}).begun_now == 0);
  // Other code makes other trials.
  place.write("fit.sh", kFitScript + "# changed\n");
  CHECK(place.search({.trials = 1}).begun_now == 1);
}

TEST_CASE("a search that was killed asks for nothing twice", "[search]") {
  Place whole("tpe");
  const auto expected = whole.search({.trials = 14});
  Place place("tpe");
  for (int round = 0; round < 6; ++round) {
    place.crash_at["run.close"] = 4;
    try {
      place.search({.trials = 14});
    } catch (const Crash&) {
      continue;
    }
  }
  place.crash_at.clear();
  const auto found = place.search({.trials = 14});
  CHECK(params_of_all(found) == params_of_all(expected));
  CHECK(place.logged("fit") <= 14 + 6);
}

TEST_CASE("the same seed leads to the same trials, one or two at once", "[search]") {
  for (const std::string sampler : {"random", "sobol", "latin-hypercube"}) {
    CAPTURE(sampler);
    Place one(sampler);
    Place two(sampler);
    CHECK(params_of_all(one.search({.trials = 6})) ==
          params_of_all(two.search({.jobs = 2, .trials = 6})));
  }
  Place one("tpe");
  Place two("tpe");
  CHECK(params_of_all(one.search({.jobs = 2, .trials = 16})) ==
        params_of_all(two.search({.jobs = 2, .trials = 16})));
}

TEST_CASE("a rule gives up trials that fall behind", "[search]") {
  Place place("grid", R"sh(echo "fit $MLO_PARAM_DEPTH" >> $LOG
loss=$(( (MLO_PARAM_DEPTH - 5) * (MLO_PARAM_DEPTH - 5) ))
now=1700000000000000
for step in 1 2 3; do
  echo "{\"kind\":\"metric\",\"name\":\"loss\",\"value\":$loss,\"at\":$now,\"step\":$step}" >> $MLO_RECORD_FILE
  [ $MLO_PARAM_DEPTH -lt 9 ] || sleep 20
done
echo "$MLO_PARAM_DEPTH" > model
echo "{\"loss\": $loss}" > m.json
)sh");
  auto text = place.read("mlo.yaml");
  place.write("mlo.yaml", text + "    stop: {rule: median, trials: 3}\n");
  const auto begin = std::chrono::steady_clock::now();
  const auto found = place.search({});
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(30));
  REQUIRE(found.trials.size() == 18);
  std::size_t stopped = 0;
  for (const auto& trial : found.trials) {
    if (trial.status != "stopped") continue;
    ++stopped;
    CHECK(trial.params.at("depth").as_integer() == 9);
    CHECK(*trial.value == 16);
  }
  CHECK(stopped == 2);
  const auto runs = place.runs();
  CHECK(std::ranges::count_if(runs, [](const auto& run) {
          return run.tags.string_or("stopped_by", "") == "median";
        }) == 2);
  // It counts as asked for.
  CHECK(place.search({}).begun_now == 0);
}

TEST_CASE("trials that fail are told, and hopeless searches end", "[search]") {
  Place some("grid", "[ $MLO_PARAM_DEPTH != 1 ] || exit 3\n" + kFitScript);
  const auto found = some.search({.trials = 6});
  CHECK(std::ranges::count(found.trials, "failed", &Trial::status) == 2);
  CHECK(found.trials[0].problem == "step 'fit': exit code 3");
  CHECK(found.best);
  Place none("grid", "exit 3\n");
  const auto hopeless = none.search({});
  CHECK(hopeless.ended == "failures");
  CHECK(hopeless.trials.size() == 3);
  CHECK(!hopeless.best);
}

TEST_CASE("Ctrl-C ends a search that can go on", "[search]") {
  Place place("grid", "sleep 0.2\n" + kFitScript);
  std::stop_source stop;
  std::jthread user([&] {
    while (place.logged("fit") < 2) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    stop.request_stop();
  });
  CHECK_THROWS_AS(place.search({}, stop.get_token()), Error);
  const auto before = place.logged("fit");
  CHECK(place.search({}).trials.size() == 18);
  CHECK(place.logged("fit") <= 18 + 1);
  CHECK(before < 6);
}

TEST_CASE("what a search cannot work with is told before a trial", "[search]") {
  Place place("grid");
  CHECK(message_of(place, {.name = "other"}) == "no search 'other' in mlo.yaml");
  CHECK(message_of(place, {.sampler = "bayes"}) == "no sampler 'bayes'");
  auto text = place.read("mlo.yaml");
  place.write("mlo.yaml",
              std::string(text).replace(text.find("minimize: loss"), 14, "minimize: lost"));
  CHECK(message_of(place, {}) == "trial 1 told no metric 'lost'");
  CHECK(place.logged("fit") == 1);
  place.write("mlo.yaml", std::string(text).replace(text.find("[depth, kind]"), 13, "[depth]"));
  CHECK(message_of(place, {}) == "mlo.yaml:12:3: no step of search 'tune' uses param 'kind'");
  place.write("mlo.yaml", std::string(text).replace(text.find("max: 9}"), 7, "max: 9.5}"));
  CHECK(message_of(place, {.sampler = "random"}) == "mlo.yaml:12:3: search 'tune' would never end");
}

}  // namespace mlo::run
