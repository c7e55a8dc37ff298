#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "mlo/core/database.h"
#include "mlo/core/error.h"
#include "mlo/run/import_runs.h"
#include "mlo/run/runs.h"
#include "mlo/run/tracking.h"
#include "unit/run/workspace_fixture.h"

namespace mlo::run {
namespace {

namespace fs = std::filesystem;
const std::string kId(32, 'a');
const std::string kOther(32, 'b');

constexpr auto kMlflow = R"sql(
  CREATE TABLE experiments (experiment_id INTEGER, name TEXT);
  CREATE TABLE runs (run_uuid TEXT, experiment_id INTEGER, name TEXT, user_id TEXT, status TEXT,
                     start_time INTEGER, end_time INTEGER, lifecycle_stage TEXT, artifact_uri TEXT);
  CREATE TABLE params (key TEXT, value TEXT, run_uuid TEXT);
  CREATE TABLE tags (key TEXT, value TEXT, run_uuid TEXT);
  CREATE TABLE metrics (key TEXT, value REAL, is_nan INTEGER, step INTEGER, timestamp INTEGER,
                        run_uuid TEXT);
  CREATE TABLE latest_metrics (key TEXT);
  INSERT INTO experiments VALUES (1, 'theirs');
)sql";

/// A repository beside folders of somebody else.
class Importing : public Workspace {
 public:
  Importing() : Workspace("project: demo\npipeline: {}\n") {}

  [[nodiscard]] fs::path there() const { return root().parent_path() / "there"; }
  void put(const std::string& file, const std::string& content) const {
    fs::create_directories((there() / file).parent_path());
    std::ofstream(there() / file) << content;
  }
  /// A run of an `mlruns` folder that began at `started`, in milliseconds.
  void put_run(const std::string& id, const std::string& started) const {
    put("0/meta.yaml", "name: theirs\n");
    put("0/" + id + "/meta.yaml",
        fmt::format("run_id: {}\nrun_name: {}\nstatus: 3\nstart_time: {}\n", id, id.substr(0, 4),
                    started));
    fs::create_directories(there() / "0" / id / "metrics");
  }
  /// A database whose runs keep their files in `folders`.
  [[nodiscard]] fs::path database(const std::vector<std::string>& folders) const {
    fs::create_directories(there());
    const auto file = there() / "mlflow.db";
    Database database(file, Database::Mode::create);
    database.execute(kMlflow);
    std::string id = kId;
    for (const auto& folder : folders) {
      database.run(
          "INSERT INTO runs VALUES (?1, 1, 'r', 'eve', 'FINISHED', 1000, 2000, 'active', ?2)", id,
          folder);
      ++id.back();
    }
    return file;
  }
  ImportedRuns take(const fs::path& place, const fs::path& artifacts = {}) {
    auto repository = open();
    return import_runs(repository, {.place = place, .artifacts = artifacts}, heard, {});
  }
  /// The files that a run has here.
  [[nodiscard]] std::vector<std::string> files(const std::string& id = kId) const {
    auto repository = open();
    std::vector<std::string> paths;
    for (const auto& file : artifacts_below(repository, *parse_run_id(id), ""))
      paths.push_back(file.path);
    return paths;
  }
};

using Files = std::vector<std::string>;

}  // namespace

TEST_CASE("a database's runs have their files from below its folder alone", "[import]") {
  Importing place;
  const auto secret = place.root().parent_path() / "secret";
  fs::create_directories(secret);
  std::ofstream(secret / "id_rsa") << "key";
  place.put("mlartifacts/1/model.txt", "weights");
  place.put(".ssh/id_rsa", "key");
  fs::create_directory_symlink(secret, place.there() / "link");
  SECTION("inside") {
    const auto folder = GENERATE(as<std::string>(), "mlartifacts/1", "./mlartifacts/1/");
    static_cast<void>(place.take(place.database({folder})));
    CHECK(place.files() == Files{"model.txt"});
    CHECK(place.heard.warned.empty());
  }
  SECTION("outside, or hidden") {
    auto folder = GENERATE(as<std::string>(), "SECRET", "file://SECRET", "../secret",
                           "mlartifacts/../../secret", "link", ".", ".ssh");
    if (const auto at = folder.find("SECRET"); at != std::string::npos)
      folder.replace(at, 6, secret.string());
    INFO(folder);
    CHECK(place.take(place.database({folder})).runs.size() == 1);
    CHECK(place.files().empty());
    REQUIRE(place.heard.warned.size() == 1);
    INFO(place.heard.warned[0]);
    CHECK(place.heard.warned[0].starts_with("the files of 1 run are left out"));
    CHECK(place.heard.warned[0].ends_with("run this again with --artifacts DIR"));
  }
  SECTION("where the user says") {
    const auto file = place.database({secret.string()});
    static_cast<void>(place.take(file));
    const auto again = place.take(file, secret);
    CHECK(again.known == 1);
    CHECK(place.files() == Files{"id_rsa"});
    CHECK(place.heard.said.back() == "1 file of runs that were here already is kept now");
  }
  SECTION("what a server kept") {
    static_cast<void>(
        place.take(place.database({"mlflow-artifacts:/1"}), place.there() / "mlartifacts"));
    CHECK(place.files() == Files{"model.txt"});
  }
}

