#include "mlo/monitor/inference_log.h"

#include <thread>

#include <catch2/catch.hpp>
#include <fcntl.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"

using namespace mlo;
using namespace mlo::monitor;
namespace fs = std::filesystem;

namespace {

struct Place {
  World world = system_world();
  TemporaryFolder folder{fs::temp_directory_path(), world};
};

InferenceRecord record(const char* at, std::string id = "1") {
  return {.at = Timestamp::parse(at),
          .id = std::move(id),
          .model = "churn",
          .version = 2,
          .latency_ms = 0.5,
          .features = Json::object({{"age", 41.5}}),
          .outputs = Json::object({{"prediction", "1"}, {"score", 0.75}})};
}

const auto kFrom = Timestamp::parse("2026-11-22T00:00:00Z");
const auto kTo = Timestamp::parse("2026-11-25T00:00:00Z");

}  // namespace

TEST_CASE("records come back in order of time, over days, within the window", "[inference]") {
  const Place place;
  const std::vector records{
      record("2026-11-24T08:00:00Z", "c"), record("2026-11-23T08:00:00Z", "a"),
      record("2026-11-23T09:00:00Z", "b"), record("2026-11-25T00:00:00Z", "later")};
  append_inference(place.folder.path(), records);
  const auto back = read_inference(place.folder.path(), "churn", kFrom, kTo);
  REQUIRE(back.size() == 3);
  CHECK(back[0].id == "a");
  CHECK(back[2].id == "c");
  CHECK(back[0].features == records[0].features);
  CHECK(back[0].outputs["score"].as_number() == 0.75);
}

TEST_CASE("a torn last line is left out and the lines before it count", "[inference]") {
  const Place place;
  append_inference(place.folder.path(), std::vector{record("2026-11-23T08:00:00Z")});
  const auto file = inference_folder(place.folder.path(), "churn") / "2026-11-23.jsonl";
  File::open(file, O_WRONLY | O_APPEND).write_all(bytes_of(R"({"at": "2026-11)"));
  CHECK(read_inference(place.folder.path(), "churn", kFrom, kTo).size() == 1);
}

TEST_CASE("lines are told one by one, also those longer than what is read at a time",
          "[inference]") {
  const Place place;
  std::vector<InferenceRecord> records;
  for (const std::size_t length : {1U, 300'000U, 2U, 700'000U})
    records.push_back(record("2026-11-23T08:00:00Z", std::string(length, 'x')));
  append_inference(place.folder.path(), records);
  std::vector<std::size_t> lengths;
  each_inference(place.folder.path(), "churn", kFrom, kTo,
                 [&](const InferenceRecord& one) { lengths.push_back(one.id.size()); });
  CHECK(lengths == std::vector<std::size_t>{1, 300'000, 2, 700'000});
}

TEST_CASE("two writers do not mix their lines", "[inference]") {
  const Place place;
  const auto write = [&](const char* id) {
    for (int i = 0; i < 200; ++i)
      append_inference(place.folder.path(), std::vector{record("2026-11-23T08:00:00Z", id)});
  };
  {
    const std::jthread one(write, "one");
    const std::jthread two(write, "two");
  }
  CHECK(read_inference(place.folder.path(), "churn", kFrom, kTo).size() == 400);
}

TEST_CASE("a model's name never chooses a folder", "[inference]") {
  const Place place;
  const auto name =
      GENERATE(as<std::string>(), "", "..", "../x", "/etc", "a/b", ".hidden", "a\nb", "a b");
  auto bad = record("2026-11-23T08:00:00Z");
  bad.model = name;
  CHECK_THROWS_AS(append_inference(place.folder.path(), std::vector{bad}), Error);
}

TEST_CASE("a model without requests has an empty log", "[inference]") {
  const Place place;
  CHECK(read_inference(place.folder.path(), "churn", kFrom, kTo).empty());
}
