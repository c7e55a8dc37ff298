#include "mlo/core/error.h"
#include "unit/monitor/watch.h"

namespace mlo::monitor {

TEST_CASE("rows that come too late for their window are taken in with a warning", "[monitor]") {
  if (!model::runtime_is_here()) return;
  Watch place;
  place.ask(40, 0);
  const auto ended = place.look().window.to;
  CHECK(place.heard.warned.empty());
  place.write("requests.csv",
              fmt::format("a,b,timestamp\n1,1,{}\n1,1,{}\n", ended.microseconds / kSecond - 60,
                          ended.microseconds / kSecond + 60));
  auto repository = place.open();
  CHECK(ingest(repository, "sign", {place.root() / "requests.csv"}, place.heard) == 2);
  REQUIRE(place.heard.warned.size() == 1);
  CHECK(place.heard.warned[0].starts_with("1 rows are from before"));
}

TEST_CASE("a file is taken in whole or not at all, also beside others", "[monitor]") {
  if (!model::runtime_is_here()) return;
  Watch place;
  const auto day = [](int number, int count) {
    std::string text = "id,a,b,timestamp\n";
    for (int i = 0; i < count; ++i)
      text += fmt::format("r{},1,1,2026-11-{}T08:00:{:02}Z\n", i, number, i % 60);
    return text;
  };
  place.write("good.csv", day(24, 30));
  place.write("long.csv", day(25, 24'000) + "last,1,1,yesterday\n");
  const std::vector files{place.root() / "good.csv", place.root() / "long.csv"};
  {
    auto repository = place.open();
    CHECK_THROWS_WITH(ingest(repository, "sign", files, place.heard),
                      Catch::EndsWith("long.csv', row 24001: timestamp 'yesterday' is no time"));
  }
  CHECK_FALSE(place.has(".mlo/inference/sign"));
  place.write("long.csv", day(25, 24'000) + "last,1,1,2026-11-26T08:00:00Z\n");
  place.crash_at["ingest.rename"] = 3;  // between the days of it
  {
    auto repository = place.open();
    CHECK_THROWS_AS(ingest(repository, "sign", files, place.heard), run::Crash);
  }
  auto repository = place.open();
  CHECK(ingest(repository, "sign", files, place.heard) == 1);
  REQUIRE(place.heard.warned.size() == 1);
  CHECK(place.heard.warned[0] == "24,030 rows are in the log already: a row counts once");
  CHECK(read_inference(place.root() / ".mlo", "sign", {}, place.world.now()).size() == 24'031);
  CHECK(ingest(repository, "sign", files, place.heard) == 0);
}

TEST_CASE("rows without a time are of the moment in which they are taken in", "[monitor]") {
  if (!model::runtime_is_here()) return;
  Watch place;
  place.ask(40, 0);
  place.ask(40, 0);
  CHECK(place.look().window.rows == 80);
}

TEST_CASE("times are taken in as seconds or as dates, and nothing else for them", "[monitor]") {
  if (!model::runtime_is_here()) return;
  Watch place;
  const auto take_in = [&](const std::string& time) {
    place.write("requests.csv", fmt::format("id,a,b,timestamp\n{0},1,1,{0}\n", time));
    auto repository = place.open();
    return ingest(repository, "sign", {place.root() / "requests.csv"}, place.heard);
  };
  for (const auto* time : {"1795710000", "1795710000.5", "2026-11-26T16:31:00Z",
                           "2026-11-26 16:31:00", "2026-11-26T16:31:00.250+02:00"})
    CHECK(take_in(time) == 1);
  auto repository = place.open();
  const auto midnight = Timestamp::parse("2026-11-26T00:00:00Z");
  CHECK(read_inference(place.root() / ".mlo", "sign", midnight,
                       {midnight.microseconds + 86'400 * kSecond})
            .size() == 5);
  CHECK_THROWS_WITH(
      take_in("1795710000000"),
      Catch::EndsWith(
          "row 1: timestamp '1795710000000' is not of this century: is its unit seconds?"));
  CHECK_THROWS_WITH(take_in("yesterday"),
                    Catch::EndsWith("row 1: timestamp 'yesterday' is no time"));
}

TEST_CASE("a table without a feature is not taken in", "[monitor]") {
  Watch place;
  place.write("requests.csv", "a\n1\n");
  auto repository = place.open();
  CHECK_THROWS_WITH(ingest(repository, "sign", {place.root() / "requests.csv"}, place.heard),
                    Catch::Contains("has no column 'b'"));
}

}  // namespace mlo::monitor
