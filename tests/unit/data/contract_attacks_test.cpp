#include <array>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "mlo/data/contract.h"
#include "mlo/data/quality_report.h"
#include "unit/data/tables.h"

// A contract may come from anywhere, and its SQL is a stranger's: whatever it says, it sees its
// table and nothing else, changes nothing, and ends.

using namespace mlo;
using namespace mlo::data;
using Catch::Matchers::Contains;

namespace {

/// Places of a contract that take SQL; {} stands for an expression that should be true or false.
constexpr std::array kPlaces = {
    R"({name: q, type: custom, engine: mlo, implementation: {expression: "{}"}})",
    R"({name: q, metric: rowCount, mustBe: 3, customProperties: [{property: where, value: "{}"}]})",
    R"({name: q, type: sql, query: "SELECT count(*) FROM t WHERE {}", mustBe: 3})",
};

std::string contract_with(std::string place, const std::string& expression) {
  place.replace(place.find("{}"), 2, expression);
  return R"(apiVersion: v3.1.0
kind: DataContract
id: t
version: 1.0.0
status: active
schema:
  - name: t
    quality:
      - )" +
         place +
         R"(
    properties:
      - {name: a, logicalType: integer}
      - {name: b, logicalType: string}
)";
}

struct Victim : Folder {
  std::filesystem::path table = write("t.csv", "a,b\n1,x\n2,y\n3,z\n");
  std::filesystem::path secret = write("secret.csv", "word\nmagic\n");
  std::filesystem::path out = path() / "out";

  [[nodiscard]] Error judge(const std::string& contract,
                            std::chrono::milliseconds time = std::chrono::seconds(20)) const {
    return error_of([&] {
      static_cast<void>(check_file(parse_contract(contract, "t.yaml"), table, "t.csv",
                                   {.now = {}, .folder = path(), .time = time}));
    });
  }
};

}  // namespace

TEST_CASE("no place of a contract reaches a file, the network, a setting or another database",
          "[contract]") {
  const Victim victim;
  const auto secret = victim.secret.string();
  const auto out = victim.out.string();
  const std::vector<std::string> attacks = {
      "(SELECT count(*) FROM read_csv('" + secret + "')) > 0",
      "(SELECT count(*) FROM '" + secret + "') > 0",
      "(SELECT content FROM read_text('" + secret + "')) <> ''",
      "(SELECT octet_length(content) FROM read_blob('" + secret + "')) > 0",
      "(SELECT count(*) FROM read_json('" + secret + "')) > 0",
      "(SELECT count(*) FROM read_parquet('" + secret + "')) > 0",
      "(SELECT count(*) FROM glob('" + victim.path().string() + "/*')) > 0",
      "(SELECT count(*) FROM sniff_csv('" + secret + "')) > 0",
      "(SELECT count(*) FROM read_csv('http://127.0.0.1:9/x.csv')) > 0",
      "(SELECT count(*) FROM parquet_metadata('" + secret + "')) > 0",
      "(SELECT count(*) FROM query('COPY (SELECT 1) TO ''" + out + "''')) > 0",
      "true); COPY t TO '" + out + "'; SELECT (true",
      "true); ATTACH '" + out + "' AS o; SELECT (true",
      "true); INSTALL httpfs; SELECT (true",
      "true); LOAD '" + out + "'; SELECT (true",
      "true); SET enable_external_access = true; SELECT (true",
      "true); EXPORT DATABASE '" + out + "'; SELECT (true",
      "true); DROP TABLE t; SELECT (true",
      "getenv('HOME') <> ''"};
  for (const auto& attack : attacks) {
    for (const std::string place : kPlaces) {
      const auto error = victim.judge(contract_with(place, attack));
      INFO(place << "\n" << attack << " → " << error.message());
      CHECK((error.kind() == ErrorKind::not_allowed || error.kind() == ErrorKind::bad_input));
      CHECK_THAT(error.message(), Contains("'q'"));
      CHECK_THAT(error.message(), !Contains("magic"));
      CHECK_FALSE(std::filesystem::exists(out));
    }
    const auto table = Table::open(victim.table);
    const auto slice = error_of([&] { static_cast<void>(expression_texts(table, attack)); });
    INFO(attack << " as a slice → " << slice.message());
    CHECK((slice.kind() == ErrorKind::not_allowed || slice.kind() == ErrorKind::bad_input));
    CHECK_FALSE(std::filesystem::exists(out));
  }
}

TEST_CASE("what would run for ever or fill the memory is stopped with a clear error",
          "[contract]") {
  const Victim victim;
  const std::string attack = GENERATE(
      as<std::string>{}, "(SELECT count(*) FROM range(1000000000) x, range(1000000000) y) > 0",
      "(WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r) SELECT max(i) FROM r) > 0",
      "(SELECT count(DISTINCT hash(x.range, y.range)) FROM range(1000000) x, range(1000000) y) > "
      "0");
  for (const std::string place : kPlaces) {
    const auto error = victim.judge(contract_with(place, attack), std::chrono::milliseconds(150));
    INFO(place << "\n" << attack << " → " << error.message());
    CHECK((error.kind() == ErrorKind::unavailable || error.kind() == ErrorKind::bad_input));
    CHECK_THAT(error.message(), Contains("'q'"));
  }
}

TEST_CASE("a contract names files of its project only", "[contract]") {
  const Victim victim;
  const std::string path = GENERATE(as<std::string>{}, "/etc/passwd", "../secret.csv", "a/../../b");
  const auto text = R"(apiVersion: v3.1.0
kind: DataContract
id: t
version: 1.0.0
status: active
schema:
  - name: t
    properties:
      - {name: a, logicalType: integer}
      - {name: b, logicalType: string, relationships: [{to: other.word}]}
  - name: other
    customProperties: [{property: source, value: ")" +
                    path + R"("}]
    properties:
      - {name: word, logicalType: string}
)";
  const auto error = error_of([&] {
    static_cast<void>(check_file(parse_contract(text, "t.yaml", {.name = "t"}), victim.table,
                                 "t.csv", {.now = {}, .folder = victim.path()}));
  });
  INFO(error.message());
  CHECK((error.kind() == ErrorKind::bad_input || error.kind() == ErrorKind::not_allowed));
}
