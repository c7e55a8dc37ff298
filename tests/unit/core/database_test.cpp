#include "mlo/core/database.h"

#include <catch2/catch.hpp>
#include <malloc.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"

using namespace mlo;
namespace fs = std::filesystem;

namespace {

struct Place {
  World world = system_world();
  TemporaryFolder folder{fs::temp_directory_path(), world};
  fs::path file = folder.path() / "test.db";
};

std::int64_t count(Database& database) {
  return database
      .one("SELECT count(*) FROM fact", [](const Row& row) { return row.get<std::int64_t>(0); })
      .value();
}

}  // namespace

TEST_CASE("values of every type come back as they were bound", "[database]") {
  const Place place;
  Database database(place.file, Database::Mode::create);
  database.execute(
      "CREATE TABLE fact (a INTEGER, b REAL, c TEXT, d BLOB, e BLOB, f INTEGER, g TEXT) STRICT");
  const auto digest = Digest::of("abc");
  database.run("INSERT INTO fact VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", 42, 2.5,
               std::string("a\0b", 3), digest, BytesView(), Timestamp{7},
               std::optional<std::string>());
  database.each("SELECT * FROM fact", {}, [&](const Row& row) {
    CHECK(row.get<std::int64_t>(0) == 42);
    CHECK(row.get<double>(1) == 2.5);
    CHECK(row.get<std::string>(2) == std::string("a\0b", 3));
    CHECK(row.get<Digest>(3) == digest);
    CHECK(row.get<Bytes>(4).empty());
    CHECK(row.get<Timestamp>(5).microseconds == 7);
    CHECK_FALSE(row.get<std::optional<std::string>>(6));
    CHECK(row.get<std::optional<std::int64_t>>(0) == 42);
    CHECK(row.value(0).integer == 42);
    CHECK(row.value(1).real == 2.5);
    CHECK(row.value(2).text == std::string("a\0b", 3));
    CHECK(row.value(3).text == text_of(digest.bytes()));
    using Type = Bound::Type;
    const std::vector stored{Type::integer, Type::real,    Type::text, Type::blob,
                             Type::blob,    Type::integer, Type::null};
    for (int column = 0; column < 7; ++column)
      CHECK(row.value(column).type == stored[static_cast<std::size_t>(column)]);
  });
}

TEST_CASE("an immutable database is read without a file beside it", "[database]") {
  const Place place;
  const auto odd = place.folder.path() / "50% done? #1.db";
  {
    Database writer(odd, Database::Mode::create);
    writer.execute("PRAGMA journal_mode = WAL; CREATE TABLE fact (a); INSERT INTO fact VALUES (1)");
  }
  Database reader(odd, Database::Mode::immutable);
  CHECK(count(reader) == 1);
  CHECK_FALSE(fs::exists(odd.string() + "-shm"));
  try {
    reader.execute("INSERT INTO fact VALUES (2)");
    FAIL("written");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::not_allowed);
    CHECK(error.hint().starts_with("see who may: namei -l "));
  }
}

TEST_CASE("a transaction that is left open is undone", "[database]") {
  const Place place;
  Database database(place.file, Database::Mode::create);
  database.execute("CREATE TABLE fact (a INTEGER)");
  {
    const Transaction lost(database);
    database.run("INSERT INTO fact VALUES (1)");
  }
  CHECK(count(database) == 0);
  Transaction kept(database);
  database.run("INSERT INTO fact VALUES (1)");
  kept.commit();
  CHECK(count(database) == 1);
}

TEST_CASE("a file that is no database is an integrity error", "[database]") {
  const Place place;
  write_durably(place.file, bytes_of(std::string(4096, 'x')), place.world, "test");
  Database database(place.file, Database::Mode::read_write);
  try {
    database.execute("SELECT * FROM sqlite_schema");
    FAIL("it was read");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::integrity);
    CHECK_FALSE(error.hint().empty());
  }
}

TEST_CASE("a missing database is not made in passing", "[database]") {
  const Place place;
  CHECK_THROWS_AS(Database(place.file, Database::Mode::read_write), Error);
  CHECK_FALSE(fs::exists(place.file));
}

TEST_CASE("statements of any number and length are not all kept", "[database]") {
  const Place place;
  Database database(place.file, Database::Mode::create);
  database.execute("CREATE TABLE fact (number INTEGER); INSERT INTO fact VALUES (1), (2), (3)");
  const auto number = [](const Row& row) { return row.get<std::int64_t>(0); };
  // Each asks for so many others that all idle ones are forgotten while it is read.
  std::int64_t sum = 0;
  database.each("SELECT number FROM fact ORDER BY number", {}, [&](const Row& row) {
    sum += number(row);
    for (int i = 0; i < 600; ++i) CHECK(database.one("SELECT " + std::to_string(i), number) == i);
  });
  CHECK(sum == 6);
  std::string list = "0";
  while (list.size() < 100'000) list += ", 0";
  const auto before = mallinfo2().uordblks;
  for (int i = 0; i < 20; ++i)
    CHECK(database.one("SELECT count(*) FROM fact WHERE number NOT IN (" + list + ", -" +
                           std::to_string(i) + ")",
                       number) == 3);
  CHECK(mallinfo2().uordblks < before + 2'000'000);
}
