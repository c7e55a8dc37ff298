#include "ledger/schema.h"

#include <array>

#include "unit/ledger/fixture.h"

using namespace mlo;
using namespace mlo::ledger;

namespace {

constexpr std::array<Migration, 2> kTwo{{
    {.name = "0001_first.sql", .text = "CREATE TABLE first (a INTEGER) STRICT"},
    {.name = "0002_second.sql",
     .text = "CREATE TABLE second (b TEXT) STRICT; INSERT INTO second SELECT a FROM first"},
}};

std::int64_t count(Database& database, const std::string& table) {
  return database
      .one("SELECT count(*) FROM " + table, [](const Row& row) { return row.get<std::int64_t>(0); })
      .value();
}

}  // namespace

TEST_CASE("an older database is migrated and a copy of it kept", "[schema]") {
  TestWorld test;
  const TemporaryFolder folder(std::filesystem::temp_directory_path(), test.real);
  const auto file = folder.path() / "mlo.db";
  Database database(file, Database::Mode::create);
  migrate(database, file, std::span(kTwo).first(1));
  database.execute("INSERT INTO first VALUES (7)");
  CHECK_FALSE(std::filesystem::exists(file.string() + ".before-1"));
  migrate(database, file, kTwo);
  migrate(database, file, kTwo);
  CHECK(count(database, "second") == 1);
  Database copy(file.string() + ".before-2", Database::Mode::read_only);
  CHECK(count(copy, "first") == 1);
  CHECK_THROWS_AS(count(copy, "second"), Error);
}

TEST_CASE("our own migrations follow on each other, as an older mlo left its ledger", "[schema]") {
  TestWorld test;
  const TemporaryFolder folder(std::filesystem::temp_directory_path(), test.real);
  const auto file = folder.path() / "mlo.db";
  Database database(file, Database::Mode::create);
  for (std::size_t known = 1; known <= our_migrations().size(); ++known)
    migrate(database, file, our_migrations().first(known));
  CHECK(count(database, "stage") == 0);
  CHECK(count(database, "models") == 0);
}

TEST_CASE("a migration that fails leaves the database as it was", "[schema]") {
  TestWorld test;
  const TemporaryFolder folder(std::filesystem::temp_directory_path(), test.real);
  const auto file = folder.path() / "mlo.db";
  Database database(file, Database::Mode::create);
  migrate(database, file, std::span(kTwo).first(1));
  auto broken = kTwo;
  broken[1].text = "CREATE TABLE second (b TEXT) STRICT; INSERT INTO nowhere VALUES (1)";
  CHECK_THROWS_AS(migrate(database, file, broken), Error);
  CHECK_THROWS_AS(count(database, "second"), Error);
  migrate(database, file, kTwo);
  CHECK(count(database, "second") == 0);
}

TEST_CASE("a database of a newer mlo is refused", "[schema]") {
  TestWorld test;
  const TemporaryFolder folder(std::filesystem::temp_directory_path(), test.real);
  const auto file = folder.path() / "mlo.db";
  Database database(file, Database::Mode::create);
  migrate(database, file, kTwo);
  CHECK_THROWS_WITH(migrate(database, file, std::span(kTwo).first(1)),
                    Catch::Contains("of format 2, this mlo knows 1"));
}
