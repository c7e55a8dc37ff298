#include "mlo/workspace/lock_file.h"

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/workspace/project.h"

namespace mlo::workspace {
namespace {

const std::string kHeader =
    "# Written by mlo: which content each path has. Keep it in git.\nversion: 1\n";
const std::string kOne = "sha256:" + std::string(64, '1');
const std::string kTwo = "sha256:" + std::string(64, '2');

LockFile parsed(const std::string& body) {
  return parse_lock_file(kHeader + body, "mlo.lock");
}

std::string problem(const std::string& body) {
  try {
    parsed(body);
  } catch (const Error& error) {
    return error.message();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a lock as mlo writes it and the same in other YAML are one", "[lock]") {
  const auto written = parsed("data:\n  a/b.csv: " + kOne + "\nsteps:\n  fit: " + kTwo + "\n");
  CHECK(written.data.at("a/b.csv").text() == kOne);
  CHECK(written.steps.at("fit").text() == kTwo);
  CHECK(written ==
        parsed("steps: {fit: '" + kTwo + "'}\ndata:  # by hand\n  \"a/b.csv\": " + kOne));
  CHECK(written == parsed("data:\n    a/b.csv: " + kOne + "\n\nsteps:\n  fit: " + kTwo + "\n"));
}

TEST_CASE("a lock reads back what it writes, whatever its keys are", "[lock]") {
  LockFile lock;
  for (const auto* key : {"1", "null", "true", "a b", "ü", "a:b", "-a", "@a", "folder/", "#a", "x"})
    lock.data.emplace(key, Digest::parse(kOne));
  lock.steps.emplace("fit@0.1-a", Digest::parse(kTwo));
  CHECK(parse_lock_file(format_lock_file(lock), "mlo.lock") == lock);
}

TEST_CASE("what is wrong in a lock is told with its line, as before", "[lock]") {
  CHECK(problem("data:\n  a: " + kOne + "\n  a: " + kOne + "\n") ==
        "mlo.lock:5:3: key 'a' stands here and in line 4");
  CHECK(problem("data:\n  a: sha256:12\n") == "mlo.lock:4:6: 'sha256:12' is no digest");
  CHECK(problem("data:\n  ../a: " + kOne + "\n").find("'../a'") != std::string::npos);
  CHECK(problem("data:\n  a//b: " + kOne + "\n").find("a//b") != std::string::npos);
  CHECK(problem("other:\n  a: " + kOne + "\n") == "mlo.lock:3:1: unknown key 'other'");
  CHECK(problem("<<<<<<< ours\n") == "mlo.lock:3: an unfinished merge");
}

TEST_CASE("a named pipe in the place of a lock or of mlo.yaml is refused, not waited for",
          "[lock]") {
  const TemporaryFolder folder(std::filesystem::temp_directory_path(), system_world());
  for (const std::string name : {"mlo.lock", "mlo.yaml"})
    REQUIRE(::mkfifo((folder.path() / name).c_str(), 0600) == 0);
  CHECK_THROWS_WITH(read_lock_file(folder.path()), Catch::Contains("is no file"));
  CHECK_THROWS_WITH(read_project(folder.path()), Catch::Contains("'mlo.yaml' is no file"));
}

}  // namespace mlo::workspace
