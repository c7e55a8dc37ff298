#include "serve/protocol.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/model/features.h"

namespace mlo::serve {
namespace {

/// A datatype of numbers and the least and largest that it holds, where they are whole.
struct Numeric {
  std::string_view name;
  double least = 0;
  double largest = 0;
  [[nodiscard]] bool whole() const { return largest > 0; }
};
constexpr std::array<Numeric, 12> kNumeric{{{"FP16"},
                                            {"FP32"},
                                            {"FP64"},
                                            {"BOOL", 0, 1},
                                            {"INT8", -0x1p7, 0x1p7 - 1},
                                            {"INT16", -0x1p15, 0x1p15 - 1},
                                            {"INT32", -0x1p31, 0x1p31 - 1},
                                            {"INT64", -0x1p63, 0x1p63},
                                            {"UINT8", 0, 0x1p8 - 1},
                                            {"UINT16", 0, 0x1p16 - 1},
                                            {"UINT32", 0, 0x1p32 - 1},
                                            {"UINT64", 0, 0x1p64}}};
constexpr std::int64_t kMaxElements = 1LL << 24;
constexpr std::size_t kNamesShown = 10;

Error wrong(const std::string& input, std::string_view what) {
  return {ErrorKind::bad_input, "input '{}': {}", input, what};
}

/// A value of a numeric tensor; null stands for a real number that is missing.
double number_of(const Json& value, const Numeric& type, const std::string& input) {
  if (value.is_bool() && type.name == "BOOL") return value.as_bool() ? 1 : 0;
  if (value.is_null() && !type.whole()) return std::nan("");
  if (!value.is_number()) throw wrong(input, "its data holds something that is no number");
  const auto number = value.as_number();
  if (type.whole() &&
      (std::trunc(number) != number || number < type.least || number > type.largest))
    throw wrong(input, fmt::format("its data holds {}, which is no {}", value.dump(), type.name));
  return number;
}

/// Data may be flat or nested by rows: both mean the same. `type` is null for texts.
void flatten(const Json& value, const Numeric* type, model::Tensor& tensor) {
  if (value.is_array()) {
    for (const auto& item : value.as_array()) flatten(item, type, tensor);
  } else if (type != nullptr) {
    tensor.numbers.push_back(number_of(value, *type, tensor.name));
  } else {
    if (!value.is_string()) throw wrong(tensor.name, "its data holds something that is no text");
    tensor.texts.push_back(value.as_string());
  }
}

std::vector<std::int64_t> read_shape(const Json& value, const std::string& input) {
  std::vector<std::int64_t> shape;
  std::int64_t elements = 1;
  for (const auto& size : value.as_array()) {
    if (!size.is_integer() || size.as_integer() < 0 || size.as_integer() > kMaxElements)
      throw wrong(input, "its shape is no list of sizes");
    shape.push_back(size.as_integer());
    elements *= std::max<std::int64_t>(size.as_integer(), 1);
    if (elements > kMaxElements)
      throw wrong(input, fmt::format("more than {} values", kMaxElements));
  }
  return shape;
}

model::Tensor read_tensor(const Json& value) {
  model::Tensor tensor{
      .name = value.at("name").as_string(), .type = value.at("datatype").as_string(), .shape = {}};
  const auto* const type = std::ranges::find(kNumeric, tensor.type, &Numeric::name);
  const bool numeric = type != kNumeric.end();
  if (!numeric && tensor.type != "BYTES")
    throw wrong(tensor.name, fmt::format("unknown datatype '{}'", tensor.type));
  if (!value.at("shape").is_array()) throw wrong(tensor.name, "its shape is no list of sizes");
  tensor.shape = read_shape(value.at("shape"), tensor.name);
  flatten(value.at("data"), numeric ? type : nullptr, tensor);
  std::int64_t elements = 1;
  for (const auto size : tensor.shape) elements *= size;
  const auto held = tensor.type == "BYTES" ? tensor.texts.size() : tensor.numbers.size();
  if (static_cast<std::int64_t>(held) != elements)
    throw wrong(tensor.name, fmt::format("its shape [{}] says {} values, its data holds {}",
                                         fmt::join(tensor.shape, ", "), elements, held));
  return tensor;
}

Json tensor_data(const model::Tensor& tensor) {
  Json data = Json::array();
  const bool whole = tensor.type.starts_with("INT") || tensor.type.starts_with("UINT");
  for (const auto& text : tensor.texts) data.add(text);
  for (const double number : tensor.numbers) {
    if (tensor.type == "BOOL")
      data.add(number != 0);
    else if (whole)
      data.add(static_cast<std::int64_t>(number));
    else
      data.add(number);
  }
  return data;
}

Json shape_json(const std::vector<std::int64_t>& shape) {
  Json sizes = Json::array();
  for (const auto size : shape) sizes.add(size);
  return sizes;
}

std::vector<std::string> read_output_names(const Json& list) {
  std::vector<std::string> names;
  if (list.is_null()) return names;
  if (!list.is_array()) throw Error(ErrorKind::bad_input, "'outputs' is no list of outputs");
  std::set<std::string> seen;
  for (const auto& output : list.as_array()) {
    names.push_back(output.at("name").as_string());
    if (!seen.insert(names.back()).second)
      throw Error(ErrorKind::bad_input, "output '{}' is asked for twice", names.back());
  }
  return names;
}

/// "label, score", and no more of them than a client reads.
std::string listed(const std::vector<std::string>& names) {
  const auto shown = std::min(names.size(), kNamesShown);
  auto text = join(std::span(names).first(shown), ", ");
  return shown < names.size() ? text + fmt::format(" … ({})", names.size()) : text;
}

Error no_input(const model::Predictor& predictor, const std::vector<std::string>& features,
               const std::string& name) {
  std::vector<std::string> own;
  for (const auto& input : predictor.inputs())
    own.push_back(fmt::format("'{}' [{}]", input.name, fmt::join(input.shape, ", ")));
  const auto columns =
      features.empty() ? "" : fmt::format(", or an input for each of {}", listed(features));
  return {ErrorKind::bad_input, "the model has no input '{}': it takes {}{}", name, listed(own),
          columns};
}

bool is_model_input(const model::Predictor& predictor, const std::string& name) {
  return std::ranges::find(predictor.inputs(), name, &model::TensorInfo::name) !=
         predictor.inputs().end();
}

/// Puts the columns of one tensor where its features are; false when it holds others.
bool take_columns(const model::Tensor& tensor, const std::vector<std::size_t>& places,
                  std::vector<model::FeatureColumn>& columns) {
  const auto width = places.size();
  const auto held = tensor.shape.size() == 2 ? tensor.shape[1] : 1;
  if (held != static_cast<std::int64_t>(width)) return false;
  for (std::size_t i = 0; i < tensor.numbers.size(); ++i)
    columns[places[i % width]].numbers.push_back(tensor.numbers[i]);
  for (std::size_t i = 0; i < tensor.texts.size(); ++i)
    columns[places[i % width]].texts.push_back(tensor.texts[i]);
  return true;
}

}  // namespace

InferRequest parse_infer_request(std::string_view body) {
  const auto document = Json::parse(body, 16);
  if (!document.is_object()) throw Error(ErrorKind::bad_input, "the request is no JSON object");
  if (!document["id"].is_null() && !document["id"].is_string())
    throw Error(ErrorKind::bad_input, "'id' is no text");
  InferRequest request{.id = document.string_or("id", ""),
                       .inputs = {},
                       .outputs = read_output_names(document["outputs"])};
  if (!document["inputs"].is_array() || document["inputs"].size() == 0)
    throw Error(ErrorKind::bad_input, "the request has no 'inputs'");
  std::set<std::string> seen;
  for (const auto& input : document["inputs"].as_array()) {
    request.inputs.push_back(read_tensor(input));
    if (const auto& name = request.inputs.back().name; !seen.insert(name).second)
      throw Error(ErrorKind::bad_input, "input '{}' comes twice", name);
  }
  return request;
}

void require_outputs(const model::Predictor& predictor, const std::vector<std::string>& names) {
  std::vector<std::string> known;
  for (const auto& output : predictor.outputs()) known.push_back(output.name);
  for (const auto& name : names)
    if (std::ranges::find(known, name) == known.end())
      throw Error(ErrorKind::bad_input, "the model has no output '{}': its outputs are {}", name,
                  listed(known));
}

std::vector<model::Tensor> wanted_outputs(std::vector<model::Tensor> outputs,
                                          const std::vector<std::string>& names) {
  if (names.empty()) return outputs;
  std::vector<model::Tensor> wanted;
  for (const auto& name : names)
    if (const auto found = std::ranges::find(outputs, name, &model::Tensor::name);
        found != outputs.end())
      wanted.push_back(std::move(*found));
  return wanted;
}

std::vector<model::Tensor> as_model_inputs(const model::Predictor& predictor,
                                           const std::vector<std::string>& features,
                                           std::vector<model::Tensor> given) {
  const auto is_own = [&](const auto& tensor) { return is_model_input(predictor, tensor.name); };
  const auto is_feature = [&](const auto& tensor) {
    return std::ranges::find(features, tensor.name) != features.end();
  };
  // An input may be called like its column, and stand beside one that takes several.
  const bool columns_only =
      std::ranges::all_of(given, is_feature) && !std::ranges::all_of(given, is_own);
  if (!columns_only && std::ranges::any_of(given, is_own)) return given;
  if (const auto other = std::ranges::find_if_not(given, is_feature); other != given.end())
    throw no_input(predictor, features, other->name);
  std::vector<model::FeatureColumn> columns;
  for (const auto& feature : features) {
    const auto found = std::ranges::find(given, feature, &model::Tensor::name);
    if (found == given.end()) throw Error(ErrorKind::bad_input, "input '{}' is missing", feature);
    columns.push_back({std::move(found->numbers), std::move(found->texts)});
  }
  return model::input_tensors(predictor, features, columns);
}

std::vector<model::FeatureColumn> feature_columns(const std::vector<model::TensorInfo>& inputs,
                                                  const std::vector<std::string>& features,
                                                  const std::vector<model::Tensor>& given) {
  const auto places = model::features_by_input(inputs, features);
  std::vector<model::FeatureColumn> columns(features.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (places[i].empty()) continue;
    const auto found = std::ranges::find(given, inputs[i].name, &model::Tensor::name);
    if (found == given.end() || !take_columns(*found, places[i], columns)) return {};
  }
  const bool whole = std::ranges::all_of(columns, [&](const auto& column) {
    return column.size() > 0 && column.size() == columns.front().size();
  });
  return whole ? columns : std::vector<model::FeatureColumn>();
}

Json infer_response(const std::string& model, std::int64_t version, const std::string& id,
                    const std::vector<model::Tensor>& outputs) {
  Json list = Json::array();
  for (const auto& tensor : outputs)
    list.add(Json::object({{"name", tensor.name},
                           {"datatype", tensor.type},
                           {"shape", shape_json(tensor.shape)},
                           {"data", tensor_data(tensor)}}));
  Json response = Json::object({{"model_name", model}, {"model_version", std::to_string(version)}});
  if (!id.empty()) response.set("id", id);
  return response.set("outputs", std::move(list));
}

Json metadata(const std::string& model, std::int64_t version, const model::Predictor& predictor) {
  Json described = Json::object({{"name", model},
                                 {"versions", Json::array({std::to_string(version)})},
                                 {"platform", "onnx_onnxruntime"}});
  const auto signature = model::signature_of(predictor);
  return described.set("inputs", signature["inputs"]).set("outputs", signature["outputs"]);
}

}  // namespace mlo::serve
