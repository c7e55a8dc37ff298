#include <cmath>

#include <fmt/format.h>

#include "workspace/project_file.h"

namespace mlo::workspace {
namespace {

constexpr std::size_t kMaxParams = 64;
constexpr std::size_t kMaxChoices = 1000;
constexpr double kMaxWhole = 1e15;  // whole numbers up to here are exact

bool is_whole(double value) {
  return std::abs(value) <= kMaxWhole && value == std::floor(value);
}

/// `limit: 5` is an integer, `limit: 5.0` is not.
bool reads_as_integer(const Yaml& node) {
  return !node.quoted && node.to_json().is_integer();
}

void read_choices(const Yaml& node, SearchParam& param) {
  param.kind = SearchParam::Kind::choice;
  for (const auto& item : node.sequence()) {
    if (!item.is_scalar()) throw item.error("a choice is a single value");
    param.choices.push_back(item.to_json());
  }
  if (param.choices.empty() || param.choices.size() > kMaxChoices)
    throw node.error(fmt::format("a choice is among 1 to {} values", kMaxChoices));
}

void read_type(const Yaml& type, SearchParam& param) {
  if (type.text() == "float") {
    param.kind = SearchParam::Kind::real;
  } else if (type.text() == "int") {
    param.kind = SearchParam::Kind::integer;
    if (!is_whole(param.low) || !is_whole(param.high))
      throw type.error("min and max of an int are whole numbers");
  } else {
    throw type.error(fmt::format("type '{}' is neither float nor int", type.text()));
  }
}

void read_spacing(const Yaml& node, SearchParam& param) {
  if (const auto* logarithmic = node.find("log")) {
    param.logarithmic = logarithmic->boolean();
    if (param.logarithmic && param.low <= 0)
      throw logarithmic->error("a logarithmic range begins above 0");
  }
  if (const auto* step = node.find("step")) {
    param.step = step->number();
    if (!(*param.step > 0) || *param.step > param.high - param.low)
      throw step->error("a step is above 0 and not wider than the range");
    if (param.kind == SearchParam::Kind::integer && !is_whole(*param.step))
      throw step->error("the step of an int is a whole number");
    if (param.logarithmic) throw step->error("a logarithmic range has no step").hint("count: 5");
  }
  if (const auto* count = node.find("count")) {
    param.count = count->integer();
    if (*param.count < 2 || *param.count > static_cast<std::int64_t>(kMaxChoices))
      throw count->error(fmt::format("count is a number from 2 to {}", kMaxChoices));
    if (param.step) throw count->error("a range has a step or a count, not both");
  }
}

/// `usual`: the param's value outside of the search.
void read_range(const Yaml& node, const Json& usual, SearchParam& param) {
  node.only({"min", "max", "log", "step", "count", "type", "values"});
  if (const auto* values = node.find("values")) {
    node.only({"values"});
    return read_choices(*values, param);
  }
  const auto* low = node.find("min");
  const auto* high = node.find("max");
  if (low == nullptr || high == nullptr)
    throw node.error(fmt::format("param '{}' has no range", param.name))
        .hint("{}: {{min: 0.001, max: 0.1, log: true}}, or a list of values", param.name);
  param.low = low->number();
  param.high = high->number();
  if (!std::isfinite(param.low) || !std::isfinite(param.high) || !(param.low < param.high))
    throw low->error("min is a finite number below max");
  // {min: 0, max: 1} of a dropout of 0.5 is no choice between all and nothing.
  const bool is_whole_param = !usual.is_number() || usual.is_integer();
  param.kind = is_whole_param && reads_as_integer(*low) && reads_as_integer(*high)
                   ? SearchParam::Kind::integer
                   : SearchParam::Kind::real;
  if (const auto* type = node.find("type")) read_type(*type, param);
  read_spacing(node, param);
}

SearchParam read_param(const Yaml& name, const Yaml& node, const Json& params) {
  SearchParam param{.name = name.text()};
  const auto* usual = find_param(params, param.name);
  if (usual == nullptr)
    throw name.error(fmt::format("param '{}' is not in params", param.name))
        .hint("add it, with the value that counts outside of the search: params: {{{}: …}}",
              param.name);
  if (node.is_sequence())
    read_choices(node, param);
  else
    read_range(node, *usual, param);
  return param;
}

StoppingSpec read_stop(const Yaml& node) {
  StoppingSpec stop;
  if (node.is_scalar()) {
    stop.rule = node.text();
    return stop;
  }
  node.only({"rule", "metric", "first", "trials", "factor"});
  const auto* rule = node.find("rule");
  if (rule == nullptr) throw node.error("'stop' has no rule").hint("stop: {{rule: median}}");
  stop.rule = rule->text();
  if (const auto* metric = node.find("metric")) stop.metric = metric->text();
  const auto read = [&](const char* key, std::int64_t least, std::int64_t& value) {
    const auto* found = node.find(key);
    if (found == nullptr) return;
    value = found->integer();
    if (value < least) throw found->error(fmt::format("{} is a number from {} on", key, least));
  };
  read("first", 0, stop.first);
  read("trials", 1, stop.trials);
  read("factor", 2, stop.factor);
  if (stop.rule == "halving" && stop.first < 1)
    throw node.find("first")->error("halving multiplies its first step: it is 1 or more");
  return stop;
}

void read_goal(const Yaml& name, const Yaml& node, SearchSpec& spec) {
  const auto* most = node.find("maximize");
  const auto* least = node.find("minimize");
  if ((most == nullptr) == (least == nullptr))
    throw name.error(fmt::format("search '{}' has one goal: maximize or minimize", spec.name))
        .hint("maximize: accuracy");
  spec.maximize = most != nullptr;
  spec.metric = (most != nullptr ? most : least)->text();
}

}  // namespace

SearchSpec read_search(const Yaml& name, const Yaml& node, const Json& params) {
  node.only(
      {"maximize", "minimize", "params", "sampler", "trials", "time", "seed", "stop", "steps"});
  SearchSpec spec{.name = read_name(name)};
  spec.place = name.place();
  read_goal(name, node, spec);
  const auto* space = node.find("params");
  if (space == nullptr || !space->is_map() || space->map().empty())
    throw name.error(fmt::format("search '{}' has no params", spec.name))
        .hint("params: {{lr: {{min: 0.001, max: 0.1, log: true}}, depth: {{min: 2, max: 8}}}}");
  for (const auto& [param, range] : space->map())
    spec.params.push_back(read_param(param, range, params));
  if (spec.params.size() > kMaxParams)
    throw space->error(fmt::format("a search has at most {} params", kMaxParams));
  if (const auto* sampler = node.find("sampler")) spec.sampler = sampler->text();
  if (const auto* trials = node.find("trials")) {
    spec.trials = trials->integer();
    if (spec.trials < 1) throw trials->error("trials is a number from 1 on");
  }
  if (const auto* time = node.find("time")) spec.seconds = read_seconds(*time);
  if (const auto* seed = node.find("seed")) spec.seed = seed->integer();
  if (const auto* stop = node.find("stop")) spec.stop = read_stop(*stop);
  if (const auto* steps = node.find("steps")) spec.steps = steps->texts();
  return spec;
}

}  // namespace mlo::workspace
