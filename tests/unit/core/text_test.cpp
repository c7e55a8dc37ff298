#include "mlo/core/text.h"

#include <catch2/catch.hpp>

#include "mlo/core/error.h"
#include "mlo/core/path.h"
#include "mlo/core/time.h"

using namespace mlo;

TEST_CASE("the nearest word is a slip away or none", "[text]") {
  const std::vector<std::string> known{"promote", "profile", "track"};
  CHECK(nearest("promot", known) == "promote");
  CHECK(nearest("trakc", known) == "track");
  CHECK_FALSE(nearest("zebra", known));
}

TEST_CASE("sizes read and write in powers of a thousand", "[text]") {
  CHECK(format_bytes(999) == "999 B");
  CHECK(format_bytes(12'345) == "12.3 kB");
  CHECK(format_bytes(999'960) == "1.0 MB");
  CHECK(parse_bytes("50 MB") == 50'000'000);
  CHECK(parse_bytes("1.5 GiB") == 1'610'612'736);
  CHECK(parse_bytes("800") == 800);
  CHECK_THROWS_AS(parse_bytes("5 apples"), Error);
  CHECK_THROWS_AS(parse_bytes("-1 MB"), Error);
}

TEST_CASE("counts are grouped by thousands", "[text]") {
  CHECK(format_count(0) == "0");
  CHECK(format_count(-1234567) == "-1,234,567");
  CHECK(format_count(123) == "123");
  CHECK(format_count(1, "row") == "1 row");
  CHECK(format_count(0, "row") == "0 rows");
  CHECK(format_count(1234, "class") == "1,234 classes");
}

TEST_CASE("terminal escapes are made visible", "[text]") {
  CHECK(printable("a\x1b[31mb\n") == "a\\x1b[31mb\\n");
}

TEST_CASE("moments read back what they write, in any offset", "[time]") {
  const Timestamp moment{1'795'430'640'123'456};
  CHECK(moment.text() == "2026-11-23T10:44:00.123456Z");
  CHECK(moment.brief() == "2026-11-23 10:44:00Z");
  CHECK(Timestamp::parse(moment.text()) == moment);
  CHECK(Timestamp::parse("2026-11-23T12:44:00.123456+02:00") == moment);
  CHECK(Timestamp::parse("1969-12-31T23:59:59Z").microseconds == -1'000'000);
  const std::string bad = GENERATE("", "2026-11-23", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z",
                                   "2026-11-23T08:44:00", "2026-11-23T08:44:00Zx");
  CHECK_THROWS_AS(Timestamp::parse(bad), Error);
}

TEST_CASE("spans of time read with their unit", "[time]") {
  CHECK(parse_duration("90s").count() == 90);
  CHECK(parse_duration("7d").count() == 604'800);
  CHECK_THROWS_AS(parse_duration("7"), Error);
  CHECK_THROWS_AS(parse_duration("-1h"), Error);
  CHECK(format_duration(std::chrono::microseconds(1'234'567)) == "1.2 s");
  CHECK(format_duration(std::chrono::seconds(125)) == "2 m 05 s");
  CHECK(format_duration(std::chrono::microseconds(0)) == "< 1 ms");
}

TEST_CASE("a workspace path never leaves the workspace", "[path]") {
  CHECK(RepoPath::parse("./data//train.csv").text() == "data/train.csv");
  CHECK(RepoPath::parse("data/").text() == "data");
  const std::string bad = GENERATE("", "/etc/passwd", "../x", "a/../../x", ".mlo/mlo.db",
                                   "a/.git/config", ".", "caf\xe9");
  CHECK_THROWS_AS(RepoPath::parse(bad), Error);
}

TEST_CASE("what lies within a folder is told by whole names", "[path]") {
  const auto folder = RepoPath::parse("data/raw");
  CHECK(RepoPath::parse("data/raw/a.csv").is_within(folder));
  CHECK(folder.is_within(folder));
  CHECK_FALSE(RepoPath::parse("data/rawer").is_within(folder));
}
