#include "mlo/model/predictor.h"

#include <cmath>

#include <catch2/catch.hpp>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/model/features.h"

using namespace mlo;
using namespace mlo::model;
namespace fs = std::filesystem;

namespace {

const fs::path kModels = fs::path(MLO_TEST_SUPPORT) / "models";

/// True when there is no ONNX Runtime here and none is demanded.
bool without_engine(const World& world) {
  if (!engine_status(world).at(0).version.empty()) return false;
  INFO("ONNX Runtime was not found");
  REQUIRE_FALSE(world.environment("MLO_TEST_REQUIRE_ENGINES"));
  return true;
}

Tensor features(std::vector<std::int64_t> shape, std::vector<double> numbers) {
  return {
      .name = "features", .type = "FP32", .shape = std::move(shape), .numbers = std::move(numbers)};
}

}  // namespace

TEST_CASE("a model answers what its formula says", "[predictor]") {
  const auto world = system_world();
  if (without_engine(world)) return;
  const auto predictor = load_predictor(kModels / "sum.onnx", world);
  CHECK(predictor->inputs().at(0).shape == std::vector<std::int64_t>{-1, 2});
  const auto outputs = predictor->predict(std::vector{features({2, 2}, {1, 2, -1, -2})});
  REQUIRE(outputs.size() == 2);
  CHECK(outputs[0].numbers == std::vector<double>{1, 0});
  CHECK(outputs[1].numbers.at(0) == Approx(1 / (1 + std::exp(-3.0))));
  const auto answers = read_answers(outputs, data::Task::binary_classification, "1");
  CHECK(answers.labels == std::vector<std::string>{"1", "0"});
  CHECK(answers.scores.at(1) == Approx(1 / (1 + std::exp(3.0))));
}

TEST_CASE("inputs that do not fit are named", "[predictor]") {
  const auto world = system_world();
  if (without_engine(world)) return;
  const auto predictor = load_predictor(kModels / "sum.onnx", world);
  const std::vector<std::vector<Tensor>> wrong{
      {},
      {features({1, 3}, {1, 2, 3})},
      {features({2}, {1, 2})},
      {features({1, 2}, {1})},
      {features({1, 2}, {1, 2}), {.name = "more", .type = "FP32"}}};
  for (const auto& inputs : wrong) CHECK_THROWS_AS(predictor->predict(inputs), Error);
}

TEST_CASE("what is no model is refused with the runtime's words", "[predictor]") {
  const auto world = system_world();
  if (without_engine(world)) return;
  const TemporaryFolder folder(fs::temp_directory_path(), world);
  write_durably(folder.path() / "bad.onnx", bytes_of("not a model"), world, "test");
  try {
    static_cast<void>(load_predictor(folder.path() / "bad.onnx", world));
    FAIL("it was loaded");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::bad_input);
    CHECK(error.message().find("ONNX Runtime cannot load the model") != std::string::npos);
  }
  // The store's file is called by the name that people know.
  try {
    static_cast<void>(load_predictor(folder.path() / "bad.onnx", world, "model.onnx"));
    FAIL("it was loaded");
  } catch (const Error& error) {
    CHECK(error.message().find("model.onnx") != std::string::npos);
    CHECK(error.context().at(0) == "loading 'model.onnx'");
    for (const auto& text : {error.message(), error.hint()})
      CHECK(text.find(folder.path().string()) == std::string::npos);
  }
  CHECK_THROWS_AS(load_predictor(kModels / "sum.onnx", world, "model.pkl"), Error);
}

TEST_CASE("features become one wide input, or one input each", "[features]") {
  struct Columns final : Predictor {
    std::vector<TensorInfo> in{{"b", "FP32", {-1, 1}}, {"a", "FP32", {-1}}};
    [[nodiscard]] const std::vector<TensorInfo>& inputs() const override { return in; }
    [[nodiscard]] const std::vector<TensorInfo>& outputs() const override { return in; }
    [[nodiscard]] std::vector<Tensor> predict(std::span<const Tensor>) const override { return {}; }
  };
  const std::vector<std::string> names{"a", "b"};
  const std::vector<FeatureColumn> columns{{{1, 3}}, {{2, 4}}};
  const auto tensors = input_tensors(Columns(), names, columns);
  REQUIRE(tensors.size() == 2);
  CHECK(tensors[0].numbers == std::vector<double>{2, 4});
  CHECK(tensors[0].shape == std::vector<std::int64_t>{2, 1});
  CHECK(tensors[1].numbers == std::vector<double>{1, 3});
  using Given = std::vector<FeatureColumn>;
  CHECK_THROWS_WITH(input_tensors(Columns(), names, Given{{{1, 3}}, {{2}}}),
                    Catch::Contains("'b' has 1 values, 'a' has 2"));
  CHECK_THROWS_AS(input_tensors(Columns(), std::vector<std::string>{"a"}, Given{{{1}}}), Error);
  CHECK_THROWS_WITH(input_tensors(Columns(), names, Given{{{1}}, {{}, {"Dream"}}}),
                    Catch::Contains("'b' holds text, the model takes numbers"));
}

