#include "workspace/project_file.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "mlo/core/file.h"
#include "mlo/core/path.h"
#include "mlo/core/text.h"
#include "mlo/core/toml.h"
#include "mlo/data/checks.h"
#include "mlo/workspace/param_value.h"

namespace mlo::workspace {
namespace {

constexpr std::uint64_t kMaxProjectBytes = 4U << 20U;
constexpr int kMaxIncludes = 8;

/// One check: its name alone, or with `columns`, `label`, `against`, `limit` and `severity`,
/// and of `origins` with `sources` and `actors`.
DataCheckSpec read_data_check(const Yaml& kind, const Yaml* settings) {
  DataCheckSpec spec{.kind = kind.text()};
  try {
    data::table_check(spec.kind);
  } catch (const Error& error) {
    throw kind.error(error.message()).hint("{}", error.hint());
  }
  if (settings == nullptr || settings->is_null()) return spec;
  settings->only({"columns", "label", "against", "limit", "severity", "sources", "actors"});
  if (const auto* columns = settings->find("columns")) spec.columns = columns->texts();
  if (const auto* label = settings->find("label")) spec.label = label->text();
  if (const auto* against = settings->find("against")) spec.against = read_path(*against);
  for (const auto& [key, list] : {std::pair{"sources", &spec.sources}, {"actors", &spec.actors}}) {
    const auto* known = settings->find(key);
    if (known == nullptr) continue;
    if (spec.kind != "origins")
      throw known->error(fmt::format("'{}' belongs to the check 'origins'", key));
    *list = known->texts();
  }
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
    for (const auto& kind : node.sequence()) {
      if (kind.is_map())
        throw kind.error("a check in a list has a name and no settings")
            .hint("write a map: checks: {{duplicates: {{severity: warn}}, outliers: {{}}}}");
      checks.push_back(read_data_check(kind, nullptr));
    }
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

/// Options of an engine. Which there are is the engine's to say; here only that they are a map.
Json read_executor(const Yaml& node) {
  if (node.is_null()) return Json::object();
  static_cast<void>(node.map());
  return node.to_json();
}

Json read_params(const Yaml& node) {
  for (const auto& [name, value] : node.map()) read_name(name);
  return param_value(node);
}

void collect_names(const Json& params, const std::string& prefix, std::vector<std::string>& names) {
  for (const auto& [name, value] : params.as_object()) {
    names.push_back(prefix + name);
    if (value.is_object()) collect_names(value, prefix + name + ".", names);
  }
}

/// "line 4", with the file when it is another one.
std::string line_of(const StepSpec& step, const StepSpec& seen_from) {
  return step.source == seen_from.source ? fmt::format("line {}", step.line)
                                         : fmt::format("{}:{}", step.source, step.line);
}

/// Two steps must not write one path, and a step's params must be there.
void check_steps(const Project& project) {
  std::map<std::string, const StepSpec*> writers;
  std::map<std::string, const StepSpec*> names;
  for (const auto& step : project.steps) {
    const auto& place = step.place;
    if (const auto [twin, fresh] = names.emplace(step.name, &step); !fresh)
      throw Error(ErrorKind::bad_input, "{}: step '{}' is also in {}:{}", place, step.name,
                  twin->second->source, twin->second->line)
          .hint("give one of them another name");
    for (const auto& output : step.outputs) {
      // A step begins without its outputs: it would take the project away.
      if (output == "mlo.yaml" || output == "mlo.lock")
        throw Error(ErrorKind::bad_input,
                    "{}: '{}' is a file of the project, not an output of "
                    "step '{}'",
                    place, output, step.name)
            .hint("let the step write another file");
      const auto [twin, fresh] = writers.emplace(output, &step);
      if (!fresh)
        throw Error(ErrorKind::bad_input, "{}: step '{}' writes '{}', and so does step '{}' in {}",
                    place, step.name, output, twin->second->name, line_of(*twin->second, step));
    }
    for (const auto& param : step.params) {
      if (find_param(project.params, param) != nullptr) continue;
      const auto near = nearest(param, param_names(project.params));
      Error problem(ErrorKind::bad_input, "{}: step '{}' uses param '{}', which is not in params",
                    place, step.name, param);
      problem.hint("{}", near ? fmt::format("did you mean '{}'?", *near)
                              : fmt::format("add it: params: {{{}: …}}", param));
      throw problem;
    }
  }
}

/// A model is an output of its step, or lies in a folder that is one.
void check_output(const Yaml& path, const ModelSpec& model, const StepSpec& step) {
  const auto file = RepoPath::parse(model.path);
  const auto holds = [&](const auto& output) { return file.is_within(RepoPath::parse(output)); };
  if (std::ranges::any_of(step.outputs, holds)) return;
  auto problem = path.error(fmt::format("step '{}' does not write '{}'", step.name, model.path));
  if (step.outputs.empty()) throw problem.hint("add it to the step's out: [{}]", model.path);
  throw problem.hint("it writes: {}", join(step.outputs, ", "));
}

void check_models(const Yaml& models, const Project& project) {
  for (const auto& model : project.models) {
    if (model.from.empty()) continue;
    const auto& place = *models.find(model.name);
    if (const auto* step = project.find_step(model.from)) {
      check_output(*place.find("path"), model, *step);
      continue;
    }
    std::vector<std::string> known;
    for (const auto& step : project.steps) known.push_back(step.name);
    throw place.find("from")
        ->error(fmt::format("no step '{}' in the pipeline", model.from))
        .hint("steps: {}", known.empty() ? "none" : join(known, ", "));
  }
}

}  // namespace

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

namespace {

/// Reads `mlo.yaml` with what it includes.
class ProjectReader {
 public:
  explicit ProjectReader(const ReadProjectFile& read) : read_(read) {}

