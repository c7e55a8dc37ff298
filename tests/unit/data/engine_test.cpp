#include "data/engine.h"

#include <catch2/catch.hpp>

#include "unit/data/tables.h"

using namespace mlo;
using namespace mlo::data;

TEST_CASE("engines beside each other have tables of their own and are locked together",
          "[engine]") {
  const Folder folder;
  const auto look =
      "SELECT count(*) FROM read_csv('" + folder.write("a.csv", "a\n1\n").string() + "')";
  Engine one(2);
  {
    Engine other = one.beside();
    Engine third = one.beside();
    one.run("CREATE TABLE t AS SELECT 1::BIGINT AS c0");
    other.run("CREATE TABLE t AS SELECT 2::BIGINT AS c0");
    third.run("CREATE TABLE raw AS SELECT 3::BIGINT AS c0");
    third.run("ALTER TABLE raw RENAME TO t");
    CHECK(one.integers("SELECT c0 FROM t") == std::vector<std::int64_t>{1});
    CHECK(other.integers("SELECT c0 FROM t") == std::vector<std::int64_t>{2});
    CHECK(third.integers("SELECT c0 FROM t") == std::vector<std::int64_t>{3});
    one.lock();
    other.lock();
    CHECK(third.integers(look) == std::vector<std::int64_t>{1});  // still reads its source
    third.lock();
    for (auto* engine : {&one, &other, &third})
      CHECK(error_of([&] { engine->run(look); }).kind() == ErrorKind::not_allowed);
  }
  CHECK(one.integers("SELECT c0 FROM t") == std::vector<std::int64_t>{1});
}

TEST_CASE("a double becomes a whole number where it says exactly one", "[engine]") {
  Engine engine(2);
  CHECK(engine
            .counts("SELECT count(*), count(w), min(w), max(w) FROM (SELECT mlo_whole(x) AS w FROM "
                    "(SELECT unnest([NULL, -3, -0.0, 9007199254740991]) AS x))")
            .at(0) == std::vector<std::int64_t>{4, 3, -3, 9007199254740991});
  const std::string other =
      GENERATE("3.5", "9007199254740992", "-1e300", "'nan'::DOUBLE", "'infinity'::DOUBLE");
  CHECK(error_of([&] {
          engine.run("SELECT mlo_whole(x) FROM (SELECT unnest([1, " + other + "]) AS x)");
        }).kind() == ErrorKind::bad_input);
}
