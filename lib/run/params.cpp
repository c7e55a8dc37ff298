#include "run/params.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/core/yaml.h"
#include "mlo/workspace/param_value.h"

namespace mlo::run {
namespace {

std::string way_out(const Json& params, std::string_view name) {
  const auto names = workspace::param_names(params);
  if (const auto close = nearest(name, names)) return fmt::format("did you mean '{}'?", *close);
  if (names.empty()) return "mlo.yaml has no params";
  return fmt::format("params: {}", join(names, ", "));
}

Json read_value(const std::string& name, const std::string& text) {
  if (text.empty()) return "";
  const auto node = Yaml::parse(text, "--param " + name);
  if (!node.is_scalar() && !node.is_null())
    throw Error(ErrorKind::usage, "--param {}: '{}' is no single value", name, text)
        .hint("quote it for YAML: --param {}=\"'{}'\"", name, text);
  return workspace::param_value(node);
}

/// `params` with `value` under `name`, which is there.
Json replaced(const Json& params, std::string_view name, const Json& value) {
  Json changed = params;
  if (params.find(name) != nullptr) return changed.set(name, value);
  const auto dot = name.find('.');
  const auto head = name.substr(0, dot);
  return changed.set(head, replaced(params.at(head), name.substr(dot + 1), value));
}

bool is_word_sign(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// What stands between "${" and "}" in a command, where that is a plain name; not after "$${".
std::vector<std::string> names_in(std::string_view command) {
  std::vector<std::string> names;
  for (auto at = command.find("${"); at != std::string_view::npos;
       at = command.find("${", at + 1)) {
    const auto end = command.find('}', at);
    if (end == std::string_view::npos) break;
    const auto name = command.substr(at + 2, end - at - 2);
    const bool plain =
        std::ranges::all_of(name, [](char c) { return is_word_sign(c) || c == '.'; });
    if (plain && !name.empty() && (at == 0 || command[at - 1] != '$')) names.emplace_back(name);
  }
  return names;
}

/// Whether the command has the word otherwise than after '$', as in `name=1` or `for name in`.
bool is_given_in(std::string_view command, std::string_view name) {
  for (auto at = command.find(name); at != std::string_view::npos;
       at = command.find(name, at + 1)) {
    const auto end = at + name.size();
    const char before = at == 0 ? ' ' : command[at - 1];
    const bool whole =
        !is_word_sign(before) && (end == command.size() || !is_word_sign(command[end]));
    if (whole && before != '$' && before != '{') return true;
  }
  return false;
}

}  // namespace

Json with_overrides(const Json& params, const std::map<std::string, std::string>& overrides) {
  Json changed = params;
  for (const auto& [name, text] : overrides) {
    if (workspace::find_param(params, name) == nullptr)
      throw Error(ErrorKind::usage, "no param '{}' in mlo.yaml", name)
          .hint("{}", way_out(params, name));
    changed = replaced(changed, name, read_value(name, text));
  }
  return changed;
}

Json params_of(const workspace::StepSpec& step, const Json& params) {
  Json used = Json::object();
  for (const auto& name : step.params) {
    const auto* value = workspace::find_param(params, name);
    if (value == nullptr)
      throw Error(ErrorKind::bad_input,
                  "step '{}' (mlo.yaml:{}) uses param '{}', which is not "
                  "there",
                  step.name, step.line, name)
          .hint("{}", way_out(params, name));
    used.set(name, *value);
  }
  return used;
}

std::vector<ParamSlip> param_slips(const workspace::StepSpec& written, const Json& params,
                                   const World& world) {
  std::vector<ParamSlip> slips;
  const auto known = workspace::param_names(params);
  for (const auto& name : names_in(written.run)) {
    if (workspace::find_param(params, name) != nullptr || written.values.contains(name)) continue;
    if (written.environment.contains(name) || world.environment(name)) continue;
    if (is_given_in(written.run, name)) continue;
    if (auto near = nearest(name, known)) slips.push_back({name, std::move(*near)});
  }
  return slips;
}

bool uses_param(const workspace::StepSpec& step, const std::string& name) {
  return std::ranges::any_of(step.params, [&](const std::string& param) {
    return param == name || param.starts_with(name + ".") || name.starts_with(param + ".");
  });
}

std::map<std::string, std::string> environment_of(const Json& params) {
  std::map<std::string, std::string> environment;
  for (const auto& [name, value] : params.as_object()) {
    std::string key = "MLO_PARAM_";
    for (const char c : name) {
      const bool lower = c >= 'a' && c <= 'z';
      const bool kept = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      key += lower ? static_cast<char>(c - 'a' + 'A') : kept ? c : '_';
    }
    environment[key] = value.is_string() ? value.as_string() : value.dump();
  }
  return environment;
}

}  // namespace mlo::run
