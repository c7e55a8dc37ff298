#include "run/standstill.h"

namespace mlo::run {
namespace {

constexpr auto kName = "standstill";
/// Another one when a fingerprint comes to hold other facts.
constexpr auto kFormat = "mlo-standstill/1";

/// Only the plain call: what another one would find was not looked at.
bool is_plain(const workspace::Repository& repository, const TrainOptions& options) {
  return options.steps.empty() && options.params.empty() && !options.dry_run && !options.force &&
         options.project == nullptr && !options.always_record && options.executor == "local" &&
         repository.root() == repository.folder().parent_path();
}

Json told(const ledger::Run& run) {
  Json steps = Json::array();
  for (const auto& step : run.steps)
    steps.add(
        Json::object({{"name", step.name}, {"status", step.status}, {"reason", step.reason}}));
  return Json::object({{"format", kFormat}, {"metrics", run.metrics}, {"steps", std::move(steps)}});
}

}  // namespace

std::shared_ptr<workspace::Sighting> begin_sighting(const workspace::Repository& repository,
                                                    const TrainOptions& options) {
  if (!is_plain(repository, options)) return nullptr;
  return std::make_shared<workspace::Sighting>(repository, kName);
}

void note_all(workspace::Sighting& sighting, const Training& training) {
  for (const auto& file : training.project.files) sighting.note(file);
  sighting.note("mlo.lock");
  for (const auto& node : training.graph.nodes) {
    for (const auto& input : node.inputs) sighting.note(input.path.text());
    for (const auto& output : node.outputs) sighting.note(output.text());
  }
}

void forget_standstill(const workspace::Repository& repository) {
  workspace::Sighting::forget(repository, kName);
}

std::optional<Trained> recall_standstill(workspace::Repository& repository,
                                         const TrainOptions& options) {
  if (!is_plain(repository, options)) return std::nullopt;
  const auto answer = workspace::Sighting::recall(repository, kName);
  if (!answer) return std::nullopt;
  const auto json = Json::parse(*answer);
  if (json.string_or("format", "") != kFormat) return std::nullopt;
  Trained trained{.ran_nothing = true};
  trained.run.status = "finished";
  trained.run.metrics = json.at("metrics");
  for (const auto& step : json.at("steps").as_array())
    trained.run.steps.push_back({.name = step.at("name").as_string(),
                                 .status = step.at("status").as_string(),
                                 .reason = step.at("reason").as_string()});
  // A ledger that was put back is noticed here as by any other command.
  repository.ledger();
  return trained;
}

void remember_standstill(const Trained& trained) {
  if (trained.ran_nothing && trained.sighting) trained.sighting->keep(told(trained.run).dump());
}

}  // namespace mlo::run
