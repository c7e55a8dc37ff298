#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <tuple>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "model/engines/engine.h"
#include "model/engines/onnx_runtime.h"

namespace mlo::model {
namespace {

using onnx::ElementType;
using onnx::Runtime;

template <typename T>
using Owned = std::unique_ptr<T, onnx::Release<T>>;

struct TypeName {
  ElementType type;
  std::string_view name;
};
// Names of the Open Inference Protocol.
constexpr std::array<TypeName, 6> kTypes{{{ElementType::float32, "FP32"},
                                          {ElementType::float64, "FP64"},
                                          {ElementType::int32, "INT32"},
                                          {ElementType::int64, "INT64"},
                                          {ElementType::boolean, "BOOL"},
                                          {ElementType::string, "BYTES"}}};

std::string name_of(int type) {
  for (const auto& known : kTypes)
    if (static_cast<int>(known.type) == type) return std::string(known.name);
  return fmt::format("type {}", type);
}

std::optional<ElementType> type_of(std::string_view name) {
  for (const auto& known : kTypes)
    if (known.name == name) return known.type;
  return std::nullopt;
}

/// Calls `use` with a null pointer of the C++ type that holds elements of `type`.
template <typename Use>
void with_type(ElementType type, Use&& use) {
  switch (type) {
    case ElementType::float32: return use(static_cast<float*>(nullptr));
    case ElementType::float64: return use(static_cast<double*>(nullptr));
    case ElementType::int32: return use(static_cast<std::int32_t*>(nullptr));
    case ElementType::int64: return use(static_cast<std::int64_t*>(nullptr));
    case ElementType::boolean: return use(static_cast<bool*>(nullptr));
    case ElementType::string: break;
  }
  invariant(false, "text tensors are handled apart");
}

template <typename T>
T converted(double value, const std::string& tensor) {
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    constexpr auto kLow = static_cast<double>(std::numeric_limits<T>::min());
    if (!(value >= kLow && value < -kLow) || std::trunc(value) != value)
      throw Error(ErrorKind::bad_input, "input '{}' takes whole numbers, not {}", tensor, value);
  }
  return static_cast<T>(value);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  if (const auto at = text.find(from); at != std::string::npos) text.replace(at, from.size(), to);
  return text;
}

std::size_t element_count(const std::vector<std::int64_t>& shape) {
  std::size_t count = 1;
  for (const auto size : shape) count *= static_cast<std::size_t>(std::max<std::int64_t>(size, 0));
  return count;
}

class OnnxPredictor final : public Predictor {
 public:
  OnnxPredictor(const std::filesystem::path& file, const std::string& name, const Runtime& runtime)
      : runtime_(runtime), session_(nullptr, runtime.api.release_session) {
    onnx::SessionOptions* raw = nullptr;
    runtime.check(runtime.api.create_session_options(&raw), "make a session");
    const Owned<onnx::SessionOptions> options(raw, runtime.api.release_options);
    // One thread a call: a service answers many at once, and a small model gains nothing from more.
    runtime.check(runtime.api.set_intra_op_threads(raw, 1), "make a session");
    onnx::Session* session = nullptr;
    try {
      runtime.check(runtime.api.create_session(runtime.env, file.c_str(), raw, &session),
                    "load the model");
    } catch (const Error& error) {
      throw Error(error.kind(), "{}", replaced(error.message(), file.string(), name))
          .hint("export it again; python -c \"import onnx; onnx.checker.check_model('{}')\"", name);
    }
    session_.reset(session);
    read_signature();
  }

  [[nodiscard]] const std::vector<TensorInfo>& inputs() const override { return inputs_; }
  [[nodiscard]] const std::vector<TensorInfo>& outputs() const override { return outputs_; }

  [[nodiscard]] std::vector<Tensor> predict(std::span<const Tensor> given) const override {
    std::vector<Owned<onnx::Value>> values;
    std::vector<const onnx::Value*> pointers;
    std::vector<const char*> names;
    for (const auto& wanted : inputs_) {
      const auto found = std::ranges::find(given, wanted.name, &Tensor::name);
      if (found == given.end())
        throw Error(ErrorKind::bad_input, "input '{}' is missing", wanted.name);
      values.push_back(make_value(*found, wanted));
      pointers.push_back(values.back().get());
      names.push_back(wanted.name.c_str());
    }
    for (const auto& tensor : given)
      if (std::ranges::find(inputs_, tensor.name, &TensorInfo::name) == inputs_.end())
        throw Error(ErrorKind::bad_input, "the model has no input '{}'", tensor.name);
    return run(names, pointers);
  }

