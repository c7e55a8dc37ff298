#include "model/engines/onnx_runtime.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/text.h"

namespace mlo::model::onnx {
namespace fs = std::filesystem;
namespace {

constexpr std::uint32_t kApiVersion = 17;
constexpr int kLogErrors = 3;

struct ApiBase {
  const void* (*get_api)(std::uint32_t version);
  const char* (*version)();
};

template <typename Function>
void slot(Function& target, const void* const* table, std::size_t number) {
  target = reinterpret_cast<Function>(const_cast<void*>(
      table[number]));  // NOLINT(cppcoreguidelines-pro-type-const-cast): a table of functions
}

Api read_table(const void* const* table) {
  Api api{};
  slot(api.get_error_message, table, 2);
  slot(api.create_env, table, 3);
  slot(api.create_session, table, 7);
  slot(api.run, table, 9);
  slot(api.create_session_options, table, 10);
  slot(api.set_log_severity, table, 22);
  slot(api.set_intra_op_threads, table, 24);
  slot(api.input_count, table, 30);
  slot(api.output_count, table, 31);
  slot(api.input_type, table, 33);
  slot(api.output_type, table, 34);
  slot(api.input_name, table, 36);
  slot(api.output_name, table, 37);
  slot(api.create_tensor, table, 48);
  slot(api.tensor_data, table, 51);
  slot(api.fill_strings, table, 52);
  slot(api.strings_length, table, 53);
  slot(api.strings_content, table, 54);
  slot(api.as_tensor, table, 55);
  slot(api.type_kind, table, 56);
  slot(api.element_type, table, 60);
  slot(api.dimension_count, table, 61);
  slot(api.dimensions, table, 62);
  slot(api.value_tensor, table, 65);
  slot(api.value_kind, table, 67);
  slot(api.allocator_free, table, 76);
  slot(api.default_allocator, table, 78);
  slot(api.release_status, table, 93);
  slot(api.release_session, table, 95);
  slot(api.release_value, table, 96);
  slot(api.release_type, table, 98);
  slot(api.release_tensor, table, 99);
  slot(api.release_options, table, 100);
  return api;
}

/// Libraries of the wheel in `environment`/lib/python3*/site-packages.
void add_wheels(std::vector<std::string>& found, const fs::path& environment) {
  for (const auto* lib : {"lib", "lib64"})
    for (const auto& python : folder_entries(environment / lib)) {
      if (!python.filename().string().starts_with("python3")) continue;
      for (const auto* packages : {"site-packages", "dist-packages"})
        for (const auto& file : folder_entries(python / packages / "onnxruntime" / "capi"))
          if (file.filename().string().starts_with("libonnxruntime.so"))
            found.push_back(file.string());
    }
}

Runtime open_runtime(const World& world) {
  auto names = candidates(world);
  Runtime opened;
  try {
    const SharedLibrary library(names);
    opened.library = library.name();
    const auto* base = library.symbol<const ApiBase*()>("OrtGetApiBase")();
    opened.version = base->version();
    const auto* table = static_cast<const void* const*>(base->get_api(kApiVersion));
    if (table == nullptr)
      throw Error(ErrorKind::unavailable, "ONNX Runtime {} of '{}' is older than 1.17",
                  opened.version, opened.library);
    opened.api = read_table(table);
    opened.check(opened.api.create_env(kLogErrors, "mlo", &opened.env), "start");
    opened.check(opened.api.default_allocator(&opened.allocator), "start");
  } catch (Error& error) {
    error.hint("pip install onnxruntime, or set MLO_ONNXRUNTIME to the path of libonnxruntime.so");
    throw;
  }
  return opened;
}

}  // namespace

void Runtime::check(Status* status, const char* what) const {
  if (status == nullptr) return;
  const std::string reason = api.get_error_message(status);
  api.release_status(status);
  throw Error(ErrorKind::bad_input, "ONNX Runtime cannot {}: {}", what, reason);
}

std::vector<std::string> candidates(const World& world) {
  if (const auto chosen = world.environment("MLO_ONNXRUNTIME"); chosen && !chosen->empty())
    return {*chosen};
  std::vector<std::string> found;
  if (const auto active = world.environment("VIRTUAL_ENV")) add_wheels(found, *active);
  for (const auto& folder : split(world.environment("PATH").value_or(""), ':')) {
    const fs::path bin(folder);
    std::error_code ignored;
    if (folder.empty() ||
        !(fs::exists(bin / "python3", ignored) || fs::exists(bin / "python", ignored)))
      continue;
    add_wheels(found, bin.parent_path());
    // A virtual environment may see the packages of the Python it was made from.
    const auto real = fs::canonical(bin / "python3", ignored);
    if (!ignored) add_wheels(found, real.parent_path().parent_path());
  }
  for (const auto* prefix : {"/usr/local", "/usr"}) add_wheels(found, prefix);
  found.insert(found.end(), {"libonnxruntime.so.1", "libonnxruntime.so"});
  return found;
}

const Runtime& runtime(const World& world) {
  static const Runtime kRuntime = open_runtime(world);
  return kRuntime;
}

}  // namespace mlo::model::onnx
