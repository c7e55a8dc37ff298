#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mlo/core/file.h"
#include "mlo/data/quality.h"
#include "mlo/data/table.h"
#include "mlo/ledger/records.h"
#include "mlo/monitor/inference_log.h"
#include "mlo/workspace/repository.h"

namespace mlo::monitor {

/// The newest window of a stage: looks at staging do not move where production's next one begins.
/// An empty `stage` means every stage.
std::optional<ledger::MonitorWindow> last_window(ledger::Ledger& ledger, const std::string& model,
                                                 const std::string& stage);
/// The version's features of answered requests, gathered in a file so that memory does not grow
/// with them.
class FeatureFile {
 public:
  FeatureFile(workspace::Repository& repository, const ledger::ModelVersion& version);
  void add(const InferenceRecord& record);
  /// What was added, columns in the features' order.
  data::Table table();

 private:
  void flush();
  const ledger::ModelVersion& version_;
  std::vector<std::string> features_;
  TemporaryFolder folder_;
  File file_;
  std::string waiting_;
};
/// The reference's features, by the content that `mlo.lock` names.
data::Table reference_table(workspace::Repository& repository, const std::string& path,
                            const ledger::ModelVersion& version);
/// Answers of a window whose outcome has arrived in `labels` (CSV with the columns `id` and the
/// target; a file or a folder of them), beside that outcome.
data::Predictions judged_predictions(workspace::Repository& repository,
                                     const workspace::ModelSpec& spec,
                                     const ledger::MonitorWindow& window);

}  // namespace mlo::monitor