 private:
  void read_signature() {
    std::size_t count = 0;
    runtime_.check(runtime_.api.input_count(session_.get(), &count), "read the model's inputs");
    for (std::size_t i = 0; i < count; ++i)
      inputs_.push_back(read_info(i, runtime_.api.input_name, runtime_.api.input_type));
    runtime_.check(runtime_.api.output_count(session_.get(), &count), "read the model's outputs");
    for (std::size_t i = 0; i < count; ++i)
      outputs_.push_back(read_info(i, runtime_.api.output_name, runtime_.api.output_type));
  }

  template <typename Name, typename Type>
  TensorInfo read_info(std::size_t index, Name name, Type type) const {
    TensorInfo info;
    char* text = nullptr;
    runtime_.check(name(session_.get(), index, runtime_.allocator, &text), "read a name");
    info.name = text;
    runtime_.check(runtime_.api.allocator_free(runtime_.allocator, text), "free a name");
    onnx::TypeInfo* raw = nullptr;
    runtime_.check(type(session_.get(), index, &raw), "read a type");
    const Owned<onnx::TypeInfo> kept(raw, runtime_.api.release_type);
    int kind = 0;
    runtime_.check(runtime_.api.type_kind(raw, &kind), "read a type");
    if (kind != onnx::kTensor)
      throw Error(ErrorKind::bad_input, "'{}' of the model is no tensor", info.name)
          .hint("export without maps: convert_sklearn(…, options={{'zipmap': False}})");
    const onnx::TensorInfo* tensor = nullptr;
    runtime_.check(runtime_.api.as_tensor(raw, &tensor), "read a type");
    std::tie(info.type, info.shape) = read_tensor(tensor);
    return info;
  }

  std::pair<std::string, std::vector<std::int64_t>> read_tensor(
      const onnx::TensorInfo* tensor) const {
    int type = 0;
    std::size_t count = 0;
    runtime_.check(runtime_.api.element_type(tensor, &type), "read a type");
    runtime_.check(runtime_.api.dimension_count(tensor, &count), "read a shape");
    std::vector<std::int64_t> shape(count);
    runtime_.check(runtime_.api.dimensions(tensor, shape.data(), count), "read a shape");
    return {name_of(type), std::move(shape)};
  }

  static void check_shape(const Tensor& tensor, const TensorInfo& wanted) {
    const auto fits = [&] {
      if (tensor.shape.size() != wanted.shape.size()) return false;
      for (std::size_t i = 0; i < tensor.shape.size(); ++i)
        if (wanted.shape[i] >= 0 && tensor.shape[i] != wanted.shape[i]) return false;
      return std::ranges::all_of(tensor.shape, [](std::int64_t size) { return size >= 0; });
    };
    if (!fits())
      throw Error(ErrorKind::bad_input, "input '{}' has shape [{}], the model takes [{}]",
                  tensor.name, fmt::join(tensor.shape, ", "), fmt::join(wanted.shape, ", "));
    if ((wanted.type == "BYTES") != (tensor.type == "BYTES"))
      throw Error(ErrorKind::bad_input, "input '{}' holds {}, the model takes {}", tensor.name,
                  tensor.type, wanted.type);
    const auto held = wanted.type == "BYTES" ? tensor.texts.size() : tensor.numbers.size();
    if (held != element_count(tensor.shape))
      throw Error(ErrorKind::bad_input, "input '{}' holds {} values, its shape says {}",
                  tensor.name, held, element_count(tensor.shape));
  }

