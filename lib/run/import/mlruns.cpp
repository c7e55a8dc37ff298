#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/text.h"
#include "mlo/core/yaml.h"
#include "run/import/foreign_run.h"

namespace mlo::run {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kMaxFile = 256ULL << 20U;

Yaml read_meta(const fs::path& file) {
  return Yaml::parse(read_file(file, 1U << 20U), file.string());
}

std::string text_or(const Yaml& meta, std::string_view key, std::string_view fallback) {
  const auto* value = meta.find(key);
  return value == nullptr || value->is_null() ? std::string(fallback) : value->text();
}

Timestamp time_or(const Yaml& meta, std::string_view key, Timestamp fallback) {
  const auto* value = meta.find(key);
  return value == nullptr || value->is_null() ? fallback : Timestamp{value->integer() * 1000};
}

/// Old versions wrote the number of a status.
std::string status_of_meta(const Yaml& meta) {
  const auto text = text_or(meta, "status", "FINISHED");
  constexpr std::array<std::string_view, 5> kByNumber{"running", "scheduled", "finished", "failed",
                                                      "interrupted"};
  if (text.size() == 1 && text[0] >= '1' && text[0] <= '5')
    return std::string(kByNumber[static_cast<std::size_t>(text[0] - '1')]);
  return status_from_client(text).value_or("finished");
}

/// Names may hold '/', and are then folders.
std::vector<std::pair<std::string, fs::path>> files_below(const fs::path& folder) {
  std::vector<std::pair<std::string, fs::path>> files;
  std::error_code problem;
  for (const auto& entry : fs::recursive_directory_iterator(folder, problem))
    if (entry.is_regular_file() && !entry.is_symlink())
      files.emplace_back(entry.path().lexically_relative(folder).generic_string(), entry.path());
  std::ranges::sort(files);
  return files;
}

std::string without_newline(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

void read_facts(const fs::path& folder, ForeignRun& run) {
  for (const auto& [key, file] : files_below(folder / "params"))
    run.facts.params.emplace_back(key, without_newline(read_file(file, kMaxFile)));
  for (const auto& [key, file] : files_below(folder / "tags"))
    run.facts.tags.emplace_back(key, without_newline(read_file(file, kMaxFile)));
  for (const auto& metric : files_below(folder / "metrics")) {
    const auto& key = metric.first;
    const auto& file = metric.second;
    const auto text = read_file(file, kMaxFile);
    in_context("reading '" + file.string() + "'", [&] {
      for (const auto& line : split(text, '\n'))
        if (!line.empty()) run.facts.metrics.push_back(parse_metric_line(line, key));
    });
  }
}

ForeignRun read_run(const fs::path& folder, const std::string& experiment) {
  const auto meta = read_meta(folder / "meta.yaml");
  ForeignRun run{.id = text_or(meta, "run_id", text_or(meta, "run_uuid", "")),
                 .experiment = experiment,
                 .name = text_or(meta, "run_name", ""),
                 .user = text_or(meta, "user_id", ""),
                 .status = status_of_meta(meta),
                 .started_at = time_or(meta, "start_time", {}),
                 .deleted = text_or(meta, "lifecycle_stage", "active") == "deleted"};
  run.finished_at = time_or(meta, "end_time", run.started_at);
  if (run.id.empty()) run.id = folder.filename().string();
  read_facts(folder, run);
  if (fs::is_directory(folder / "artifacts")) run.artifacts = folder / "artifacts";
  return run;
}

}  // namespace

double parse_value(std::string_view text) {
  if (text == "nan" || text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "inf" || text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-inf" || text == "-Infinity") return -std::numeric_limits<double>::infinity();
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || problem != std::errc() || end != text.data() + text.size())
    throw Error(ErrorKind::bad_input, "'{}' is no number", printable(text.substr(0, 60)));
  return value;
}

MetricPoint parse_metric_line(std::string_view line, const std::string& key) {
  const auto parts = split(trim(line), ' ');
  if (parts.size() < 2 || parts.size() > 5)
    throw Error(ErrorKind::bad_input, "'{}' is no point: time, value, step",
                printable(line.substr(0, 60)));
  MetricPoint point{.key = key, .value = parse_value(parts[1])};
  point.at = {static_cast<std::int64_t>(parse_value(parts[0])) * 1000};
  if (parts.size() > 2) point.step = static_cast<std::int64_t>(parse_value(parts[2]));
  return point;
}

void read_mlruns(const fs::path& folder, const TakeRun& take) {
  for (const auto& experiment : folder_entries(folder)) {
    const auto meta_file = experiment / "meta.yaml";
    if (experiment.filename() == ".trash" || !fs::exists(meta_file)) continue;
    const auto name = text_or(read_meta(meta_file), "name", experiment.filename().string());
    std::vector<ForeignRun> runs;
    for (const auto& run : folder_entries(experiment))
      if (fs::exists(run / "meta.yaml") && fs::is_directory(run / "metrics"))
        runs.push_back(read_run(run, name));
    std::ranges::sort(runs, {}, &ForeignRun::started_at);
    for (auto& run : runs) take(std::move(run));
  }
}

}  // namespace mlo::run
