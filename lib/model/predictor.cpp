#include "mlo/model/predictor.h"

#include <algorithm>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "model/engines/engine.h"

namespace mlo::model {
namespace {

Json list_of(const std::vector<TensorInfo>& tensors) {
  Json all = Json::array();
  for (const auto& tensor : tensors) {
    Json shape = Json::array();
    for (const auto size : tensor.shape) shape.add(size);
    all.add(Json::object(
        {{"name", tensor.name}, {"datatype", tensor.type}, {"shape", std::move(shape)}}));
  }
  return all;
}

}  // namespace

Registry<Engine>& engines() {
  static Registry<Engine> registry;
  return registry;
}

std::unique_ptr<Predictor> load_predictor(const std::filesystem::path& file, const World& world,
                                          const std::filesystem::path& name) {
  const auto& named = name.empty() ? file : name;
  std::vector<std::string> known;
  for (const auto& kind : engines().names()) {
    const auto* engine = engines().find(kind);
    if (engine->extension == named.extension()) return engine->load(file, named.string(), world);
    known.push_back(engine->extension);
  }
  throw Error(ErrorKind::bad_input, "no engine runs '{}'", named.filename().string())
      .hint("export the model to one of: {}", join(known, ", "));
}

bool has_engine(const std::filesystem::path& name) {
  const auto names = engines().names();
  return std::ranges::any_of(
      names, [&](const auto& kind) { return engines().find(kind)->extension == name.extension(); });
}

Json signature_of(const Predictor& predictor) {
  return Json::object(
      {{"inputs", list_of(predictor.inputs())}, {"outputs", list_of(predictor.outputs())}});
}

std::vector<TensorInfo> inputs_of(const Json& signature) {
  std::vector<TensorInfo> inputs;
  const auto* recorded = signature.find("inputs");
  if (recorded == nullptr) return inputs;
  for (const auto& input : recorded->as_array()) {
    TensorInfo info{.name = input.at("name").as_string(),
                    .type = input.at("datatype").as_string(),
                    .shape = {}};
    for (const auto& size : input.at("shape").as_array()) info.shape.push_back(size.as_integer());
    inputs.push_back(std::move(info));
  }
  return inputs;
}

std::vector<EngineStatus> engine_status(const World& world) {
  std::vector<EngineStatus> all;
  for (const auto& name : engines().names()) all.push_back(engines().find(name)->status(world));
  return all;
}

}  // namespace mlo::model
