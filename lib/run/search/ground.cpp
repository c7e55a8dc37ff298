#include "run/search/ground.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/run/train.h"
#include "mlo/workspace/mirror.h"
#include "mlo/workspace/snapshot.h"
#include "run/graph.h"
#include "run/params.h"
#include "run/search/sampler.h"

namespace mlo::run {
namespace {

constexpr std::size_t kKeyDigits = 16;

/// The steps of a search, and those of them that a searched param reaches.
struct Reach {
  Graph graph;
  std::vector<std::size_t> selected;
  std::set<std::size_t> reached;
};

Reach reach_of(const workspace::Project& project, const workspace::SearchSpec& spec) {
  Reach reach{.graph = build_graph(project.steps)};
  reach.selected = select_steps(reach.graph, spec.steps);
  for (const auto& param : spec.params) {
    bool used = false;
    for (const auto index : reach.selected)
      if (uses_param(reach.graph.nodes[index].spec, param.name)) {
        reach.reached.insert(index);
        used = true;
      }
    if (!used)
      throw Error(ErrorKind::bad_input, "{}: no step of search '{}' uses param '{}'", spec.place,
                  spec.name, param.name)
          .hint("add it to the step's params: params: [{}]", param.name);
  }
  // Selected steps come in graph order: what a step needs was looked at before it.
  for (const auto index : reach.selected)
    if (std::ranges::any_of(reach.graph.nodes[index].needs,
                            [&](std::size_t need) { return reach.reached.contains(need); }))
      reach.reached.insert(index);
  return reach;
}

Json json_of(const workspace::SearchParam& param) {
  Json choices = Json::array();
  for (const auto& choice : param.choices) choices.add(choice);
  return Json::object({{"name", param.name},
                       {"kind", static_cast<int>(param.kind)},
                       {"low", param.low},
                       {"high", param.high},
                       {"log", param.logarithmic},
                       {"step", param.step ? Json(*param.step) : Json()},
                       {"count", param.count ? Json(*param.count) : Json()},
                       {"choices", std::move(choices)}});
}

Json json_of(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const auto& text : texts) list.add(text);
  return list;
}

/// A step as it is written: `${param}` in it is another text for each trial.
Json json_of(const workspace::StepSpec& step, Json fixed, const workspace::SearchSpec& spec) {
  // The values that trials replace do not count, neither alone nor as a part of a group.
  for (const auto& param : spec.params)
    if (workspace::find_param(fixed, param.name) != nullptr)
      fixed = with_overrides(fixed, {{param.name, "0"}});
  Json environment = Json::object();
  for (const auto& [name, value] : step.environment) environment.set(name, value);
  return Json::object({{"name", step.name},
                       {"run", step.run},
                       {"in", json_of(step.inputs)},
                       {"out", json_of(step.outputs)},
                       {"params", std::move(fixed)},
                       {"env", std::move(environment)},
                       {"shell", step.shell},
                       {"cwd", step.folder}});
}

std::map<std::string, workspace::StepSpec> written_steps(const workspace::Project& project) {
  std::map<std::string, workspace::StepSpec> written;
  for (const auto& step : project.templates.empty() ? project.steps : project.templates)
    written.emplace(step.name, step);
  return written;
}

std::string key_of(workspace::Repository& base, const Reach& reach,
                   const workspace::SearchSpec& spec) {
  const auto& project = base.project();
  const auto written = written_steps(project);
  Json space = Json::array();
  for (const auto& param : spec.params) space.add(json_of(param));
  Json steps = Json::array();
  Json inputs = Json::object();
  workspace::SnapshotBatch files(base);
  for (const auto index : reach.selected) {
    const auto& node = reach.graph.nodes[index];
    steps.add(json_of(written.at(node.spec.name), params_of(node.spec, project.params), spec));
    for (const auto& input : node.inputs)
      if (input.makers.empty()) inputs.set(input.path.text(), files.look(input.path).digest.text());
  }
  files.commit();
  auto facts = Json::object({{"goal", spec.maximize ? "maximize" : "minimize"},
                             {"metric", spec.metric},
                             {"sampler", spec.sampler},
                             {"seed", spec.seed},
                             {"space", std::move(space)},
                             {"steps", std::move(steps)},
                             {"inputs", std::move(inputs)}});
  if (sampler_kind(spec.sampler).plans) facts.set("trials", spec.trials);
  const auto text = facts.canonical();
  return Digest::of(bytes_of(text)).hex().substr(0, kKeyDigits);
}

}  // namespace

std::string workspace_of_search(const std::string& search, int number) {
  return fmt::format("{}-{}", search, number);
}

void run_shared_steps(Ground& ground, const workspace::SearchSpec& spec,
                      const StepEnvironment& environment, Progress& progress,
                      const std::stop_token& stop) {
  if (ground.shared_steps.empty()) return;
  const TrainOptions options{
      .steps = ground.shared_steps,
      .reason = fmt::format("what the trials of search '{}' share", spec.name),
      .trigger = "search",
      .environment = environment,
      .tags = Json::object({{"search", spec.name}})};
  const auto trained = train(ground.base, options, progress, stop);
  if (!trained.failed_step.empty())
    throw Error(ErrorKind::bad_input, "step '{}', which all trials share, failed",
                trained.failed_step)
        .hint("mlo train {}", trained.failed_step);
}

Ground lay_ground(workspace::Repository& repository, const workspace::SearchSpec& spec,
                  const std::stop_token& stop) {
  const auto reach = reach_of(repository.project(), spec);
  Ground ground{.base = repository.beside(workspace_of_search(spec.name, 0))};
  for (const auto index : reach.selected) {
    const auto& node = reach.graph.nodes[index];
    if (!reach.reached.contains(index)) {
      ground.shared_steps.push_back(node.spec.name);
      continue;
    }
    for (const auto& output : node.outputs) ground.made_by_trials.insert(output.text());
  }
  workspace::mirror(repository, ground.base, ground.made_by_trials, stop);
  require_sources(reach.graph, reach.selected, ground.base.root(),
                  workspace::read_lock_file(ground.base.root()));
  ground.key = key_of(ground.base, reach, spec);
  return ground;
}

}  // namespace mlo::run
