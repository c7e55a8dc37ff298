#include <fstream>

#include <catch2/catch.hpp>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/run/train.h"

namespace mlo::run {
namespace {

struct MetricFile {
  explicit MetricFile(const std::string& name, const std::string& content)
      : folder(std::filesystem::temp_directory_path(), system_world()), path(folder.path() / name) {
    std::ofstream(path) << content;
  }
  TemporaryFolder folder;
  std::filesystem::path path;
};

Error error_of(const std::string& name, const std::string& content) {
  const MetricFile file(name, content);
  try {
    read_metrics(file.path);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::bad_input);
    REQUIRE_FALSE(error.context().empty());
    CHECK(error.context().back().find(name) != std::string::npos);
    return error;
  }
  FAIL("no error");
  throw std::logic_error("unreachable");
}

}  // namespace

TEST_CASE("metrics are read from JSON and YAML with nested names joined", "[metrics]") {
  const MetricFile json("m.json", R"({"accuracy": 0.9, "test": {"loss": 1, "by": {"a": -2.5}}})");
  const MetricFile yaml("m.yaml", "accuracy: 0.9\ntest:\n  loss: 1\n  by: {a: -2.5}\n");
  for (const auto* file : {&json, &yaml})
    CHECK(read_metrics(file->path).values.dump() ==
          R"({"accuracy":0.9,"test.loss":1,"test.by.a":-2.5})");
}

TEST_CASE("an empty object is no metrics", "[metrics]") {
  const MetricFile file("m.json", "{}");
  CHECK(read_metrics(file.path).values.size() == 0);
}

TEST_CASE("what is no number is left out and named: the training was not in vain", "[metrics]") {
  const auto* other = GENERATE(R"("0.9")", "null", "true", "[1]");
  const MetricFile file("m.json", std::string(R"({"accuracy": 0.9, "a": {"b": )") + other + "}}");
  const auto metrics = read_metrics(file.path);
  CHECK(metrics.values.dump() == R"({"accuracy":0.9})");
  CHECK(metrics.left_out == std::vector<std::string>{"a.b"});
}

TEST_CASE("NaN and infinity are left out, also as YAML and Python write them", "[metrics]") {
  const auto* content =
      GENERATE(R"({"loss": NaN, "auc": 0.9, "named \"NaN": 1, "by": {"a": -Infinity}})",
               R"({"loss": .nan, "auc": 0.9, "named \"NaN": 1, "by": {"a": -.inf}})");
  const MetricFile file(content[9] == 'N' ? "m.json" : "m.yaml", content);
  const auto metrics = read_metrics(file.path);
  CHECK(metrics.values.dump() == R"({"auc":0.9,"named \"NaN":1})");
  CHECK(metrics.left_out == std::vector<std::string>{"loss", "by.a"});
}

TEST_CASE("a whole number that no double holds becomes the nearest one", "[metrics]") {
  const MetricFile file("m.json", R"({"rows": 9007199254740993, "all": 9007199254740992})");
  CHECK(read_metrics(file.path).values.canonical() ==
        R"({"all":9007199254740992,"rows":9007199254740992})");
}

TEST_CASE("malformed metric files are refused", "[metrics]") {
  error_of("m.json", R"({"a": 1)");
  error_of("m.json", R"({"a": 1e999})");
  error_of("m.json", R"({"a": nan})");
  error_of("m.json", "");
  error_of("m.json", "0.9");
  error_of("m.json", R"({"a": 1, "a": 2})");
  error_of("m.csv", "a\n1\n");
  CHECK(error_of("m.json", R"({"a.b": 1, "a": {"b": 2}})").message() ==
        "metric 'a.b' is there twice");
}

}  // namespace mlo::run
