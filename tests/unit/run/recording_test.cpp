#include "mlo/run/recording.h"

#include <thread>

#include <catch2/catch.hpp>

#include "mlo/core/error.h"
#include "run/journal.h"
#include "unit/run/workspace_fixture.h"

namespace mlo::run {
namespace {

std::string point(const std::string& kind, const std::string& name, const std::string& value) {
  return R"(echo '{\"kind\":\")" + kind + R"(\",\"name\":\")" + name + R"(\",\"value\":)" + value +
         R"(,\"at\":1}' >> $MLO_RECORD_FILE; )";
}

Workspace recording(const std::string& command) {
  return Workspace("params: {a: 1}\npipeline:\n  fit: {run: \"" + command +
                   "\", out: [o], params: [a]}\n");
}

}  // namespace

TEST_CASE("what is appended is read back, and a torn last line is left out", "[recording]") {
  const TemporaryFolder folder(std::filesystem::temp_directory_path(), system_world());
  const auto file = folder.path() / "record.jsonl";
  std::ofstream{file};
  auto loss = parse_point(RecordedPoint::Kind::metric, "loss=0.5");
  loss.step = 3;
  loss.at = {7};
  const std::vector points{loss, parse_point(RecordedPoint::Kind::param, "opt=adam")};
  append_points(file, points);
  const auto text = read_file(file);
  const auto back = read_points(text + R"({"kind":"met)", "x");
  REQUIRE(back.size() == 2);
  CHECK(back[0].name == "loss");
  CHECK(back[0].value == Json(0.5));
  CHECK(back[0].step == 3);
  CHECK(back[0].at.microseconds == 7);
  CHECK(back[1].value == Json("adam"));
  CHECK_THROWS_AS(read_points("nonsense\n", "x"), Error);
}

TEST_CASE("sixteen writers at once lose no point", "[recording]") {
  const TemporaryFolder folder(std::filesystem::temp_directory_path(), system_world());
  const auto file = folder.path() / "record.jsonl";
  std::ofstream{file};
  {
    std::vector<std::jthread> writers;
    for (int i = 0; i < 16; ++i)
      writers.emplace_back([&] {
        for (int turn = 0; turn < 10; ++turn)
          append_points(file, std::vector{parse_point(RecordedPoint::Kind::metric, "m=1")});
      });
  }
  CHECK(read_points(read_file(file), "x").size() == 160);
}

TEST_CASE("a metric is a finite number", "[recording]") {
  for (const auto* typed : {"loss=nan", "loss=.inf", "loss=", "loss=high", "loss=[1]"}) {
    INFO(typed);
    CHECK_THROWS_AS(parse_point(RecordedPoint::Kind::metric, typed), Error);
  }
  CHECK_THROWS_AS(parse_point(RecordedPoint::Kind::metric, "0.5"), Error);
  CHECK(parse_point(RecordedPoint::Kind::metric, "loss=1e-3").value == Json(0.001));
  CHECK(parse_point(RecordedPoint::Kind::param, "x=").value == Json(""));
}

TEST_CASE("what a step recorded is the run's, and comes back with its outputs", "[recording]") {
  auto place = recording(point("metric", "loss", "2") + point("metric", "loss", "$MLO_PARAM_A") +
                         point("param", "device", "7") + "echo > o");
  auto text = place.read("mlo.yaml");
  // The shell fills in the param outside of the single quotes.
  place.write("mlo.yaml", text.replace(text.find("$MLO_PARAM_A"), 12, "'$MLO_PARAM_A'"));
  const auto first = place.train();
  REQUIRE(first.failed_step.empty());
  CHECK(first.run.metrics.dump() == R"({"loss":1})");
  CHECK(first.run.params.dump() == R"({"a":1,"device":7})");
  REQUIRE(first.run.products.size() == 2);
  CHECK(first.run.products.back().path == "records/fit.jsonl");
  CHECK(place.train({.params = {{"a", "2"}}}).run.metrics.dump() == R"({"loss":2})");
  const auto restored = place.train();
  CHECK(told(restored) == "fit: cached");  // one content, two fingerprints
  CHECK(restored.run.metrics.dump() == R"({"loss":1})");
  CHECK(place.train().run.metrics.dump() == R"({"loss":1})");
}

TEST_CASE("what a step told before it failed is kept", "[recording]") {
  auto place = recording(point("metric", "loss", "3") + "exit 1");
  place.train();
  CHECK(place.runs().front().status == "failed");
  CHECK(place.runs().front().metrics.dump() == R"({"loss":3})");
}

TEST_CASE("what a step told is kept when mlo itself is killed", "[recording]") {
  auto place = recording(point("metric", "loss", "4") + "echo > o");
  place.crash_at["run.step"] = 1;
  CHECK_THROWS_AS(place.train(), Crash);
  place.crash_at.clear();
  {
    auto repository = place.open();
    close_dead_runs(repository, no_progress());
  }
  CHECK(place.runs().front().status == "interrupted");
  CHECK(place.runs().front().metrics.dump() == R"({"loss":4})");
}

TEST_CASE("a step that writes nonsense into the record fails with its line", "[recording]") {
  auto place = recording("echo nonsense >> $MLO_RECORD_FILE; echo > o");
  const auto trained = place.train();
  CHECK(trained.failed_step == "fit");
  CHECK(reason_of(trained, "fit").find("reading line 1 of 'records/fit.jsonl'") !=
        std::string::npos);
}

}  // namespace mlo::run
