#include <cmath>
#include <string>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/json.h"
#include "mlo/core/yaml.h"
#include "mlo/run/train.h"

namespace mlo::run {
namespace {

constexpr std::uint64_t kMaxMetricBytes = 8ULL << 20U;

Json parse(const std::filesystem::path& file) {
  const auto text = read_file(file, kMaxMetricBytes);
  const auto extension = file.extension();
  if (extension == ".json") return Json::parse(text);
  if (extension == ".yaml" || extension == ".yml")
    return Yaml::parse(text, file.filename().string()).to_json();
  throw Error(ErrorKind::bad_input, "'{}' is no kind of metrics file", extension.string())
      .hint("write {{\"accuracy\": 0.9}} to a file that ends in .json or .yaml");
}

void flatten(const Json& value, const std::string& name, FileMetrics& metrics) {
  if (value.is_object()) {
    for (const auto& [key, inner] : value.as_object())
      flatten(inner, name.empty() ? key : fmt::format("{}.{}", name, key), metrics);
    return;
  }
  if (name.empty())
    throw Error(ErrorKind::bad_input, "metrics are names with numbers")
        .hint("write {{\"accuracy\": 0.9}}");
  if (!value.is_number()) {
    metrics.left_out.push_back(name);
    return;
  }
  if (!std::isfinite(value.as_number()))
    throw Error(ErrorKind::bad_input, "metric '{}' is no finite number", name);
  if (metrics.values.find(name) != nullptr)
    throw Error(ErrorKind::bad_input, "metric '{}' is there twice", name);
  metrics.values.set(name, value);
}

}  // namespace

FileMetrics read_metrics(const std::filesystem::path& file) {
  return in_context(fmt::format("reading metrics from '{}'", file.string()), [&] {
    FileMetrics metrics;
    flatten(parse(file), "", metrics);
    return metrics;
  });
}

}  // namespace mlo::run
