#include "data/lines.h"

#include <catch2/catch.hpp>

#include "unit/data/tables.h"

using namespace mlo::data;

TEST_CASE("rows are found by the line on which they begin", "[lines]") {
  const Folder folder;
  const std::vector<std::int64_t> rows = {1, 2, 4};
  const auto csv = folder.write("a.csv", "x,y\n1,\"two\nlines\"\n\n2,b\n3,c\n4,d\n");
  CHECK(lines_of(csv, rows) == std::vector<std::int64_t>{2, 5, 7});
  const auto json = folder.write("a.jsonl", "{\"x\":1}\n\n{\"x\":2}\n{\"x\":3}\n{\"x\":4}");
  CHECK(lines_of(json, rows) == std::vector<std::int64_t>{1, 3, 5});
  CHECK(lines_of(folder.path(), rows).empty());
}
