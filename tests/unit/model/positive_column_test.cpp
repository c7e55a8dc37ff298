#include "mlo/model/positive_column.h"

#include <cmath>

#include <catch2/catch.hpp>

#include "mlo/model/features.h"
#include "unit/model/model_workspace.h"

namespace mlo::model {
namespace {

using namespace onnx_file;

/// s = X·[[-1, 1], [0, 0]]; probabilities = Softmax(s), or of -s, which swaps the columns. The
/// class is 1 from `line` = log((1 - p) / p) on: 0.847 is a probability of 0.3.
std::string drawn_at(float line, bool swapped = false) {
  return model(
      bytes(1, node({"X", "W"}, "s", "MatMul")) + bytes(1, node({"s"}, "minus", "Neg")) +
      bytes(1, node({"s", "B"}, "shifted", "Add")) +
      bytes(1,
            node({"shifted"}, "label", "ArgMax", attribute("axis", 1) + attribute("keepdims", 0))) +
      bytes(1, node({swapped ? "minus" : "s"}, "probabilities", "Softmax", attribute("axis", 1))) +
      bytes(2, "tiny") + bytes(5, weights("W", {2, 2}, {-1, 1, 0, 0})) +
      bytes(5, weights("B", {2}, {0, line})) + bytes(11, value_info("X", kFloat, 2)) +
      bytes(12, value_info("label", kInt64, 0)) +
      bytes(12, value_info("probabilities", kFloat, 2)));
}

std::optional<std::int64_t> kept(const ledger::ModelVersion& version) {
  const auto* column = version.signature.find("positive_column");
  return column == nullptr ? std::nullopt : std::optional(column->as_integer());
}

/// The score that a service logs for one row of a = `a`.
double logged(const ModelWorkspace& place, const ledger::ModelVersion& version, double a) {
  auto repository = place.open();
  const auto predictor =
      load_predictor(repository.store().file(version.digest), repository.world(), version.path);
  const std::vector<FeatureColumn> row{{.numbers = {a}}, {.numbers = {0}}};
  const auto outputs = predictor->predict(input_tensors(*predictor, features_of(version), row));
  return read_answers(outputs, data::Task::binary_classification, positive_of(version),
                      find_positive_column(repository, version, *predictor))
      .scores.at(0);
}

}  // namespace

TEST_CASE("the positive column is decided when a version is registered, for requests of one row") {
  if (!runtime_is_here()) return;
  ModelWorkspace place;
  place.write("test.csv", "a,b,high\n-0.4,0,1\n-0.3,0,1\n-0.2,0,1\n-2,0,0\n");
  place.track("test.csv");
  for (const bool swapped : {false, true}) {
    const auto version = place.make(drawn_at(0.847F, swapped)).at(0);
    CHECK(kept(version) == (swapped ? 0 : 1));
    CHECK(logged(place, version, -0.4) == Approx(1 / (1 + std::exp(0.8))).margin(1e-6));
    CHECK(logged(place, version, 2) == Approx(1 / (1 + std::exp(-4.0))).margin(1e-6));
  }
  place.replace("target: high", "target: high, positive: \"0\"");
  const auto again = place.register_again().at(0);
  CHECK(again.what == Registration::What::amended);
  CHECK(kept(again.version) == 1);  // of the other class
  place.replace("positive: \"0\"", "positive: \"true\"");
  CHECK(kept(place.register_again().at(0).version) == 0);
}

TEST_CASE("a version without a record is decided by the model's data, without data by a guess") {
  if (!runtime_is_here()) return;
  ModelWorkspace place;
  auto version = place.make(drawn_at(0.847F, true)).at(0);
  CHECK(kept(version) == 0);
  version.signature = Json::object({{"inputs", version.signature["inputs"]},
                                    {"outputs", version.signature["outputs"]},
                                    {"features", version.signature["features"]}});
  const double probability = 1 / (1 + std::exp(0.8));
  CHECK(logged(place, version, -0.4) == Approx(probability).margin(1e-6));
  place.replace("data: test.csv, metrics: {accuracy: \">= 0.9\"}", "size: \"<= 1 MB\"");
  CHECK(logged(place, version, -0.4) == Approx(1 - probability).margin(1e-6));
}

TEST_CASE("a model whose data shows one class alone is registered without a record") {
  if (!runtime_is_here()) return;
  ModelWorkspace place;
  place.write("test.csv", "a,b,high\n1,0,1\n2,0,1\n");
  place.track("test.csv");
  CHECK_FALSE(kept(place.make(drawn_at(0)).at(0)));
}

}  // namespace mlo::model
