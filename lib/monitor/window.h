#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mlo/core/file.h"
#include "mlo/data/table.h"
#include "mlo/ledger/records.h"
#include "mlo/monitor/inference_log.h"
#include "mlo/workspace/repository.h"

namespace mlo::monitor {

/// What was recorded of a stage's windows, newest first; one that was judged again is there more
/// than once. An empty `stage` means every stage.
std::vector<ledger::MonitorWindow> windows_of(ledger::Ledger& ledger, const std::string& model,
                                              const std::string& stage);
/// The window that ended last: looks at staging do not move where production's next one begins.
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

}  // namespace mlo::monitor
