#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "mlo/core/progress.h"
#include "mlo/data/quality.h"
#include "mlo/ledger/records.h"
#include "mlo/model/predictor.h"
#include "mlo/workspace/repository.h"
#include "serve/metrics.h"

namespace mlo::serve {

/// A version that is ready to answer.
struct Loaded {
  ledger::ModelVersion version;
  std::unique_ptr<model::Predictor> predictor;
  std::vector<std::string> features;
  std::optional<data::Task> task;  ///< nothing: the description does not say
  std::string positive = "1";
  std::optional<std::size_t> positive_column;  ///< of two probabilities, where it is known
};

/// One model that the service answers for; what is loaded is swapped whole, so that a request sees
/// the old version or the new one, never a mixture, and none is lost.
class ServedModel {
 public:
  explicit ServedModel(const std::string& reference);
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& reference() const { return reference_; }
  [[nodiscard]] std::shared_ptr<const Loaded> loaded() const { return loaded_.load(); }
  /// Loads what the reference means now, if that is another version. A version that cannot be
  /// loaded leaves the present one in place; this is counted and reported once.
  void refresh(workspace::Repository& repository, Metrics& metrics, Progress& progress);

 private:
  std::string reference_;
  std::string name_;
  std::atomic<std::shared_ptr<const Loaded>> loaded_;
  Digest refused_;
};

}  // namespace mlo::serve