TEST_CASE("a link in a folder of runs leads nowhere else", "[import]") {
  Importing place;
  place.put_run(kId, "1000");
  const auto secret = place.root().parent_path() / "secret";
  fs::create_directories(secret);
  std::ofstream(secret / "token") << "key";
  SECTION("its files") {
    fs::create_directory_symlink(secret, place.there() / "0" / kId / "artifacts");
    CHECK(place.take(place.there()).runs.size() == 1);
    CHECK(place.files().empty());
    CHECK(place.heard.warned.size() == 1);
  }
  SECTION("its params") {
    place.put_run(kOther, "1000");
    fs::create_directory_symlink(secret, place.there() / "0" / kId / "params");
    const auto told = place.take(place.there());
    CHECK(told.left_out == 1);
    REQUIRE(told.runs.size() == 1);
    CHECK(told.runs[0].name == "bbbb");
  }
}

TEST_CASE("a run with a time that is none is left out, and keeps no other out", "[import]") {
  Importing place;
  const auto time = GENERATE(as<std::string>(), "932103000000000000", "-1", "1e300", ".nan");
  place.put_run(kId, time);
  place.put_run(kOther, "1700000000000");
  for (const std::int64_t known : {0, 1}) {
    const auto told = place.take(place.there());
    CHECK(told.left_out == 1);
    CHECK(told.known == known);
  }
  INFO(place.heard.warned[0]);
  CHECK(place.heard.warned[0].starts_with("run '" + kId + "' is left out: "));
  auto repository = place.open();
  CHECK(find_runs(repository, {}).size() == 1);
}

TEST_CASE("points of no time and no step are refused with their file", "[import]") {
  Importing place;
  place.put_run(kId, "1000");
  const auto line = GENERATE(as<std::string>(), "nan 0.5 1", "1e300 0.5 1",
                             "932103000000000000 1 1", "1000 0.5 nan", "1000 0.5 1e300");
  place.put("0/" + kId + "/metrics/loss", "1000 0.5 0\n" + line + "\n");
  const auto told = place.take(place.there());
  CHECK(told.left_out == 1);
  CHECK(told.runs.empty());
  CHECK(place.heard.warned[0].ends_with("metrics/loss', line 2"));
  auto repository = place.open();
  CHECK(find_runs(repository, {}).empty());
}

TEST_CASE("absurd times in a database leave their run out", "[import]") {
  Importing place;
  const auto file = place.database({"", ""});
  {
    Database database(file, Database::Mode::create);
    const auto change =
        GENERATE(as<std::string>(), "UPDATE runs SET start_time = 9e300 WHERE run_uuid = ?1",
                 "UPDATE runs SET end_time = -5 WHERE run_uuid = ?1",
                 "INSERT INTO metrics VALUES ('loss', 0.5, 0, 1, 932103000000000000, ?1)");
    database.run(change.c_str(), kId);
  }
  const auto told = place.take(file);
  CHECK(told.left_out == 1);
  CHECK(told.runs.size() == 1);
}

TEST_CASE("DVC's points are refused where they are of no time", "[import]") {
  Importing place;
  place.put("dvclive/plots/metrics/loss.tsv", "step\ttimestamp\tloss\n0\t1e300\t0.5\n");
  CHECK_THROWS_WITH(place.take(place.there()), "'1e300' is no whole number");
  place.put("dvclive/plots/metrics/loss.tsv", "step\ttimestamp\tloss\nnan\t1000\t0.5\n");
  CHECK_THROWS_WITH(place.take(place.there()), "'nan' is no whole number");
}

TEST_CASE("a run whose words are no text leaves nothing behind", "[import]") {
  Importing place;
  place.put_run(kId, "1000");
  place.put("0/" + kId + "/params/word", "caf\xe9");
  place.put_run(kOther, "1000");
  const auto told = place.take(place.there());
  CHECK(told.left_out == 1);
  CHECK(told.runs.size() == 1);
}

}  // namespace mlo::run
