#include <algorithm>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/text.h"
#include "mlo/core/yaml.h"
#include "run/import/foreign_run.h"

namespace mlo::run {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kMaxFile = 64ULL << 20U;

/// {"train": {"lr": 0.1}} as train.lr = 0.1
void flatten(const Json& value, const std::string& name,
             std::vector<std::pair<std::string, std::string>>& all) {
  if (!value.is_object()) {
    all.emplace_back(name, value.is_string() ? value.as_string() : value.dump());
    return;
  }
  for (const auto& [key, inner] : value.as_object())
    flatten(inner, name.empty() ? key : fmt::format("{}.{}", name, key), all);
}

void add_param(Logged& facts, const std::string& name, const std::string& value) {
  const auto same = [&](const auto& param) { return param.first == name; };
  if (std::ranges::none_of(facts.params, same)) facts.params.emplace_back(name, value);
}

/// params and commands of every stage, as dvc.lock froze them.
void read_lock(const fs::path& file, ForeignRun& run) {
  const auto lock = Yaml::parse(read_file(file, kMaxFile), file.string());
  const auto* stages = lock.find("stages");
  if (stages == nullptr || !stages->is_map()) throw lock.error("expected 'stages'");
  for (const auto& [name, stage] : stages->map()) {
    if (const auto* command = stage.find("cmd"))
      run.facts.tags.emplace_back("dvc.cmd." + name.text(), command->is_scalar()
                                                                ? command->text()
                                                                : command->to_json().dump());
    const auto* params = stage.find("params");
    if (params == nullptr || !params->is_map()) continue;
    for (const auto& [source, values] : params->map()) {
      std::vector<std::pair<std::string, std::string>> flat;
      flatten(values.to_json(), "", flat);
      for (const auto& [key, value] : flat) add_param(run.facts, key, value);
    }
  }
}

/// plots/metrics/train/acc.tsv: columns step, timestamp where there is one, and the metric.
void read_series(const fs::path& file, const std::string& key, Timestamp written, ForeignRun& run) {
  std::vector<std::string> header;
  const auto place = [&](std::string_view name) {
    return static_cast<std::size_t>(std::ranges::find(header, name) - header.begin());
  };
  each_line(file, kMaxFile, [&](const std::string& line, std::size_t number) {
    const auto cells = split(trim(line), '\t');
    if (number == 1) {
      header = cells;
      return;
    }
    if (cells.size() != header.size()) return;
    MetricPoint point{.key = key, .value = parse_value(cells.back()), .at = written};
    if (const auto step = place("step"); step < cells.size()) point.step = parse_step(cells[step]);
    if (const auto at = place("timestamp"); at < cells.size())
      point.at = time_from_milliseconds(cells[at]);
    run.facts.metrics.push_back(std::move(point));
  });
}

void read_live(const fs::path& folder, Timestamp written, const Reach& reach, ForeignRun& run) {
  for (const auto* part : {"plots", "metrics.json", "params.yaml"}) reach.check(folder / part);
  const auto series = folder / "plots" / "metrics";
  std::error_code problem;
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(series, problem))
    if (entry.is_regular_file() && entry.path().extension() == ".tsv" && reach.holds(entry.path()))
      files.push_back(entry.path());
  std::ranges::sort(files);
  for (const auto& file : files) {
    const auto key = file.lexically_relative(series).replace_extension().generic_string();
    read_series(file, key, written, run);
  }
  const auto newest = folder / "metrics.json";
  if (fs::exists(newest)) {
    std::vector<std::pair<std::string, std::string>> flat;
    flatten(Json::parse(read_file(newest, kMaxFile)), "", flat);
    for (const auto& [name, text] : flat) {
      if (name == "step") continue;
      auto key = name;
      std::ranges::replace(key, '.', '/');
      const auto known = [&](const MetricPoint& point) { return point.key == key; };
      if (std::ranges::none_of(run.facts.metrics, known))
        run.facts.metrics.push_back({.key = name, .value = parse_value(text), .at = written});
    }
  }
  const auto params = folder / "params.yaml";
  if (fs::exists(params)) {
    std::vector<std::pair<std::string, std::string>> flat;
    flatten(Yaml::parse(read_file(params, kMaxFile), params.string()).to_json(), "", flat);
    for (const auto& [key, value] : flat) add_param(run.facts, key, value);
  }
  take_artifacts(folder / "artifacts", reach, run);
}

Timestamp time_of(const fs::path& file) {
  const auto status = status_of(file);
  return {status ? status->modified_ns / 1000 : 0};
}

}  // namespace

void read_dvc(const fs::path& folder, const Intake& intake) {
  const auto lock = folder / "dvc.lock";
  const auto live = fs::exists(folder / "dvclive") ? folder / "dvclive" : folder;
  ForeignRun run{.experiment = "dvc", .name = fs::absolute(folder).filename().string()};
  for (const auto& place : {lock, live}) intake.reach.check(place);
  run.started_at = time_of(fs::exists(lock) ? lock : live);
  run.finished_at = run.started_at;
  if (fs::exists(lock)) read_lock(lock, run);
  if (fs::exists(live / "metrics.json") || fs::exists(live / "plots"))
    read_live(live, run.started_at, intake.reach, run);
  check_texts(run);
  // The same state is the same run, so that taking it in twice is no second one.
  std::string facts;
  for (const auto& [key, value] : run.facts.params) facts += fmt::format("{}={}\n", key, value);
  for (const auto& [key, value] : run.facts.tags) facts += fmt::format("{}={}\n", key, value);
  for (const auto& point : run.facts.metrics)
    facts += fmt::format("{} {} {}\n", point.key, point.step, number_text(point.value));
  run.id = Digest::of(facts).hex().substr(0, 32);
  intake.take(run);
}

}  // namespace mlo::run