  Project read(std::string_view text, std::string source) {
    const auto document = Yaml::parse(text, std::move(source));
    document.only({"project", "params", "params_from", "include", "data", "pipeline", "search",
                   "models", "executors", "access"});
    Project project;
    if (const auto* name = document.find("project")) project.name = read_name(*name);
    read_part(document, 0);
    project.params = std::move(params_);
    if (const auto* executors = document.find("executors"))
      for (const auto& [kind, options] : executors->map())
        project.executors[read_name(kind)] = read_executor(options);
    if (const auto* data = document.find("data"))
      for (const auto& [path, node] : data->map()) project.data.push_back(read_data(path, node));
    if (std::ranges::any_of(steps_, has_blanks)) {
      project.steps = filled_steps(steps_, project.params);
      project.templates = std::move(steps_);
    } else {
      project.steps = std::move(steps_);
    }
    check_steps(project);
    if (const auto* access = document.find("access")) project.access = read_access(*access);
    if (const auto* searches = document.find("search"))
      for (const auto& [name, node] : searches->map())
        project.searches.push_back(read_search(name, node, project.params));
    if (const auto* models = document.find("models")) {
      for (const auto& [name, node] : models->map())
        project.models.push_back(read_model(name, node));
      check_models(*models, project);
    }
    return project;
  }

 private:
  /// What is nearer to the top counts: a file before those it includes, those before its params
  /// files.
  void read_part(const Yaml& document, int depth) {
    if (const auto* params = document.find("params"); params != nullptr && !params->is_null())
      add_params(read_params(*params));
    if (const auto* pipeline = document.find("pipeline"))
      for (const auto& [name, node] : pipeline->map())
        std::ranges::move(read_steps(name, node), std::back_inserter(steps_));
    if (const auto* included = document.find("include")) read_included(*included, depth);
    if (const auto* files = document.find("params_from"))
      for (const auto& file : nodes_of(*files)) add_params(params_in(file));
    else if (depth == 0)
      if (const auto text = read_("params.yaml"))
        add_params(read_params(Yaml::parse(*text, "params.yaml")));
  }

  void read_included(const Yaml& included, int depth) {
    for (const auto& file : nodes_of(included)) {
      const auto path = read_path(file);
      if (depth >= kMaxIncludes || !included_.insert(path).second)
        throw file.error(fmt::format("'{}' is included twice, or too deep", path));
      const auto part = Yaml::parse(text_of(file, path), path);
      part.only({"params", "params_from", "include", "pipeline"});
      read_part(part, depth + 1);
    }
  }

  static std::vector<Yaml> nodes_of(const Yaml& node) {
    return node.is_scalar() ? std::vector<Yaml>{node} : node.sequence();
  }

  std::string text_of(const Yaml& place, const std::string& path) {
    if (auto text = read_(path)) return std::move(*text);
    throw place.error(fmt::format("no file '{}'", path))
        .hint("paths begin at the folder of mlo.yaml");
  }

  Json params_in(const Yaml& file) {
    const auto path = read_path(file);
    const auto text = text_of(file, path);
    if (path.ends_with(".toml")) return checked_names(file, path, parse_toml(text, path));
    // JSON is YAML, and names its places as YAML does.
    if (path.ends_with(".yaml") || path.ends_with(".yml") || path.ends_with(".json"))
      return read_params(Yaml::parse(text, path));
    throw file.error(fmt::format("'{}' is no kind of params file", path))
        .hint("params_from takes .yaml, .json and .toml");
  }

  static Json checked_names(const Yaml& place, const std::string& path, Json params) {
    for (const auto& [name, value] : params.as_object())
      if (!is_name(name))
        throw place.error(fmt::format("'{}' of '{}' is no name of a param", printable(name), path));
    return params;
  }

  void add_params(const Json& params) {
    for (const auto& [name, value] : params.as_object())
      if (params_.find(name) == nullptr) params_.set(name, value);
  }

  const ReadProjectFile& read_;
  Json params_ = Json::object();
  std::vector<StepSpec> steps_;
  std::set<std::string> included_;
};

}  // namespace

Project parse_project(std::string_view text, std::string source) {
  return parse_project(text, std::move(source), [](const std::string&) { return std::nullopt; });
}

Project parse_project(std::string_view text, std::string source, const ReadProjectFile& read) {
  return ProjectReader(read).read(text, std::move(source));
}

Project read_project(const std::filesystem::path& root) {
  return read_project(root, root.filename().string());
}

Project read_project(const std::filesystem::path& root, const std::string& name) {
  std::vector<std::string> files;
  const auto read = [&](const std::string& path) -> std::optional<std::string> {
    files.push_back(path);
    const auto status = status_of(root / path);
    if (!status) return std::nullopt;
    // To open a named pipe would wait for whoever writes into it.
    if (status->type == FileStatus::Type::other)
      throw Error(ErrorKind::bad_input, "'{}' is no file", path).hint("move it away");
    return read_file(root / path, kMaxProjectBytes);
  };
  Project project;
  if (const auto text = read("mlo.yaml")) project = parse_project(*text, "mlo.yaml", read);
  if (project.name.empty()) project.name = name;
  project.files = std::move(files);
  return project;
}

}  // namespace mlo::workspace
