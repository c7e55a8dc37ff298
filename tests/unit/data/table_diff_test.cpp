#include "mlo/data/table_diff.h"

#include <catch2/catch.hpp>

#include "mlo/core/file.h"

using namespace mlo;
using namespace mlo::data;

namespace {

struct Two {
  World world = system_world();
  TemporaryFolder folder{std::filesystem::temp_directory_path(), world};
  TableDifference compare(std::string_view before, std::string_view after,
                          const std::string& key = "", int threads = 1) const {
    write_durably(folder.path() / "before.csv", bytes_of(before), world, "test");
    write_durably(folder.path() / "after.csv", bytes_of(after), world, "test");
    return compare_tables(folder.path() / "before.csv", folder.path() / "after.csv", key, threads);
  }
};

}  // namespace

TEST_CASE("rows in another order, and columns too, are the same table", "[table_diff]") {
  const Two two;
  CHECK(two.compare("a,b\n1,x\n2,y\n", "b,a\ny,2\nx,1\n").same());
}

TEST_CASE("without a key equal rows are counted off against each other", "[table_diff]") {
  const Two two;
  const auto found = two.compare("a,b\n1,x\n1,x\n2,y\n", "a,b\n1,x\n2,z\n3,w\n3,w\n");
  CHECK(found.key.empty());
  CHECK(found.rows_before == 3);
  CHECK(found.rows_after == 4);
  CHECK(found.rows_added == 3);
  CHECK(found.rows_removed == 2);
  CHECK(found.rows_changed == 0);
}

TEST_CASE("by key a changed row is one change, and its cells are counted", "[table_diff]") {
  const Two two;
  for (const int threads : {1, 2, 7}) {
    const auto found = two.compare("id,x,y\n1,1.5,\n2,2,b\n3,3,c\n",
                                   "id,x,y\n4,4,d\n3,3,c\n2,2,\n1,9,z\n", "id", threads);
    CHECK(found.key == "id");
    CHECK(found.rows_added == 1);
    CHECK(found.rows_removed == 0);
    CHECK(found.rows_changed == 2);
    REQUIRE(found.cells.size() == 2);
    CHECK(found.cells[0].column == "x");
    CHECK(found.cells[0].changed == 1);
    CHECK(found.cells[1].changed == 2);
  }
}

TEST_CASE("a key with doubles or nulls is none", "[table_diff]") {
  const Two two;
  CHECK(two.compare("id,x\n1,1\n1,2\n", "id,x\n1,1\n2,2\n", "id").key.empty());
  CHECK(two.compare("id,x\n1,1\n,2\n", "id,x\n1,1\n2,2\n", "id").key.empty());
  CHECK(two.compare("id,x\n1,1\n", "id,x\n1,1\n", "nothing").key.empty());
}

TEST_CASE("columns that come, go or change their type are named; the others are compared",
          "[table_diff]") {
  const Two two;
  const auto found = two.compare("a,b,c\n1,x,5\n2,y,6\n", "a,c,d\n1,5.0,k\n2,6.5,l\n");
  REQUIRE(found.columns.size() == 3);
  CHECK(found.columns[0].name == "b");
  CHECK_FALSE(found.columns[0].after);
  CHECK(found.columns[1].name == "c");
  CHECK(found.columns[1].before == ColumnType::integer);
  CHECK(found.columns[1].after == ColumnType::number);
  CHECK(found.columns[2].name == "d");
  CHECK_FALSE(found.columns[2].before);
  // 5 and 5.0 are the same number.
  CHECK(found.rows_added == 1);
  CHECK(found.rows_removed == 1);
}

TEST_CASE("tables without a common column differ in their columns alone", "[table_diff]") {
  const Two two;
  const auto found = two.compare("a\n1\n", "b\n1\n2\n");
  CHECK(found.columns.size() == 2);
  CHECK(found.rows_added == 0);
  CHECK_FALSE(found.same());
}
