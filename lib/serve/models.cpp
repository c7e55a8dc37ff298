#include "serve/models.h"

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/ledger/approvals.h"
#include "mlo/model/features.h"
#include "mlo/model/positive_column.h"
#include "mlo/model/reference.h"

namespace mlo::serve {
namespace {

/// The first call allocates: better now than under a client's request. It also shows whether the
/// features fit, except that a model may refuse a text that it never saw.
void warm_up(const Loaded& loaded) {
  const auto texts = model::text_features(loaded.predictor->inputs(), loaded.features);
  std::vector<model::FeatureColumn> columns;
  for (const auto& feature : loaded.features)
    columns.push_back(texts.contains(feature) ? model::FeatureColumn{.texts = {""}}
                                              : model::FeatureColumn{.numbers = {0.0}});
  const auto row = model::input_tensors(*loaded.predictor, loaded.features, columns);
  try {
    static_cast<void>(loaded.predictor->predict(row));
  } catch (const Error&) {
    if (texts.empty()) throw;
  }
}

std::shared_ptr<const Loaded> load(workspace::Repository& repository,
                                   const ledger::ModelVersion& version) {
  ledger::record_access(repository.ledger(), "serve",
                        {{.kind = "model", .name = version.model, .digest = version.digest}});
  auto fresh = std::make_shared<Loaded>();
  fresh->version = version;
  fresh->predictor = model::load_predictor(repository.store().file(version.digest),
                                           repository.world(), version.path);
  fresh->features = model::features_of(version);
  const auto task = version.description.string_or("task", "");
  if (!task.empty()) fresh->task = data::parse_task(task);
  fresh->positive = model::positive_of(version);
  fresh->positive_column = model::find_positive_column(repository, version, *fresh->predictor);
  if (!fresh->features.empty()) warm_up(*fresh);
  return fresh;
}

/// What the reference means now; nothing while no version holds the stage.
std::optional<ledger::ModelVersion> meant(workspace::Repository& repository,
                                          const std::string& reference) {
  try {
    return model::resolve(repository, reference);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
    return std::nullopt;
  }
}

}  // namespace

ServedModel::ServedModel(const std::string& reference)
    : reference_(reference), name_(model::parse_reference(reference).model) {}

void ServedModel::refresh(workspace::Repository& repository, Metrics& metrics, Progress& progress) {
  const auto version = meant(repository, reference_);
  const auto present = loaded();
  if (!version || version->digest == refused_) return;
  if (present && present->version.digest == version->digest &&
      present->version.number == version->number)
    return;
  try {
    loaded_.store(load(repository, *version));
    progress.say(fmt::format("{}: version {} answers now", reference_, version->number));
  } catch (const Error& error) {
    refused_ = version->digest;
    metrics.count_failed_load(name_);
    progress.warn(fmt::format("{}: version {} cannot be loaded: {}", reference_, version->number,
                              error.message()));
  }
}

}  // namespace mlo::serve
