#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include <fmt/format.h>

#include "mlo/core/canonical_json.h"
#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/json.h"
#include "mlo/core/yaml.h"
#include "mlo/run/train.h"
#include "run/recorded.h"

namespace mlo::run {
namespace {

constexpr std::uint64_t kMaxMetricBytes = 8ULL << 20U;

/// JSON as Python writes it: NaN, Infinity and -Infinity, which JSON has none of, become texts.
std::string without_bare_words(std::string_view text) {
  constexpr std::array<std::string_view, 3> kWords{"NaN", "Infinity", "-Infinity"};
  std::string plain;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size();) {
    const auto rest = text.substr(i);
    const auto word =
        std::ranges::find_if(kWords, [&](auto known) { return rest.starts_with(known); });
    if (!quoted && word != kWords.end()) {
      plain += fmt::format("\"{}\"", *word);
      i += word->size();
      continue;
    }
    if (text[i] == '"') quoted = !quoted;
    // What is escaped, a quote among others, ends no text.
    const std::size_t taken = quoted && text[i] == '\\' ? 2 : 1;
    plain += rest.substr(0, taken);
    i += taken;
  }
  return plain;
}

Json parse(const std::filesystem::path& file) {
  const auto text = read_file(file, kMaxMetricBytes);
  const auto extension = file.extension();
  if (extension == ".json") return Json::parse(without_bare_words(text));
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
  // A loss that became NaN is no reason to throw the training away.
  if (!value.is_number() || !std::isfinite(value.as_number())) {
    metrics.left_out.push_back(name);
    return;
  }
  if (metrics.values.find(name) != nullptr)
    throw Error(ErrorKind::bad_input, "metric '{}' is there twice", name);
  metrics.values.set(name, as_metric(value));
}

}  // namespace

Json as_metric(const Json& number) {
  return canonical_integers(number).is_number() ? number : Json(number.as_number());
}

FileMetrics read_metrics(const std::filesystem::path& file) {
  return in_context(fmt::format("reading metrics from '{}'", file.string()), [&] {
    FileMetrics metrics;
    flatten(parse(file), "", metrics);
    return metrics;
  });
}

}  // namespace mlo::run
