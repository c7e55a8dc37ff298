#include <optional>

#include <catch2/catch.hpp>

#include "mlo/core/error.h"
#include "mlo/model/features.h"
#include "mlo/model/predictor.h"
#include "model/scanners/scanner.h"
#include "unit/model/onnx_file.h"
#include "unit/model/runtime.h"

namespace mlo::model {
namespace {

using namespace onnx_file;

std::unique_ptr<Predictor> load(const OnnxFile& file) {
  return load_predictor(file.path(), system_world());
}

/// What a scan holds against a file; empty when nothing.
std::string objection(const std::string& content, const std::string& name = "model.onnx") {
  const OnnxFile file(content, name);
  for (const auto& finding : scan_model(file.path(), name))
    if (!finding.passed) return finding.name + ": " + finding.message;
  return {};
}

}  // namespace

TEST_CASE("weights outside the file are found wherever a tensor may stand") {
  const auto outside = external_weights("../../secret");
  CHECK(objection(model(bytes(5, outside))) ==
        "no external data: weights lie outside the file: ../../secret");
  const auto in_node = [](const std::string& field) {
    return model(bytes(1, node({}, "y", "Constant", bytes(5, field))));
  };
  CHECK_FALSE(objection(in_node(bytes(5, outside))).empty());
  CHECK_FALSE(objection(in_node(bytes(10, outside))).empty());
  CHECK_FALSE(objection(in_node(bytes(22, bytes(1, outside)))).empty());
  CHECK_FALSE(objection(in_node(bytes(6, bytes(5, outside)))).empty());
  CHECK_FALSE(objection(model(bytes(15, bytes(2, outside)))).empty());
  const auto whole = classifier();
  CHECK_FALSE(objection(whole + bytes(20, bytes(2, bytes(5, outside)))).empty());
  const auto constant = node({}, "y", "Constant", bytes(5, bytes(5, outside)));
  CHECK_FALSE(objection(whole + bytes(25, bytes(7, constant))).empty());
  CHECK_FALSE(objection(whole + bytes(25, bytes(11, bytes(5, outside)))).empty());
}

TEST_CASE("ONNX Runtime runs a classifier and tells its signature") {
  if (!runtime_is_here()) return;
  const OnnxFile file(classifier());
  const auto model = load(file);
  CHECK(
      signature_of(*model).dump() ==
      R"({"inputs":[{"name":"X","datatype":"FP32","shape":[-1,2]}],"outputs":[{"name":"label","datatype":"INT64","shape":[-1]},{"name":"probabilities","datatype":"FP32","shape":[-1,2]}]})");
  const std::vector<std::string> features{"a", "b"};
  const std::vector<FeatureColumn> given{{{1, -1}}, {{5, 5}}};
  const auto answers = read_answers(model->predict(input_tensors(*model, features, given)),
                                    data::Task::binary_classification, "1");
  CHECK(answers.labels == std::vector<std::string>{"1", "0"});
  // softmax(-1, 1): 1 / (1 + exp(-2)) = 0.880797; also what onnxruntime 1.32 for Python answers.
  REQUIRE(answers.scores.size() == 2);
  CHECK(answers.scores[0] == Approx(0.880797));
  CHECK(answers.scores[1] == Approx(0.119203));
}

TEST_CASE("a file that is no model is refused as bad input") {
  if (!runtime_is_here()) return;
  const auto whole = classifier();
  for (const auto& content : {std::string(), std::string("garbage"), whole.substr(0, 60),
                              model(classifier_graph(external_weights("../../../etc/passwd")))}) {
    const OnnxFile file(content);
    std::optional<ErrorKind> kind;
    try {
      load(file);
    } catch (const Error& error) {
      kind = error.kind();
    }
    CHECK(kind == ErrorKind::bad_input);
  }
}

}  // namespace mlo::model
