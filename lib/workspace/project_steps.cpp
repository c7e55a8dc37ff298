#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "mlo/core/path.h"
#include "mlo/core/text.h"
#include "workspace/project_file.h"

namespace mlo::workspace {
namespace {

constexpr std::int64_t kMaxRetries = 100;
constexpr std::int64_t kMaxCount = 100'000;
constexpr std::uint64_t kLeastMemory = 1'000'000;
constexpr int kMaxGrowth = 10;
constexpr std::size_t kMaxCopies = 10'000;
constexpr std::string_view kOpening = "${";

bool has_blank(std::string_view text) {
  return text.find(kOpening) != std::string_view::npos;
}

/// A path with blanks is checked when they are filled in.
std::string read_template_path(const Yaml& node) {
  return has_blank(node.text()) ? node.text() : read_path(node);
}

std::vector<std::string> read_paths(const Yaml* node) {
  std::vector<std::string> paths;
  if (node == nullptr) return paths;
  if (node->is_scalar()) return {read_template_path(*node)};
  for (const auto& item : node->sequence()) paths.push_back(read_template_path(item));
  return paths;
}

std::map<std::string, std::string> read_environment(const Yaml& node) {
  std::map<std::string, std::string> environment;
  for (const auto& [name, value] : node.map()) {
    const auto& text = name.text();
    const bool plain = std::ranges::all_of(text, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    });
    if (text.empty() || !plain || (text.front() >= '0' && text.front() <= '9'))
      throw name.error(fmt::format("'{}' is no name for a variable", printable(text)))
          .hint("use letters, digits and '_', as in CUDA_VISIBLE_DEVICES");
    environment[text] = value.text();
  }
  return environment;
}

int read_count(const Yaml& node, std::string_view what) {
  if (node.integer() < 1 || node.integer() > kMaxCount)
    throw node.error(fmt::format("{} is a number from 1 to {}", what, kMaxCount));
  return static_cast<int>(node.integer());
}

ResourceSpec read_resources(const Yaml& node) {
  node.only({"cpus", "gpus", "memory", "cpu_time", "growth"});
  ResourceSpec resources;
  if (const auto* cpus = node.find("cpus")) resources.cpus = read_count(*cpus, "cpus");
  if (const auto* gpus = node.find("gpus")) resources.gpus = read_count(*gpus, "gpus");
  if (const auto* memory = node.find("memory")) {
    resources.memory_bytes = read_size(*memory);
    if (resources.memory_bytes < kLeastMemory)
      throw memory->error("memory is 1 MB or more").hint("memory: 2 GB");
  }
  if (const auto* time = node.find("cpu_time")) {
    resources.cpu_seconds = read_seconds(*time);
    if (resources.cpu_seconds < 1)
      throw time->error("cpu_time is a second or more").hint("cpu_time: 10m");
  }
  if (const auto* growth = node.find("growth")) {
    resources.growth = growth->number();
    if (!(resources.growth >= 1 && resources.growth <= kMaxGrowth))
      throw growth->error(fmt::format("growth is a factor from 1 to {}", kMaxGrowth))
          .hint("growth: 2  doubles memory and cpu_time after an attempt that went over them");
  }
  return resources;
}

void read_conduct(const Yaml& node, StepSpec& step) {
  if (const auto* environment = node.find("env")) step.environment = read_environment(*environment);
  if (const auto* shell = node.find("shell")) step.shell = shell->text();
  if (const auto* folder = node.find("cwd")) step.folder = read_template_path(*folder);
  if (const auto* timeout = node.find("timeout")) {
    step.timeout_seconds = read_seconds(*timeout);
    if (step.timeout_seconds < 1)
      throw timeout->error("a timeout is a second or more").hint("timeout: 10m");
  }
  if (const auto* retry = node.find("retry")) {
    if (retry->integer() < 0 || retry->integer() > kMaxRetries)
      throw retry->error(fmt::format("retry is a number from 0 to {}", kMaxRetries));
    step.retries = static_cast<int>(retry->integer());
  }
  if (const auto* resources = node.find("resources")) step.resources = read_resources(*resources);
  if (const auto* executor = node.find("executor")) step.executor = read_name(*executor);
  if (const auto* frozen = node.find("frozen")) step.frozen = frozen->boolean();
  if (const auto* always = node.find("always")) step.always = always->boolean();
  if (step.frozen && step.always)
    throw node.find("always")->error(
        fmt::format("step '{}' is frozen and always runs: it cannot be both", step.name));
}

using Values = std::map<std::string, std::string>;

std::string text_of(const Json& value) {
  return value.is_string() ? value.as_string() : value.dump();
}

/// What `${item}`, or `${item.lr}`, stands for.
void add_item(Values& values, const Json& item) {
  if (!item.is_object()) {
    values["item"] = text_of(item);
    return;
  }
  for (const auto& [name, value] : item.as_object()) values["item." + name] = text_of(value);
}

/// What the copies of a step differ in: a name's ending, and values.
using Copies = std::vector<std::pair<std::string, Values>>;

Copies copies_of_matrix(const Yaml& matrix) {
  Copies copies{{"", {}}};
  for (const auto& [name, values] : matrix.map()) {
    read_name(name);
    Copies longer;
    if (values.sequence().empty())
      throw values.error(fmt::format("'{}' has no values", name.scalar));
    if (copies.size() * values.items.size() > kMaxCopies)
      throw matrix.error(fmt::format("the matrix makes more than {} steps", kMaxCopies));
    for (const auto& [ending, before] : copies)
      for (const auto& value : values.items) {
        auto& [next, all] = longer.emplace_back(ending, before);
        next += (next.empty() ? "" : "-") + text_of(value.to_json());
        all["item." + name.scalar] = text_of(value.to_json());
      }
    copies = std::move(longer);
  }
  return copies;
}

Copies copies_of_list(const Yaml& list) {
  Copies copies;
  if (list.is_map()) {
    for (const auto& [key, item] : list.map()) {
      auto& [ending, values] = copies.emplace_back(key.text(), Values{{"key", key.text()}});
      add_item(values, item.to_json());
    }
    return copies;
  }
  for (const auto& item : list.sequence()) {
    const auto json = item.to_json();
    auto& [ending, values] = copies.emplace_back(
        json.is_object() ? fmt::format("{}", copies.size()) : text_of(json), Values{});
    add_item(values, json);
  }
  if (copies.size() > kMaxCopies)
    throw list.error(fmt::format("foreach makes more than {} steps", kMaxCopies));
  return copies;
}

/// An ending is part of a step's name, and that becomes a file's.
std::string fit_for_name(std::string text) {
  std::ranges::replace_if(
      text,
      [](char c) {
        return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 c == '.' || c == '_' || c == '-');
      },
      '_');
  return text;
}

