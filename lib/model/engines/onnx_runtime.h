#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "mlo/core/process.h"
#include "mlo/core/world.h"

// The part of ONNX Runtime's C interface that we call. Its function table is append-only: a slot
// keeps its number and its signature for ever, so we declare only the slots that we use, by number
// (onnxruntime_c_api.h, API version 17; numbers checked against the crate ort-sys). No header
// needed, and any ONNX Runtime from 1.17 on serves.

namespace mlo::model::onnx {

struct Status;
struct Env;
struct Session;
struct SessionOptions;
struct Value;
struct TypeInfo;
struct TensorInfo;  // OrtTensorTypeAndShapeInfo
struct MemoryInfo;
struct Allocator;

enum class ElementType : int {
  float32 = 1,
  int32 = 6,
  int64 = 7,
  string = 8,
  boolean = 9,
  float64 = 11
};
constexpr int kTensor = 1;  // ONNX_TYPE_TENSOR

template <typename... Arguments>
using Call = Status* (*)(Arguments...);
template <typename T>
using Release = void (*)(T*);

/// The functions by their slots.
struct Api {
  const char* (*get_error_message)(const Status*);
  Call<int, const char*, Env**> create_env;
  Call<const Env*, const char*, const SessionOptions*, Session**> create_session;
  Call<Session*, const void*, const char* const*, const Value* const*, std::size_t,
       const char* const*, std::size_t, Value**>
      run;
  Call<SessionOptions**> create_session_options;
  Call<SessionOptions*, int> set_log_severity;
  Call<SessionOptions*, int> set_intra_op_threads;
  Call<const Session*, std::size_t*> input_count;
  Call<const Session*, std::size_t*> output_count;
  Call<const Session*, std::size_t, TypeInfo**> input_type;
  Call<const Session*, std::size_t, TypeInfo**> output_type;
  Call<const Session*, std::size_t, Allocator*, char**> input_name;
  Call<const Session*, std::size_t, Allocator*, char**> output_name;
  Call<Allocator*, const std::int64_t*, std::size_t, int, Value**> create_tensor;
  Call<Value*, void**> tensor_data;
  Call<Value*, const char* const*, std::size_t> fill_strings;
  Call<const Value*, std::size_t*> strings_length;
  Call<const Value*, void*, std::size_t, std::size_t*, std::size_t> strings_content;
  Call<const TypeInfo*, const TensorInfo**> as_tensor;
  Call<const TypeInfo*, int*> type_kind;
  Call<const TensorInfo*, int*> element_type;
  Call<const TensorInfo*, std::size_t*> dimension_count;
  Call<const TensorInfo*, std::int64_t*, std::size_t> dimensions;
  Call<const Value*, TensorInfo**> value_tensor;
  Call<const Value*, int*> value_kind;
  Call<Allocator*, void*> allocator_free;
  Call<Allocator**> default_allocator;
  Release<Status> release_status;
  Release<Session> release_session;
  Release<Value> release_value;
  Release<TypeInfo> release_type;
  Release<TensorInfo> release_tensor;
  Release<SessionOptions> release_options;
};

/// An opened ONNX Runtime: one a process, never closed.
struct Runtime {
  std::string library;
  std::string version;
  Api api{};
  Env* env = nullptr;
  Allocator* allocator = nullptr;

  /// Throws bad_input with the runtime's own words when `status` is a failure.
  void check(Status* status, const char* what) const;
};

/// Opens the library on the first call. Throws unavailable with the way to get it.
const Runtime& runtime(const World& world);
/// Files that may be the library, best first: MLO_ONNXRUNTIME, the Python environments in use, the
/// system's folders.
std::vector<std::string> candidates(const World& world);

}  // namespace mlo::model::onnx
