#include "serve/protocol.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/model/features.h"

namespace mlo::serve {
namespace {

constexpr std::array<std::string_view, 12> kNumeric{"FP32",   "FP64",   "INT8",  "INT16",
                                                    "INT32",  "INT64",  "UINT8", "UINT16",
                                                    "UINT32", "UINT64", "BOOL",  "FP16"};
constexpr std::int64_t kMaxElements = 1LL << 24;

Error wrong(const std::string& input, std::string_view what) {
  return {ErrorKind::bad_input, "input '{}': {}", input, what};
}

double number_of(const Json& value, const std::string& input) {
  if (value.is_bool()) return value.as_bool() ? 1 : 0;
  if (value.is_null()) return std::nan("");
  if (!value.is_number()) throw wrong(input, "its data holds something that is no number");
  return value.as_number();
}

/// Data may be flat or nested by rows: both mean the same.
void flatten(const Json& value, model::Tensor& tensor) {
  if (value.is_array()) {
    for (const auto& item : value.as_array()) flatten(item, tensor);
  } else if (tensor.type == "BYTES") {
    if (!value.is_string()) throw wrong(tensor.name, "its data holds something that is no text");
    tensor.texts.push_back(value.as_string());
  } else {
    tensor.numbers.push_back(number_of(value, tensor.name));
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
  if (tensor.type != "BYTES" && std::ranges::find(kNumeric, tensor.type) == kNumeric.end())
    throw wrong(tensor.name, fmt::format("unknown datatype '{}'", tensor.type));
  if (!value.at("shape").is_array()) throw wrong(tensor.name, "its shape is no list of sizes");
  tensor.shape = read_shape(value.at("shape"), tensor.name);
  flatten(value.at("data"), tensor);
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

bool is_model_input(const model::Predictor& predictor, const std::string& name) {
  return std::ranges::find(predictor.inputs(), name, &model::TensorInfo::name) !=
         predictor.inputs().end();
}

}  // namespace

InferRequest parse_infer_request(std::string_view body) {
  const auto document = Json::parse(body, 16);
  if (!document.is_object()) throw Error(ErrorKind::bad_input, "the request is no JSON object");
  InferRequest request{.id = document.string_or("id", ""), .inputs = {}};
  if (!document["inputs"].is_array() || document["inputs"].size() == 0)
    throw Error(ErrorKind::bad_input, "the request has no 'inputs'");
  for (const auto& input : document["inputs"].as_array())
    request.inputs.push_back(read_tensor(input));
  return request;
}

std::vector<model::Tensor> as_model_inputs(const model::Predictor& predictor,
                                           const std::vector<std::string>& features,
                                           std::vector<model::Tensor> given) {
  if (std::ranges::any_of(
          given, [&](const auto& tensor) { return is_model_input(predictor, tensor.name); }))
    return given;
  std::vector<const model::Tensor*> columns;
  for (const auto& feature : features) {
    const auto found = std::ranges::find(given, feature, &model::Tensor::name);
    if (found == given.end()) throw Error(ErrorKind::bad_input, "input '{}' is missing", feature);
    columns.push_back(&*found);
  }
  if (columns.empty() || columns.size() != given.size())
    throw Error(ErrorKind::bad_input, "the model takes {} and knows no other input",
                join(features, ", "));
  const auto rows = columns.front()->numbers.size();
  std::vector<double> values;
  for (std::size_t row = 0; row < rows; ++row)
    for (const auto* column : columns) {
      if (column->numbers.size() != rows)
        throw wrong(column->name, fmt::format("{} values, '{}' has {}", column->numbers.size(),
                                              columns.front()->name, rows));
      values.push_back(column->numbers[row]);
    }
  return model::input_tensors(predictor, features, values);
}

std::vector<double> feature_rows(const std::vector<std::string>& features,
                                 const std::vector<model::Tensor>& inputs) {
  if (inputs.size() == 1 && features.size() > 1) return inputs[0].numbers;
  std::vector<double> rows;
  const auto count = inputs.empty() ? 0 : inputs[0].numbers.size();
  for (std::size_t row = 0; row < count; ++row)
    for (const auto& feature : features) {
      const auto found = std::ranges::find(inputs, feature, &model::Tensor::name);
      if (found == inputs.end() || found->numbers.size() != count) return {};
      rows.push_back(found->numbers[row]);
    }
  return rows;
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
