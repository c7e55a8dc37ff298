#include <algorithm>
#include <array>

#include <fmt/format.h>

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
  if (value == nullptr || value->is_null()) return fallback;
  const auto milliseconds = value->integer();
  try {
    return time_from_milliseconds(milliseconds);
  } catch (const Error& error) {
    throw value->error(fmt::format("{}: {}", key, error.message()));
  }
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
    each_line(metric.second, kMaxFile, [&](const std::string& line, std::size_t) {
      if (!line.empty()) run.facts.metrics.push_back(parse_metric_line(line, metric.first));
    });
  }
}

ForeignRun read_run(const fs::path& folder, const std::string& experiment, const Reach& reach) {
  for (const auto* part : {"meta.yaml", "params", "tags", "metrics"}) reach.check(folder / part);
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
  take_artifacts(folder / "artifacts", reach, run);
  return run;
}

}  // namespace

void read_mlruns(const fs::path& folder, const Intake& intake) {
  for (const auto& experiment : folder_entries(folder)) {
    const auto meta_file = experiment / "meta.yaml";
    if (experiment.filename() == ".trash" || !fs::exists(meta_file)) continue;
    intake.reach.check(meta_file);
    const auto name = text_or(read_meta(meta_file), "name", experiment.filename().string());
    std::vector<ForeignRun> runs;
    for (const auto& run : folder_entries(experiment))
      if (fs::exists(run / "meta.yaml") && fs::is_directory(run / "metrics"))
        if (auto read = try_to_read(intake, run.filename().string(),
                                    [&] { return read_run(run, name, intake.reach); }))
          runs.push_back(std::move(*read));
    std::ranges::sort(runs, {}, &ForeignRun::started_at);
    for (const auto& run : runs) intake.take(run);
  }
}

}  // namespace mlo::run
