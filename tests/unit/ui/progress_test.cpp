#include <catch2/catch.hpp>

#include "mlo/core/json.h"
#include "ui/progress_line.h"

using namespace mlo;
using namespace mlo::ui;
using namespace std::chrono_literals;

namespace {

constexpr Pace::Moment kStart{};
constexpr FileAmount kTotal{.files = 100, .size_bytes = 1'000'000'000};

FileAmount percent(std::uint64_t share) {
  return {.files = share, .size_bytes = share * 10'000'000};
}

}  // namespace

TEST_CASE("a progress line tells files, bytes, rate and the time that is left", "[progress]") {
  FileWork work{.what = "tracking",
                .done = {.files = 3'214, .size_bytes = 1'200'000'000},
                .total = {.files = 10'000, .size_bytes = 4'000'000'000},
                .spent = 4s};
  CHECK(progress_line(work) ==
        "tracking 3,214/10,000 files · 1.2 GB of 4.0 GB · 300 MB/s · 10 s left");
  work.spent = 100s;
  CHECK(progress_line(work).ends_with(" · 12.0 MB/s · 3 m 54 s left"));
  work.spent = 100ms;  // too early for a rate
  CHECK(progress_line(work) == "tracking 3,214/10,000 files · 1.2 GB of 4.0 GB");
}

TEST_CASE("a progress line leaves out what is not known", "[progress]") {
  CHECK(progress_line({.what = "walking", .done = {.files = 20'000}, .total = {}, .spent = 2s}) ==
        "walking 20,000 files · 10,000 files/s");
  CHECK(progress_line({.what = "checking",
                       .done = {.size_bytes = 500},
                       .total = {.size_bytes = 1'000},
                       .spent = 1s}) == "checking 500 B of 1.0 kB · 500 B/s · 1 s left");
  CHECK(progress_line({.what = "tracking a\x1b[2Jb", .done = {}, .total = {.files = 1}}) ==
        "tracking a\\x1b[2Jb 0/1 file");
}

TEST_CASE("work is as far as the lesser of its files and bytes", "[progress]") {
  FileWork work{.what = "x", .done = {.files = 90, .size_bytes = 10}, .total = {100, 100}};
  CHECK(share_done(work) == 0.1);
  work.done = {10, 90};
  CHECK(share_done(work) == 0.1);
  work.done = {200, 200};  // more came than was counted before
  CHECK(share_done(work) == 1.0);
  work.total = {};
  CHECK_FALSE(share_done(work));
}

TEST_CASE("a log is told at each tenth, and nothing of quick work", "[progress]") {
  Pace pace;
  int lines = 0;
  for (int second = 0; second <= 100; ++second) {
    const auto share = static_cast<std::uint64_t>(second);
    pace.follow("tracking", percent(share), kTotal, kStart + std::chrono::seconds(second));
    lines += pace.is_due_in_log() ? 1 : 0;
  }
  CHECK(lines == 10);
  Pace quick;
  for (int share = 0; share <= 100; ++share) {
    quick.follow("tracking", percent(static_cast<std::uint64_t>(share)), kTotal,
                 kStart + share * 4ms);
    CHECK_FALSE(quick.is_due_in_log());
    CHECK_FALSE(quick.is_due_for_program());
    CHECK_FALSE(quick.is_due_on_terminal());
  }
}

TEST_CASE("work whose size nobody knows is told every ten seconds", "[progress]") {
  Pace pace;
  int lines = 0;
  for (int second = 0; second < 60; ++second) {
    pace.follow("walking", {.files = 10}, {}, kStart + std::chrono::seconds(second));
    lines += pace.is_due_in_log() ? 1 : 0;
  }
  CHECK(lines == 6);
}

TEST_CASE("a terminal is drawn ten times a second, a program told once", "[progress]") {
  Pace drawn;
  Pace told;
  int drawings = 0;
  int events = 0;
  for (auto spent = 0ms; spent < 10s; spent += 10ms) {
    drawn.follow("tracking", percent(1), kTotal, kStart + spent);
    told.follow("tracking", percent(1), kTotal, kStart + spent);
    drawings += drawn.is_due_on_terminal() ? 1 : 0;
    events += told.is_due_for_program() ? 1 : 0;
  }
  CHECK(drawings == Approx(95).margin(9));
  CHECK(events == 5);
}

TEST_CASE("other work begins with a clock of its own", "[progress]") {
  Pace pace;
  pace.follow("tracking a", percent(50), kTotal, kStart);
  CHECK(pace.follow("tracking a", percent(60), kTotal, kStart + 10s).spent == 10s);
  CHECK(pace.follow("tracking b", percent(70), kTotal, kStart + 20s).spent == 0s);
  CHECK(pace.follow("tracking b", percent(10), kTotal, kStart + 30s).spent == 0s);
}

TEST_CASE("a program reads how far work is", "[progress]") {
  const auto event = Json::parse(
      progress_event({.what = "tracking", .done = {1, 25}, .total = {2, 100}, .spent = 1500ms}));
  CHECK(event["shape"].as_string() == "progress/1");
  CHECK(event["share"].as_number() == 0.25);
  CHECK(event["total_bytes"].as_integer() == 100);
  CHECK(event["elapsed_ms"].as_integer() == 1500);
  CHECK(Json::parse(progress_event({.what = "x", .done = {}, .total = {}}))["share"].is_null());
}

TEST_CASE("a line that is drawn over fits its terminal", "[progress]") {
  CHECK(cut_to_width("abc", 3) == "abc");
  CHECK(cut_to_width("abcd", 3) == "ab…");
  CHECK(cut_to_width("äöüß", 3) == "äö…");
  CHECK(cut_to_width("abc", 0).empty());
}