/// Replaces blanks of a step by the values of params and of its copy.
class Filling {
 public:
  Filling(StepSpec& step, const Json& params) : step_(step), params_(params) {}

  void fill() {
    // A shell has names of its own, but hardly one that begins as those of copies do.
    step_.run = filled(step_.run, Unknown::stays);
    for (auto* paths : {&step_.inputs, &step_.outputs, &step_.metrics, &step_.plots})
      for (auto& path : *paths)
        if (has_blank(path)) path = RepoPath::parse(filled(path, Unknown::refused)).text();
    for (auto& [name, value] : step_.environment) value = filled(value, Unknown::refused);
    step_.shell = filled(step_.shell, Unknown::refused);
    if (has_blank(step_.folder))
      step_.folder = RepoPath::parse(filled(step_.folder, Unknown::refused)).text();
  }

 private:
  enum class Unknown { stays, refused };

  std::optional<std::string> value_of(const std::string& name) {
    if (const auto found = step_.values.find(name); found != step_.values.end())
      return found->second;
    const auto* param = find_param(params_, name);
    if (param == nullptr) return std::nullopt;
    if (std::ranges::find(step_.params, name) == step_.params.end()) step_.params.push_back(name);
    return text_of(*param);
  }

  [[nodiscard]] bool is_of_copy(const std::string& name) const {
    return !step_.values.empty() && name.starts_with("item.");
  }

