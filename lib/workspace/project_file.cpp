#include "workspace/project_file.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "mlo/core/file.h"
#include "mlo/core/text.h"
#include "mlo/data/checks.h"

namespace mlo::workspace {
namespace {

constexpr std::uint64_t kMaxProjectBytes = 4U << 20U;

/// One check: its name alone, or with `columns`, `label`, `against`, `limit` and `severity`.
DataCheckSpec read_data_check(const Yaml& kind, const Yaml* settings) {
  try {
    data::table_check(kind.text());
  } catch (const Error& error) {
    throw kind.error(error.message()).hint("{}", error.hint());
  }
  DataCheckSpec spec{.kind = kind.text()};
  if (settings == nullptr || settings->is_null()) return spec;
  settings->only({"columns", "label", "against", "limit", "severity"});
  if (const auto* columns = settings->find("columns")) spec.columns = columns->texts();
  if (const auto* label = settings->find("label")) spec.label = label->text();
  if (const auto* against = settings->find("against")) spec.against = read_path(*against);
  if (const auto* limit = settings->find("limit")) spec.limit = limit->number();
  if (const auto* severity = settings->find("severity")) {
    spec.severity = severity->text();
    if (spec.severity != "error" && spec.severity != "warn")
      throw severity->error(fmt::format("severity '{}' is neither error nor warn", *spec.severity));
  }
  const auto& check = data::table_check(spec.kind);
  if (check.needs_label && spec.label.empty())
    throw kind.error(fmt::format("check '{}' needs the name of the label", spec.kind))
        .hint("add `label: COLUMN` to it");
  if (check.needs_other && spec.against.empty())
    throw kind.error(fmt::format("check '{}' compares two tables", spec.kind))
        .hint("add `against: FILE` to it");
  return spec;
}

std::vector<DataCheckSpec> read_data_checks(const Yaml& node) {
  std::vector<DataCheckSpec> checks;
  if (node.is_map()) {
    for (const auto& [kind, settings] : node.map())
      checks.push_back(read_data_check(kind, &settings));
  } else {
    for (const auto& kind : node.sequence()) checks.push_back(read_data_check(kind, nullptr));
  }
  return checks;
}

DataSpec read_data(const Yaml& path, const Yaml& node) {
  DataSpec spec{.path = read_path(path), .schema = {}, .source = {}, .license = {}};
  if (node.is_null()) return spec;
  node.only({"schema", "source", "license", "checks"});
  if (const auto* schema = node.find("schema")) spec.schema = read_path(*schema);
  if (const auto* source = node.find("source")) spec.source = source->text();
  if (const auto* license = node.find("license")) spec.license = license->text();
  if (const auto* checks = node.find("checks")) spec.checks = read_data_checks(*checks);
  return spec;
}

Json read_params(const Yaml& node) {
  for (const auto& [name, value] : node.map()) read_name(name);
  return node.to_json();
}

void collect_names(const Json& params, const std::string& prefix, std::vector<std::string>& names) {
  for (const auto& [name, value] : params.as_object()) {
    names.push_back(prefix + name);
    if (value.is_object()) collect_names(value, prefix + name + ".", names);
  }
}

/// Two steps must not write one path, and a step's params must be there.
void check_steps(const Yaml& pipeline, const Project& project) {
  std::map<std::string, const StepSpec*> writers;
  for (const auto& step : project.steps) {
    const auto& place = *pipeline.find(step.name);
    for (const auto& output : step.outputs) {
      const auto [twin, fresh] = writers.emplace(output, &step);
      if (!fresh)
        throw place.error(fmt::format("step '{}' writes '{}', and so does step '{}' in line {}",
                                      step.name, output, twin->second->name, twin->second->line));
    }
    for (const auto& param : step.params) {
      if (find_param(project.params, param) != nullptr) continue;
      const auto near = nearest(param, param_names(project.params));
      auto problem = place.error(
          fmt::format("step '{}' uses param '{}', which is not in params", step.name, param));
      problem.hint("{}", near ? fmt::format("did you mean '{}'?", *near)
                              : fmt::format("add it: params: {{{}: …}}", param));
      throw problem;
    }
  }
}

void check_models(const Yaml& models, const Project& project) {
  for (const auto& model : project.models) {
    const auto& place = *models.find(model.name);
    if (!model.from.empty() && project.find_step(model.from) == nullptr) {
      std::vector<std::string> known;
      for (const auto& step : project.steps) known.push_back(step.name);
      throw place.find("from")
          ->error(fmt::format("no step '{}' in the pipeline", model.from))
          .hint("steps: {}", known.empty() ? "none" : join(known, ", "));
    }
  }
}

}  // namespace

StepSpec read_step(const Yaml& name, const Yaml& node) {
  node.only({"run", "in", "out", "metrics", "params"});
  StepSpec step;
  step.name = read_name(name);
  step.line = name.line;
  const auto* run = node.find("run");
  if (run == nullptr)
    throw name.error(fmt::format("step '{}' has no 'run'", step.name))
        .hint("add the command: run: python {}.py", step.name);
  step.run = run->text();
  const auto paths = [&](std::string_view key) {
    std::vector<std::string> all;
    const auto* list = node.find(key);
    if (list == nullptr) return all;
    if (list->is_scalar()) return std::vector<std::string>{read_path(*list)};
    for (const auto& item : list->sequence()) all.push_back(read_path(item));
    return all;
  };
  step.inputs = paths("in");
  step.outputs = paths("out");
  step.metrics = paths("metrics");
  for (const auto& metric : step.metrics) step.outputs.push_back(metric);
  if (const auto* params = node.find("params")) step.params = params->texts();
  return step;
}

const ModelSpec* Project::find_model(std::string_view model) const {
  const auto found = std::ranges::find(models, model, &ModelSpec::name);
  return found == models.end() ? nullptr : &*found;
}

const ModelSpec& Project::model(std::string_view model) const {
  if (const auto* found = find_model(model)) return *found;
  std::vector<std::string> known;
  for (const auto& spec : models) known.push_back(spec.name);
  throw Error(ErrorKind::not_found, "no model '{}' in mlo.yaml", model)
      .hint("known models: {}", known.empty() ? "none" : join(known, ", "));
}

const StepSpec* Project::find_step(std::string_view step) const {
  const auto found = std::ranges::find(steps, step, &StepSpec::name);
  return found == steps.end() ? nullptr : &*found;
}

const DataSpec* Project::find_data(std::string_view path) const {
  const auto found = std::ranges::find(data, path, &DataSpec::path);
  return found == data.end() ? nullptr : &*found;
}

const Json* find_param(const Json& params, std::string_view name) {
  if (const auto* whole = params.find(name)) return whole;
  const auto dot = name.find('.');
  if (dot == std::string_view::npos) return nullptr;
  const auto* group = params.find(name.substr(0, dot));
  return group == nullptr || !group->is_object() ? nullptr
                                                 : find_param(*group, name.substr(dot + 1));
}

std::vector<std::string> param_names(const Json& params) {
  std::vector<std::string> names;
  collect_names(params, "", names);
  return names;
}

Project parse_project(std::string_view text, std::string source) {
  const auto document = Yaml::parse(text, std::move(source));
  document.only({"project", "params", "data", "pipeline", "models"});
  Project project;
  if (const auto* name = document.find("project")) project.name = read_name(*name);
  if (const auto* params = document.find("params"); params != nullptr && !params->is_null())
    project.params = read_params(*params);
  if (const auto* data = document.find("data"))
    for (const auto& [path, node] : data->map()) project.data.push_back(read_data(path, node));
  if (const auto* pipeline = document.find("pipeline")) {
    for (const auto& [name, node] : pipeline->map()) project.steps.push_back(read_step(name, node));
    check_steps(*pipeline, project);
  }
  if (const auto* models = document.find("models")) {
    for (const auto& [name, node] : models->map()) project.models.push_back(read_model(name, node));
    check_models(*models, project);
  }
  return project;
}

Project read_project(const std::filesystem::path& root) {
  const auto file = root / "mlo.yaml";
  Project project;
  if (status_of(file)) project = parse_project(read_file(file, kMaxProjectBytes), "mlo.yaml");
  if (project.name.empty()) project.name = root.filename().string();
  return project;
}

}  // namespace mlo::workspace