  Owned<onnx::Value> make_value(const Tensor& tensor, const TensorInfo& wanted) const {
    check_shape(tensor, wanted);
    const auto type = type_of(wanted.type);
    if (!type)
      throw Error(ErrorKind::bad_input, "input '{}' of {} is not supported", wanted.name,
                  wanted.type);
    onnx::Value* raw = nullptr;
    runtime_.check(runtime_.api.create_tensor(runtime_.allocator, tensor.shape.data(),
                                              tensor.shape.size(), static_cast<int>(*type), &raw),
                   "make a tensor");
    Owned<onnx::Value> value(raw, runtime_.api.release_value);
    if (*type == ElementType::string) {
      std::vector<const char*> texts;
      for (const auto& text : tensor.texts) texts.push_back(text.c_str());
      runtime_.check(runtime_.api.fill_strings(raw, texts.data(), texts.size()), "fill a tensor");
      return value;
    }
    void* data = nullptr;
    runtime_.check(runtime_.api.tensor_data(raw, &data), "fill a tensor");
    with_type(*type, [&]<typename T>(T* /*tag*/) {
      std::ranges::transform(tensor.numbers, static_cast<T*>(data),
                             [&](double number) { return converted<T>(number, tensor.name); });
    });
    return value;
  }

  std::vector<Tensor> run(const std::vector<const char*>& names,
                          const std::vector<const onnx::Value*>& inputs) const {
    std::vector<const char*> wanted;
    for (const auto& output : outputs_) wanted.push_back(output.name.c_str());
    std::vector<onnx::Value*> raw(wanted.size());
    runtime_.check(runtime_.api.run(session_.get(), nullptr, names.data(), inputs.data(),
                                    names.size(), wanted.data(), wanted.size(), raw.data()),
                   "run the model");
    std::vector<Owned<onnx::Value>> values;
    values.reserve(raw.size());
    for (auto* value : raw) values.emplace_back(value, runtime_.api.release_value);
    std::vector<Tensor> outputs;
    for (std::size_t i = 0; i < values.size(); ++i)
      outputs.push_back(read_value(values[i].get(), outputs_[i].name));
    return outputs;
  }

  Tensor read_value(onnx::Value* value, const std::string& name) const {
    onnx::TensorInfo* raw = nullptr;
    runtime_.check(runtime_.api.value_tensor(value, &raw), "read an output");
    const Owned<onnx::TensorInfo> info(raw, runtime_.api.release_tensor);
    Tensor tensor{.name = name, .type = {}, .shape = {}};
    std::tie(tensor.type, tensor.shape) = read_tensor(raw);
    const auto type = type_of(tensor.type);
    if (!type)
      throw Error(ErrorKind::bad_input, "output '{}' of {} is not supported", name, tensor.type);
    const auto count = element_count(tensor.shape);
    if (*type == ElementType::string) {
      tensor.texts = read_texts(value, count);
      return tensor;
    }
    void* data = nullptr;
    runtime_.check(runtime_.api.tensor_data(value, &data), "read an output");
    with_type(*type, [&]<typename T>(T* /*tag*/) {
      const auto* first = static_cast<const T*>(data);
      tensor.numbers.assign(first, first + count);
    });
    return tensor;
  }

  std::vector<std::string> read_texts(const onnx::Value* value, std::size_t count) const {
    std::size_t length = 0;
    runtime_.check(runtime_.api.strings_length(value, &length), "read text");
    std::string all(length, '\0');
    std::vector<std::size_t> offsets(count + 1, length);
    runtime_.check(runtime_.api.strings_content(value, all.data(), length, offsets.data(), count),
                   "read text");
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < count; ++i)
      texts.push_back(all.substr(offsets[i], offsets[i + 1] - offsets[i]));
    return texts;
  }

  const Runtime& runtime_;
  Owned<onnx::Session> session_;
  std::vector<TensorInfo> inputs_;
  std::vector<TensorInfo> outputs_;
};

std::unique_ptr<Predictor> load(const std::filesystem::path& file, const std::string& name,
                                const World& world) {
  const auto& runtime = onnx::runtime(world);
  return in_context(fmt::format("loading '{}'", name),
                    [&] { return std::make_unique<OnnxPredictor>(file, name, runtime); });
}

EngineStatus status(const World& world) {
  EngineStatus state{.name = "onnxruntime", .version = {}, .library = {}, .hint = {}};
  try {
    const auto& runtime = onnx::runtime(world);
    state.version = runtime.version;
    state.library = runtime.library;
  } catch (const Error& error) {
    state.hint = error.hint();
  }
  return state;
}

const bool kRegistered =
    engines().add("onnx", {.extension = ".onnx", .load = load, .status = status});

}  // namespace
}  // namespace mlo::model