  Error unknown(const std::string& name) const {
    auto known = param_names(params_);
    for (const auto& [value, text] : step_.values) known.push_back(value);
    Error error(ErrorKind::bad_input, "'${{{}}}' names no param", name);
    if (const auto close = nearest(name, known))
      error.hint("did you mean '${{{}}}'?", *close);
    else if (is_of_copy(name))
      error.hint("write '$${{{}}}' for a name of the shell's own", name);
    else
      error.hint("add it: params: {{{}: …}}", name);
    return error;
  }

  std::string filled(const std::string& text, Unknown unknown_name) {
    std::string out;
    std::size_t at = 0;
    while (true) {
      const auto blank = text.find(kOpening, at);
      const auto end = blank == std::string::npos ? blank : text.find('}', blank);
      if (end == std::string::npos) return out + text.substr(at);
      if (blank > at && text[blank - 1] == '$') {  // "$${" stands for "${"
        out += text.substr(at, blank - 1 - at) + std::string(kOpening);
        at = blank + kOpening.size();
        continue;
      }
      const auto name = text.substr(blank + 2, end - blank - 2);
      const auto value = value_of(name);
      if (!value && (unknown_name == Unknown::refused || is_of_copy(name))) throw unknown(name);
      out += text.substr(at, blank - at);
      out += value ? *value : text.substr(blank, end + 1 - blank);
      at = end + 1;
    }
  }

  StepSpec& step_;
  const Json& params_;
};

}  // namespace

StepSpec read_step(const Yaml& name, const Yaml& node) {
  node.only({"run", "in", "out", "metrics", "plots", "params", "env", "shell", "cwd", "timeout",
             "retry", "resources", "executor", "frozen", "always", "matrix", "foreach"});
  StepSpec step;
  step.name = read_name(name);
  step.source = name.source;
  step.line = name.line;
  step.place = node.place();
  const auto* run = node.find("run");
  if (run == nullptr)
    throw name.error(fmt::format("step '{}' has no 'run'", step.name))
        .hint("add the command: run: python {}.py", step.name);
  step.run = run->text();
  step.inputs = read_paths(node.find("in"));
  step.outputs = read_paths(node.find("out"));
  step.metrics = read_paths(node.find("metrics"));
  step.plots = read_paths(node.find("plots"));
  for (const auto* also : {&step.metrics, &step.plots})
    step.outputs.insert(step.outputs.end(), also->begin(), also->end());
  if (const auto* params = node.find("params")) step.params = params->texts();
  read_conduct(node, step);
  return step;
}

std::vector<StepSpec> read_steps(const Yaml& name, const Yaml& node) {
  auto step = read_step(name, node);
  const auto* matrix = node.find("matrix");
  const auto* list = node.find("foreach");
  if (matrix == nullptr && list == nullptr) return {std::move(step)};
  if (matrix != nullptr && list != nullptr)
    throw list->error(fmt::format("step '{}' has both 'matrix' and 'foreach'", step.name))
        .hint("keep one of them");
  std::vector<StepSpec> copies;
  std::set<std::string> names;
  for (auto& [ending, values] :
       matrix != nullptr ? copies_of_matrix(*matrix) : copies_of_list(*list)) {
    auto& copy = copies.emplace_back(step);
    copy.name = fmt::format("{}@{}", step.name, fit_for_name(ending));
    copy.values = values;
    if (!names.insert(copy.name).second)
      throw node.error(fmt::format("two copies of step '{}' are named '{}'", step.name, copy.name))
          .hint("give each of its values once");
  }
  return copies;
}

bool has_blanks(const StepSpec& step) {
  const auto any = [](const auto& texts) { return std::ranges::any_of(texts, has_blank); };
  return has_blank(step.run) || any(step.inputs) || any(step.outputs) || has_blank(step.folder) ||
         has_blank(step.shell) || std::ranges::any_of(step.environment, [](const auto& variable) {
           return has_blank(variable.second);
         });
}

std::vector<StepSpec> filled_steps(const std::vector<StepSpec>& templates, const Json& params) {
  auto steps = templates;
  for (auto& step : steps) {
    if (!has_blanks(step)) continue;
    in_context(fmt::format("step '{}' ({}:{})", step.name, step.source, step.line),
               [&] { Filling(step, params).fill(); });
  }
  return steps;
}

}  // namespace mlo::workspace
