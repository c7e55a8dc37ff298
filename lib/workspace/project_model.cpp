#include <algorithm>

#include <fmt/format.h>

#include "mlo/core/text.h"
#include "workspace/project_file.h"

namespace mlo::workspace {
namespace {

const std::vector<std::string> kTasks{"binary-classification", "multiclass-classification",
                                      "regression"};
const std::vector<std::string> kEvidence{"data",    "metrics", "slices",  "fairness",
                                         "against", "size",    "latency", "scan"};
const std::vector<std::string> kActions{"alert", "train"};
const std::vector<std::string> kPercentiles{"p50", "p95", "p99"};

void read_description(ModelSpec& model, const Yaml& node) {
  model.description = node.to_json();
  if (const auto* task = node.find("task")) model.task = read_words(*task, kTasks).at(0);
  if (const auto* target = node.find("target")) model.target = target->text();
  if (const auto* positive = node.find("positive")) model.positive = positive->text();
}

FairnessSpec read_fairness(const Yaml& node) {
  FairnessSpec spec;
  for (const auto& [key, value] : node.map()) {
    if (key.scalar == "by")
      spec.by = value.texts();
    else
      spec.bounds.emplace_back(
          read_words(key, {"demographic_parity_difference", "demographic_parity_ratio",
                           "equalized_odds_difference", "equalized_odds_ratio",
                           "equal_opportunity_difference", "equal_opportunity_ratio",
                           "predictive_parity_difference", "predictive_parity_ratio"})
              .at(0),
          read_bound(value));
  }
  if (spec.by.empty()) throw node.error("fairness needs 'by': the columns that hold the groups");
  return spec;
}

void read_latency(ValidateSpec& spec, const Yaml& node) {
  for (const auto& [key, value] : node.map()) {
    if (key.scalar == "batch")
      spec.latency_batch = static_cast<int>(std::clamp<std::int64_t>(value.integer(), 1, 100'000));
    else
      spec.latency_ms.emplace_back(read_words(key, kPercentiles).at(0), read_bound(value));
  }
}

ValidateSpec read_validate(const Yaml& node) {
  node.only({"data", "metrics", "against", "slices", "slice_metrics", "fairness", "size", "latency",
             "scan"});
  ValidateSpec spec;
  spec.digest = Digest::of(node.to_json().canonical());
  if (const auto* data = node.find("data")) spec.data = read_path(*data);
  if (const auto* metrics = node.find("metrics")) spec.metrics = read_bounds(*metrics);
  if (const auto* against = node.find("against")) spec.against = read_name(*against);
  if (const auto* slices = node.find("slices")) spec.slices = slices->texts();
  if (const auto* bounds = node.find("slice_metrics")) spec.slice_bounds = read_bounds(*bounds);
  if (const auto* fairness = node.find("fairness")) spec.fairness = read_fairness(*fairness);
  if (const auto* size = node.find("size")) spec.size_bytes = read_size(*size);
  if (const auto* latency = node.find("latency")) read_latency(spec, *latency);
  if (const auto* scan = node.find("scan")) spec.scan = scan->boolean();
  if (spec.data.empty() && (!spec.metrics.empty() || !spec.slices.empty() || spec.fairness))
    throw node.error("validate has metrics but no 'data' to compute them on")
        .hint("name the held-out table: data: data/test.csv");
  return spec;
}

PromoteSpec read_promote(const Yaml& node) {
  node.only({"after", "require", "approvals", "max_age"});
  PromoteSpec spec;
  if (const auto* after = node.find("after")) spec.after = read_name(*after);
  if (const auto* require = node.find("require")) spec.require = read_words(*require, kEvidence);
  if (const auto* approvals = node.find("approvals")) spec.approvals = read_approvals(*approvals);
  if (const auto* age = node.find("max_age")) spec.max_age_seconds = read_seconds(*age);
  return spec;
}

void read_target(std::vector<TargetSpec>& targets, const Yaml& node) {
  for (const auto& [kind, options] : node.map()) {
    read_words(kind, {"serve", "folder"});
    if (kind.scalar == "serve") options.only({"port", "host"});
    if (kind.scalar == "folder") options.only({"path"});
    targets.push_back(
        {.kind = kind.scalar, .options = options.is_null() ? Json::object() : options.to_json()});
  }
}

std::vector<TargetSpec> read_targets(const Yaml& node) {
  std::vector<TargetSpec> targets;
  if (node.is_sequence())
    for (const auto& item : node.sequence()) read_target(targets, item);
  else
    read_target(targets, node);
  return targets;
}

MonitorSpec read_monitor(const Yaml& node) {
  node.only({"reference", "drift", "labels", "quality", "on", "cooldown", "every", "min_rows"});
  MonitorSpec spec;
  const auto* reference = node.find("reference");
  if (reference == nullptr)
    throw node.error("monitor needs 'reference': the table to compare with");
  spec.reference = read_path(*reference);
  if (const auto* drift = node.find("drift")) {
    drift->only({"method", "share"});
    if (const auto* method = drift->find("method")) spec.drift_method = method->text();
    if (const auto* share = drift->find("share")) spec.drift_share = share->number();
    if (!(spec.drift_share > 0 && spec.drift_share <= 1))
      throw drift->find("share")->error("a share of columns lies above 0 and at most at 1");
  }
  if (const auto* labels = node.find("labels")) spec.labels = read_path(*labels);
  if (const auto* quality = node.find("quality")) spec.quality = read_bounds(*quality);
  if (const auto* actions = node.find("on"))
    for (const auto& [event, words] : actions->map())
      spec.actions[read_words(event, {"drift", "decay", "error"}).at(0)] =
          read_words(words, kActions);
  if (const auto* cooldown = node.find("cooldown")) spec.cooldown_seconds = read_seconds(*cooldown);
  if (const auto* every = node.find("every")) spec.every_seconds = read_seconds(*every);
  if (const auto* rows = node.find("min_rows")) spec.min_rows = rows->integer();
  return spec;
}

/// A stage that is promoted to or delivered from must be among the model's stages.
void check_stage(const ModelSpec& model, const Yaml& stage) {
  if (std::ranges::find(model.stages, stage.text()) != model.stages.end()) return;
  const auto near = nearest(stage.text(), model.stages);
  auto problem = stage.error(fmt::format("model '{}' has no stage '{}'", model.name, stage.text()));
  problem.hint("{}", near ? fmt::format("did you mean '{}'?", *near)
                          : fmt::format("stages: {}", join(model.stages, ", ")));
  throw problem;
}

void read_stages(ModelSpec& model, const Yaml& node) {
  if (const auto* stages = node.find("stages")) {
    for (const auto& stage : stages->sequence()) model.stages.push_back(read_name(stage));
  } else {
    model.stages = {"staging", "production"};
  }
  if (const auto* promote = node.find("promote"))
    for (const auto& [stage, policy] : promote->map()) {
      check_stage(model, stage);
      model.promote[stage.scalar] = read_promote(policy);
      if (const auto* after = policy.find("after")) check_stage(model, *after);
    }
  if (const auto* deliver = node.find("deliver"))
    for (const auto& [stage, targets] : deliver->map()) {
      check_stage(model, stage);
      model.deliver[stage.scalar] = read_targets(targets);
    }
}

}  // namespace

ModelSpec read_model(const Yaml& name, const Yaml& node) {
  node.only({"path", "from", "describe", "features", "validate", "stages", "promote", "deliver",
             "monitor"});
  ModelSpec model;
  model.name = read_name(name);
  const auto* path = node.find("path");
  if (path == nullptr)
    throw name.error(fmt::format("model '{}' has no 'path'", model.name))
        .hint("name its file: path: model.onnx");
  model.path = read_path(*path);
  if (const auto* from = node.find("from")) model.from = read_name(*from);
  if (const auto* describe = node.find("describe")) read_description(model, *describe);
  if (const auto* features = node.find("features")) model.features = features->texts();
  if (const auto* validate = node.find("validate")) model.validate = read_validate(*validate);
  read_stages(model, node);
  if (const auto* against = node.find("validate");
      against != nullptr && !model.validate.against.empty())
    check_stage(model, *against->find("against"));
  if (const auto* monitor = node.find("monitor")) model.monitor = read_monitor(*monitor);
  if (!model.validate.metrics.empty() && (model.task.empty() || model.target.empty()))
    throw node.error(fmt::format("model '{}' has metrics but no task and target", model.name))
        .hint("add describe: {{task: binary-classification, target: churned}}");
  return model;
}

}  // namespace mlo::workspace