TEST_CASE("an input of text takes a column of texts, a missing one as empty", "[features]") {
  struct Mixed final : Predictor {
    std::vector<TensorInfo> in{{"island", "BYTES", {-1, 1}}, {"mass", "FP32", {-1, 1}}};
    [[nodiscard]] const std::vector<TensorInfo>& inputs() const override { return in; }
    [[nodiscard]] const std::vector<TensorInfo>& outputs() const override { return in; }
    [[nodiscard]] std::vector<Tensor> predict(std::span<const Tensor>) const override { return {}; }
  };
  const std::vector<std::string> names{"mass", "island"};
  const TemporaryFolder folder(fs::temp_directory_path(), system_world());
  const auto file = folder.path() / "birds.csv";
  write_durably(file, bytes_of("mass,island\n1,007\n2,\n"), system_world(), "test");
  const ledger::ModelVersion version{
      .signature = Json::object({{"inputs", signature_of(Mixed())["inputs"]},
                                 {"features", Json::array({"mass", "island"})}})};
  CHECK(text_features(inputs_of(version.signature), names) == std::set<std::string>{"island"});
  const auto table = data::Table::open(file, reading_for(version));
  const auto tensors =
      input_tensors(Mixed(), names, feature_columns(Mixed().inputs(), names, table));
  REQUIRE(tensors.size() == 2);
  CHECK(tensors[0].texts == std::vector<std::string>{"007", ""});
  CHECK(tensors[0].shape == std::vector<std::int64_t>{2, 1});
  CHECK(tensors[1].numbers == std::vector<double>{1, 2});
}

TEST_CASE("inputs of several columns take those that no input is called like, in order",
          "[features]") {
  struct Pair final : Predictor {
    std::vector<TensorInfo> in{
        {"numbers", "FP32", {-1, 2}}, {"island", "BYTES", {-1, 1}}, {"codes", "BYTES", {-1, 2}}};
    [[nodiscard]] const std::vector<TensorInfo>& inputs() const override { return in; }
    [[nodiscard]] const std::vector<TensorInfo>& outputs() const override { return in; }
    [[nodiscard]] std::vector<Tensor> predict(std::span<const Tensor>) const override { return {}; }
  };
  const std::vector<std::string> names{"mass", "wing", "sex", "island", "year"};
  const std::vector<FeatureColumn> columns{
      {{1, 2}}, {{3, 4}}, {{}, {"f", "m"}}, {{}, {"x", "y"}}, {{}, {"07", "08"}}};
  CHECK(text_features(Pair().in, names) == std::set<std::string>{"island", "sex", "year"});
  const auto tensors = input_tensors(Pair(), names, columns);
  REQUIRE(tensors.size() == 3);
  CHECK(tensors[0].numbers == std::vector<double>{1, 3, 2, 4});
  CHECK(tensors[0].shape == std::vector<std::int64_t>{2, 2});
  CHECK(tensors[1].texts == std::vector<std::string>{"x", "y"});
  CHECK(tensors[2].texts == std::vector<std::string>{"f", "07", "m", "08"});
  // What is left shows where the last of them is told, and what is wanting where it is.
  const std::span all(names);
  CHECK_THROWS_WITH(input_tensors(Pair(), all.first(4), std::span(columns).first(4)),
                    Catch::Contains("input 'codes' of the model takes 2 columns, mlo found 1"));
  auto wide = Pair();
  wide.in.pop_back();
  wide.in[0].type = "BYTES";
  const std::vector<FeatureColumn> texts(5, {{}, {"x"}});
  CHECK_THROWS_WITH(input_tensors(wide, names, texts),
                    Catch::Contains("input 'numbers' of the model takes 2 columns, mlo found 4"));
}

TEST_CASE("scores are those of the positive class, whatever the order of the columns",
          "[features]") {
  const Tensor labels{.name = "label", .type = "BYTES", .shape = {2}, .texts = {"bad", "good"}};
  const Tensor scores{
      .name = "p", .type = "FP32", .shape = {2, 2}, .numbers = {0.9, 0.1, 0.2, 0.8}};
  const std::vector<Tensor> outputs{labels, scores};
  CHECK(read_answers(outputs, data::Task::binary_classification, "bad").scores ==
        std::vector<double>{0.9, 0.2});
  CHECK(read_answers(outputs, data::Task::binary_classification, "good").scores ==
        std::vector<double>{0.1, 0.8});
  CHECK_THROWS_AS(read_answers(std::vector{labels}, data::Task::regression, ""), Error);
}

TEST_CASE("wherever a model draws its line, rows of both classes tell the positive column",
          "[features]") {
  const auto binary = data::Task::binary_classification;
  const auto outputs = [](std::vector<double> labels, std::vector<double> pairs) {
    const auto rows = static_cast<std::int64_t>(labels.size());
    return std::vector<Tensor>{
        {.name = "label", .type = "INT64", .shape = {rows}, .numbers = std::move(labels)},
        {.name = "p", .type = "FP32", .shape = {rows, 2}, .numbers = std::move(pairs)}};
  };
  // 1 from 0.3 on: three of four rows predict what is less likely.
  const auto low = outputs({1, 1, 1, 0}, {0.6, 0.4, 0.65, 0.35, 0.55, 0.45, 0.9, 0.1});
  CHECK(read_answers(low, binary, "1").scores == std::vector<double>{0.4, 0.35, 0.45, 0.1});
  CHECK(positive_column_in(low, "1") == 1);
  CHECK(positive_column_in(low, "0") == 0);
  // A row alone is read as its version was decided, else by the order of 0 and 1.
  const auto one = outputs({1}, {0.62, 0.38});
  CHECK_FALSE(positive_column_in(one, "1"));
  CHECK(read_answers(one, binary, "1").scores == std::vector<double>{0.38});
  CHECK(read_answers(one, binary, "0").scores == std::vector<double>{0.62});
  CHECK(read_answers(one, binary, "1", 0).scores == std::vector<double>{0.62});
  const auto other = outputs({2}, {0.62, 0.38});
  CHECK(read_answers(other, binary, "1").scores == std::vector<double>{0.62});
}
