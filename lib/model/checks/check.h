#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "mlo/core/progress.h"
#include "mlo/core/registry.h"
#include "mlo/data/quality.h"
#include "mlo/ledger/records.h"
#include "mlo/model/predictor.h"
#include "mlo/model/stored_table.h"
#include "mlo/workspace/repository.h"

namespace mlo::model {

/// A model version before its judges; what several checks need is made once, when first asked for.
class Candidate {
 public:
  Candidate(workspace::Repository& repository, const workspace::ModelSpec& spec,
            const ledger::ModelVersion& version, Progress& progress, std::stop_token stop);

  [[nodiscard]] workspace::Repository& repository() const { return repository_; }
  [[nodiscard]] const workspace::ModelSpec& spec() const { return spec_; }
  [[nodiscard]] const ledger::ModelVersion& version() const { return version_; }
  /// Hears how far long judgements are.
  [[nodiscard]] Progress& progress() const { return progress_; }
  /// Asks long judgements to end with interrupted.
  [[nodiscard]] const std::stop_token& stop() const { return stop_; }
  /// "churn@3".
  [[nodiscard]] const std::string& target() const { return target_; }
  /// The verified object in the store.
  [[nodiscard]] const std::filesystem::path& file();
  const Predictor& predictor();
  const StoredTable& held_out();
  /// What the model says of the held-out rows, beside the truth.
  const data::Predictions& predictions();
  /// Whom the stage that `validate: against` names held when it was first asked for.
  const std::optional<ledger::ModelVersion>& champion();
  /// What another version says of the same rows.
  data::Predictions predictions_of(const ledger::ModelVersion& other);
  /// A result of one of this version's checks, to be filled in.
  [[nodiscard]] ledger::Check check(std::string kind, std::string name) const;
  /// True once `held_out` was asked for.
  [[nodiscard]] bool used_data() const { return held_out_.has_value(); }
  /// True once `champion` was asked for.
  [[nodiscard]] bool compared() const { return champion_.has_value(); }

 private:
  data::Predictions predict(const Predictor& predictor, const ledger::ModelVersion& version);

  workspace::Repository& repository_;
  const workspace::ModelSpec& spec_;
  const ledger::ModelVersion& version_;
  Progress& progress_;
  std::stop_token stop_;
  std::string target_;
  std::filesystem::path file_;
  std::unique_ptr<Predictor> predictor_;
  std::optional<StoredTable> held_out_;
  std::optional<data::Predictions> predictions_;
  std::optional<std::optional<ledger::ModelVersion>> champion_;
};

/// One kind of judgement. A new kind is one file that adds itself here, and its word in the schema.
struct ModelCheck {
  std::function<bool(const workspace::ValidateSpec&)> wanted;
  std::function<std::vector<ledger::Check>(Candidate&)> run;
};
Registry<ModelCheck>& model_checks();

/// A judgement of one metric against its bound; a metric that is undefined on these rows fails.
ledger::Check judge_metric(ledger::Check check, const data::Metrics& metrics,
                           const std::string& metric, const workspace::Bound& bound);

}  // namespace mlo::model
