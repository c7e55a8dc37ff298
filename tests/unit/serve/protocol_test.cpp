#include "serve/protocol.h"

#include <catch2/catch.hpp>

#include "mlo/core/error.h"
#include "serve/metrics.h"

using namespace mlo;
using namespace mlo::serve;

namespace {

struct Wide final : model::Predictor {
  std::vector<model::TensorInfo> in{{"features", "FP32", {-1, 2}}};
  [[nodiscard]] const std::vector<model::TensorInfo>& inputs() const override { return in; }
  [[nodiscard]] const std::vector<model::TensorInfo>& outputs() const override { return in; }
  [[nodiscard]] std::vector<model::Tensor> predict(
      std::span<const model::Tensor> given) const override {
    return {given.begin(), given.end()};
  }
};

const std::vector<std::string> kFeatures{"a", "b"};

}  // namespace

TEST_CASE("flat and nested data mean the same", "[protocol]") {
  const auto flat = parse_infer_request(
      R"({"id": "7", "inputs": [{"name": "features", "datatype": "FP32", "shape": [2, 2], "data": [1, 2, 3, 4]}]})");
  const auto nested = parse_infer_request(
      R"({"inputs": [{"name": "features", "datatype": "FP32", "shape": [2, 2], "data": [[1, 2], [3, 4]]}]})");
  CHECK(flat.id == "7");
  CHECK(flat.inputs.at(0).numbers == nested.inputs.at(0).numbers);
}

TEST_CASE("a request that is wrong is refused with what is wrong", "[protocol]") {
  const auto text = GENERATE(
      as<std::string>(), "", "[]", "{}", R"({"inputs": []})", R"({"inputs": [7]})",
      R"({"inputs": [{"name": "x", "datatype": "FP32", "shape": [2], "data": [1]}]})",
      R"({"inputs": [{"name": "x", "datatype": "FP99", "shape": [1], "data": [1]}]})",
      R"({"inputs": [{"name": "x", "datatype": "FP32", "shape": [-1], "data": [1]}]})",
      R"({"inputs": [{"name": "x", "datatype": "FP32", "shape": [99999999999], "data": [1]}]})",
      R"({"inputs": [{"name": "x", "datatype": "FP32", "shape": [65536, 65536, 65536], "data": [1]}]})",
      R"({"inputs": [{"name": "x", "datatype": "FP32", "shape": [1], "data": ["a"]}]})",
      R"({"inputs": [{"name": "x", "datatype": "BYTES", "shape": [1], "data": [1]}]})",
      R"({"inputs": [{"datatype": "FP32", "shape": [1], "data": [1]}]})",
      R"({"inputs": [{"name": "x", "datatype": "FP32", "shape": 1, "data": [1]}]})");
  INFO(text);
  CHECK_THROWS_AS(parse_infer_request(text), Error);
}

TEST_CASE("a tensor a feature becomes the model's wide input", "[protocol]") {
  const auto request = parse_infer_request(
      R"({"inputs": [{"name": "b", "datatype": "FP32", "shape": [2], "data": [2, 4]},
                     {"name": "a", "datatype": "FP32", "shape": [2, 1], "data": [1, 3]}]})");
  const auto inputs = as_model_inputs(Wide(), kFeatures, request.inputs);
  REQUIRE(inputs.size() == 1);
  CHECK(inputs[0].numbers == std::vector<double>{1, 2, 3, 4});
  CHECK(feature_rows(kFeatures, inputs) == std::vector<double>{1, 2, 3, 4});
}

TEST_CASE("a feature that is missing, unknown or of another length is named", "[protocol]") {
  const auto column = [](const char* name, std::vector<double> numbers) {
    const auto count = static_cast<std::int64_t>(numbers.size());
    return model::Tensor{
        .name = name, .type = "FP32", .shape = {count}, .numbers = std::move(numbers)};
  };
  CHECK_THROWS_AS(as_model_inputs(Wide(), kFeatures, {column("a", {1})}), Error);
  CHECK_THROWS_AS(
      as_model_inputs(Wide(), kFeatures, {column("a", {1}), column("b", {1}), column("c", {1})}),
      Error);
  CHECK_THROWS_AS(as_model_inputs(Wide(), kFeatures, {column("a", {1}), column("b", {1, 2})}),
                  Error);
}

TEST_CASE("an answer has the types that its tensors say", "[protocol]") {
  const std::vector<model::Tensor> outputs{
      {.name = "label", .type = "INT64", .shape = {1}, .numbers = {1}},
      {.name = "score", .type = "FP32", .shape = {1}, .numbers = {0.25}},
      {.name = "class", .type = "BYTES", .shape = {1}, .texts = {"no"}}};
  CHECK(infer_response("m", 2, "7", outputs).dump() ==
        R"({"model_name":"m","model_version":"2","id":"7","outputs":[)"
        R"({"name":"label","datatype":"INT64","shape":[1],"data":[1]},)"
        R"({"name":"score","datatype":"FP32","shape":[1],"data":[0.25]},)"
        R"({"name":"class","datatype":"BYTES","shape":[1],"data":["no"]}]})");
}

TEST_CASE("metrics are cumulative histograms and counters with help and type", "[metrics]") {
  Metrics metrics;
  metrics.count_request("m", 1, 200, 0.0004);
  metrics.count_request("m", 1, 200, 5);
  metrics.count_dropped(3);
  const auto text = metrics.text();
  for (const auto* line :
       {"# TYPE mlo_inference_requests_total counter\n",
        "mlo_inference_requests_total{model=\"m\",version=\"1\",code=\"200\"} 2\n",
        "mlo_inference_duration_seconds_bucket{model=\"m\",le=\"0.00025\"} 0\n",
        "mlo_inference_duration_seconds_bucket{model=\"m\",le=\"0.0005\"} 1\n",
        "mlo_inference_duration_seconds_bucket{model=\"m\",le=\"+Inf\"} 2\n",
        "mlo_inference_log_dropped_total 3\n"})
    CHECK(text.find(line) != std::string::npos);
}
