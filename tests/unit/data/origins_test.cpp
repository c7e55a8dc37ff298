#include <catch2/catch.hpp>

#include "mlo/data/checks.h"
#include "unit/data/tables.h"

using namespace mlo;
using namespace mlo::data;
using Catch::Matchers::Contains;

namespace {

struct Versions : Folder {
  std::vector<TableOrigin> all;
  void add(std::string_view csv, const std::string& doubt) {
    const auto number = std::to_string(all.size() + 1);
    all.push_back(
        {.content = write(number + "/t.csv", csv), .name = "version " + number, .doubt = doubt});
  }
  [[nodiscard]] CheckResult judged(std::string_view csv,
                                   const CheckSettings& settings = {.kind = "origins"}) const {
    const auto table = Table::open(write("t.csv", csv));
    return run_check({.table = table, .settings = settings, .now = {}, .origins = all}, "t.csv")
        .at(0);
  }
};

}  // namespace

TEST_CASE("a row belongs to the version that first had it", "[origins]") {
  Versions versions;
  versions.add("x,y\n1,a\n2,b\n", "");
  versions.add("x,y\n2,b\n1,a\n3,c\n4,d\n", "nobody told its source");
  versions.add("x,y\n1,a\n2,b\n3.0,c\n4,d\n5,e\n", "");
  // The sixth row is in no version: its file was not recorded yet, which is another check's affair.
  const auto found = versions.judged("y,x\nc,3\na,1\ne,5\nd,4\n");
  CHECK_FALSE(found.passed);
  CHECK(found.failing_rows == 2);
  CHECK(found.sample == std::vector<std::int64_t>{1, 4});
  CHECK(found.value == 0.5);
  CHECK_THAT(found.message, Contains("2 rows first seen in version 2: nobody told its source"));
  CHECK(versions.judged("x,y\n1,a\n5,e\n").passed);
  CHECK(versions.judged("y,x\nc,3\na,1\n", {.kind = "origins", .limit = 0.5}).passed);
}

TEST_CASE("a table whose versions are all known passes without a look at them", "[origins]") {
  Versions versions;
  versions.add("x\n1\n", "");
  versions.all.push_back({.content = "gone.csv", .name = "version 2", .doubt = ""});
  const auto found = versions.judged("x\n1\n2\n");
  CHECK(found.passed);
  CHECK(found.failing_rows == 0);
}

TEST_CASE("a version with other columns brought none of today's rows", "[origins]") {
  Versions versions;
  versions.add("x\n1\n", "unsigned");
  versions.add("x,y\n1,a\n", "");
  CHECK(versions.judged("x,y\n1,a\n").passed);
}

TEST_CASE("without recorded versions there is nothing to say", "[origins]") {
  const Versions versions;
  const auto error = error_of([&] { static_cast<void>(versions.judged("x\n1\n")); });
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK_THAT(error.hint(), Contains("--source"));
}
