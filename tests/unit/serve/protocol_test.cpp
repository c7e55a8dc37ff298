#include "serve/protocol.h"

#include <cmath>

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
      R"({"inputs": [{"name": "x", "datatype": "FP32", "shape": 1, "data": [1]}]})",
      R"({"inputs": [{"name": "x", "datatype": "FP32", "shape": [1], "data": [true]}]})",
      R"({"inputs": [{"name": "x", "datatype": "INT64", "shape": [1], "data": [null]}]})",
      R"({"inputs": [{"name": "x", "datatype": "INT64", "shape": [1], "data": [1.5]}]})",
      R"({"inputs": [{"name": "x", "datatype": "UINT8", "shape": [1], "data": [256]}]})",
      R"({"inputs": [{"name": "x", "datatype": "BOOL", "shape": [1], "data": [2]}]})",
      R"({"inputs": [{"name": "x", "datatype": "FP32", "shape": [1], "data": [1]},
                     {"name": "x", "datatype": "FP32", "shape": [1], "data": [2]}]})",
      R"({"id": 5, "inputs": [{"name": "x", "datatype": "FP32", "shape": [1], "data": [1]}]})",
      R"({"outputs": 5, "inputs": [{"name": "x", "datatype": "FP32", "shape": [1], "data": [1]}]})",
      R"({"outputs": [{"name": "y"}, {"name": "y"}],
          "inputs": [{"name": "x", "datatype": "FP32", "shape": [1], "data": [1]}]})");
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
  const auto columns = feature_columns(Wide().inputs(), kFeatures, inputs);
  REQUIRE(columns.size() == 2);
  CHECK(columns[0].numbers == std::vector<double>{1, 3});
  CHECK(columns[1].numbers == std::vector<double>{2, 4});
}

TEST_CASE("the features of inputs by name are found in them, texts too", "[protocol]") {
  const model::Tensor a{.name = "a", .type = "BYTES", .shape = {2, 1}, .texts = {"x", "y"}};
  const model::Tensor b{.name = "b", .type = "FP32", .shape = {2, 1}, .numbers = {1, 2}};
  const std::vector<model::TensorInfo> takes{{"a", "BYTES", {-1, 1}}, {"b", "FP32", {-1, 1}}};
  const auto columns = feature_columns(takes, kFeatures, {b, a});
  REQUIRE(columns.size() == 2);
  CHECK(columns[0].texts == std::vector<std::string>{"x", "y"});
  CHECK(columns[1].numbers == std::vector<double>{1, 2});
  CHECK(feature_columns(takes, kFeatures, {b}).empty());
}

TEST_CASE("a tensor a feature fits an input of several columns beside one that is called like it",
          "[protocol]") {
  Wide pair;
  pair.in.push_back({"c", "FP32", {-1, 1}});
  const std::vector<std::string> features{"a", "b", "c"};
  const auto column = [](const char* name, double value) {
    return model::Tensor{.name = name, .type = "FP32", .shape = {1}, .numbers = {value}};
  };
  const auto inputs =
      as_model_inputs(pair, features, {column("c", 3), column("a", 1), column("b", 2)});
  REQUIRE(inputs.size() == 2);
  CHECK(inputs[0].numbers == std::vector<double>{1, 2});
  CHECK(inputs[1].numbers == std::vector<double>{3});
  const model::Tensor wide{.name = "features", .type = "FP32", .shape = {1, 2}, .numbers = {1, 2}};
  CHECK(as_model_inputs(pair, features, {column("c", 3), wide}).at(1).name == "features");
  CHECK_THROWS_WITH(as_model_inputs(pair, features, {column("c", 3), column("a", 1)}),
                    Catch::Contains("input 'b' is missing"));
}

TEST_CASE("the features of an input of several columns beside others are found in it",
          "[protocol]") {
  const std::vector<model::TensorInfo> takes{{"numbers", "FP32", {-1, 2}}, {"a", "BYTES", {-1, 1}}};
  const std::vector<std::string> features{"b", "a", "c"};
  const model::Tensor a{.name = "a", .type = "BYTES", .shape = {2, 1}, .texts = {"x", "y"}};
  model::Tensor numbers{
      .name = "numbers", .type = "FP32", .shape = {2, 2}, .numbers = {1, 2, 3, 4}};
  const auto columns = feature_columns(takes, features, {a, numbers});
  REQUIRE(columns.size() == 3);
  CHECK(columns[0].numbers == std::vector<double>{1, 3});
  CHECK(columns[1].texts == std::vector<std::string>{"x", "y"});
  CHECK(columns[2].numbers == std::vector<double>{2, 4});
  numbers.shape = {1, 4};
  CHECK(feature_columns(takes, features, {a, numbers}).empty());
  CHECK(feature_columns(takes, features, {a}).empty());
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

TEST_CASE("numbers are taken by the datatypes that hold them", "[protocol]") {
  const auto request = parse_infer_request(
      R"({"inputs": [{"name": "a", "datatype": "FP64", "shape": [2], "data": [1, null]},
                     {"name": "b", "datatype": "INT8", "shape": [2], "data": [-128, 127.0]},
                     {"name": "c", "datatype": "BOOL", "shape": [2], "data": [true, 0]}]})");
  CHECK(std::isnan(request.inputs.at(0).numbers.at(1)));
  CHECK(request.inputs.at(1).numbers == std::vector<double>{-128, 127});
  CHECK(request.inputs.at(2).numbers == std::vector<double>{1, 0});
}

TEST_CASE("an input that the model has not is told with those it takes", "[protocol]") {
  const model::Tensor wrong{.name = "Y", .type = "FP32", .shape = {1, 2}, .numbers = {1, 2}};
  CHECK_THROWS_WITH(as_model_inputs(Wide(), kFeatures, {wrong}),
                    "the model has no input 'Y': it takes 'features' [-1, 2], or an input for each "
                    "of a, b");
  CHECK_THROWS_WITH(as_model_inputs(Wide(), {}, {wrong}),
                    "the model has no input 'Y': it takes 'features' [-1, 2]");
}

TEST_CASE("the outputs that were asked for are answered, in that order", "[protocol]") {
  const auto request = parse_infer_request(
      R"({"inputs": [{"name": "x", "datatype": "FP32", "shape": [1], "data": [1]}],
          "outputs": [{"name": "score"}, {"name": "label"}]})");
  const std::vector<model::Tensor> outputs{
      {.name = "label", .type = "INT64", .shape = {1}, .numbers = {1}},
      {.name = "other", .type = "INT64", .shape = {1}, .numbers = {3}},
      {.name = "score", .type = "FP32", .shape = {1}, .numbers = {0.25}}};
  const auto wanted = wanted_outputs(outputs, request.outputs);
  REQUIRE(wanted.size() == 2);
  CHECK(wanted[0].name == "score");
  CHECK(wanted[1].name == "label");
  CHECK(wanted_outputs(outputs, {}).size() == 3);
  CHECK_NOTHROW(require_outputs(Wide(), {"features"}));
  CHECK_THROWS_WITH(require_outputs(Wide(), {"nope"}),
                    "the model has no output 'nope': its outputs are features");
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
