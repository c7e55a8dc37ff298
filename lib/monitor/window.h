#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

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
/// The features of answered requests as a table, columns in `features`' order.
data::Table feature_table(workspace::Repository& repository,
                          std::span<const InferenceRecord> records,
                          const std::vector<std::string>& features);
/// The reference's features, by the content that `mlo.lock` names.
data::Table reference_table(workspace::Repository& repository, const std::string& path,
                            const std::vector<std::string>& features);
/// Answers whose outcome has arrived in `labels` (CSV with the columns `id` and the target; a file
/// or a folder of them), beside that outcome.
data::Predictions judged_predictions(workspace::Repository& repository,
                                     const workspace::ModelSpec& spec,
                                     std::span<const InferenceRecord> records);

}  // namespace mlo::monitor
