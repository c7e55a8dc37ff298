#include "serve/request_log.h"

#include <chrono>

#include <catch2/catch.hpp>
#include <fcntl.h>

#include "mlo/core/file.h"
#include "mlo/core/world.h"

using namespace mlo;
using namespace mlo::serve;

namespace {

class Quiet final : public Progress {
 public:
  void say(std::string_view /*line*/) override {}
  void advance(std::string_view /*what*/, std::uint64_t /*done*/,
               std::uint64_t /*total*/) override {}
  void warn(std::string_view line) override { warned.emplace_back(line); }
  std::vector<std::string> warned;
};

constexpr Timestamp kNoon{1'790'000'000'000'000};

LoggedRequest request(std::size_t rows, const std::string& id) {
  LoggedRequest made{
      .at = kNoon,
      .id = id,
      .model = "churn",
      .version = 2,
      .latency_ms = 0.5,
      .features = {"a", "b"},
      .columns = {{.numbers = {}, .texts = std::vector<std::string>(rows, "x")}, {}}};
  for (std::size_t row = 0; row < rows; ++row) {
    made.columns[1].numbers.push_back(static_cast<double>(row));
    made.said.labels.emplace_back("yes");
  }
  return made;
}

struct Place {
  World world = system_world();
  TemporaryFolder folder{std::filesystem::temp_directory_path(), world};
  Metrics metrics;
  Quiet progress;

  [[nodiscard]] std::vector<monitor::InferenceRecord> logged() const {
    return monitor::read_inference(folder.path(), "churn", {}, {kNoon.microseconds + 1});
  }
  [[nodiscard]] bool dropped(int rows) {
    return metrics.text().find("mlo_inference_log_dropped_total " + std::to_string(rows) + "\n") !=
           std::string::npos;
  }
};

}  // namespace

TEST_CASE("a request of more rows than the queue holds is logged whole", "[request-log]") {
  Place place;
  {
    RequestLog log(place.folder.path(), place.metrics, place.progress);
    log.add(request(20'001, "big"));
  }
  const auto records = place.logged();
  REQUIRE(records.size() == 20'001);
  CHECK(records[0].id == "big-0");
  CHECK(records[20'000].id == "big-20000");
  CHECK(records[20'000].features.dump() == R"({"a":"x","b":20000})");
  CHECK(records[20'000].outputs.dump() == R"({"prediction":"yes"})");
  CHECK(place.dropped(0));
}

TEST_CASE("what finds the queue full is counted, told in the log and said once", "[request-log]") {
  Place place;
  {
    RequestLog log(place.folder.path(), place.metrics, place.progress, 0);
    log.add(request(3, "a"));
    log.add(request(4, "b"));
    log.add({.at = kNoon, .id = {}, .model = "churn", .version = 2, .error = "wrong"});
  }
  const auto records = place.logged();
  REQUIRE(records.size() == 1);
  CHECK(records[0].lost == 8);
  CHECK(records[0].version == 2);
  CHECK(place.dropped(8));
  CHECK(place.progress.warned.size() == 1);
}

TEST_CASE("rows that could not be written are told when the log can be", "[request-log]") {
  Place place;
  const auto folder = place.folder.path() / "inference";
  File::open(folder, O_WRONLY | O_CREAT, 0600).close();  // in the way
  {
    RequestLog log(place.folder.path(), place.metrics, place.progress);
    log.add(request(5, "a"));
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!place.dropped(5) && std::chrono::steady_clock::now() < patience)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::filesystem::remove(folder);
    log.add(request(1, "b"));
  }
  const auto records = place.logged();
  REQUIRE(records.size() == 2);
  CHECK(records[0].id == "b");
  CHECK(records[1].lost == 5);
  CHECK(place.progress.warned.size() == 1);
}
