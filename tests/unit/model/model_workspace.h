#pragma once

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "mlo/model/promotion.h"
#include "mlo/model/reference.h"
#include "mlo/model/validation.h"
#include "mlo/workspace/track.h"
#include "unit/model/onnx_file.h"
#include "unit/model/runtime.h"
#include "unit/run/workspace_fixture.h"

namespace mlo::model {

/// A repository whose one step copies ready.onnx to model.onnx; `sections` go on in the model.
class ModelWorkspace : public run::Workspace {
 public:
  explicit ModelWorkspace(const std::string& sections = kValidate) : Workspace(project(sections)) {
    write("test.csv", "a,b,high\n1,0,1\n-1,0,0\n2,1,1\n-2,1,0\n");
    track("test.csv");
  }

  static std::string project(const std::string& sections) {
    return "project: demo\n"
           "pipeline: {fit: {run: cp ready.onnx model.onnx, in: [ready.onnx], out: [model.onnx]}}\n"
           "models:\n"
           "  sign:\n"
           "    path: model.onnx\n"
           "    features: [a, b]\n"
           "    describe: {task: binary-classification, target: high}\n" +
           sections;
  }
  static inline const std::string kValidate =
      "    validate: {data: test.csv, metrics: {accuracy: \">= 0.9\"}}\n"
      "    promote: {production: {require: [metrics, scan]}}\n";

  void track(const std::string& path) {
    auto repository = open();
    workspace::track(repository, {.paths = {RepoPath::parse(path)}}, heard, {});
  }
  /// Trains a model whose class is 1 where `weight` · a is positive, and registers it. Each weight
  /// is other content; a negative one is always wrong.
  std::vector<ledger::ModelVersion> make(float weight) {
    return make(onnx_file::model(
        onnx_file::classifier_graph(onnx_file::weights("W", {2, 2}, {-weight, weight, 0, 0}))));
  }
  std::vector<ledger::ModelVersion> make(const std::string& file) {
    write("ready.onnx", file);
    return recorded(register_again());
  }
  /// Trains where something changed, and registers.
  std::vector<Registration> register_again() {
    const auto trained = train();
    auto repository = open();
    return register_models(repository, trained, "test");
  }
  void replace(const std::string& words, const std::string& others) const {
    auto yaml = read("mlo.yaml");
    yaml.replace(yaml.find(words), words.size(), others);
    write("mlo.yaml", yaml);
  }
  Validation validate(const std::string& target = "sign") {
    auto repository = open();
    return model::validate(repository, {.targets = {target}}, heard, {});
  }
  Promoted promote(const std::string& reference = "sign", const std::string& stage = "production") {
    auto repository = open();
    return model::promote(repository, {.reference = reference, .stage = stage, .reason = "why"},
                          heard, {});
  }
  Promoted roll_back(const std::string& stage = "production") {
    auto repository = open();
    return model::roll_back(repository, {"sign", stage, "why"}, heard, {});
  }
  /// The number of the version at a stage; 0 when there is none.
  [[nodiscard]] std::int64_t at(const std::string& stage) const {
    auto repository = open();
    const auto version = ledger::model_at_stage(repository.ledger(), "sign", stage);
    return version ? version->number : 0;
  }
  /// A version with evidence that is in production.
  void put_in_production(float weight) {
    make(weight);
    validate();
    REQUIRE(promote().move.has_value());
  }
};

}  // namespace mlo::model
