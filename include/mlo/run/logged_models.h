#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/ledger/tracking.h"
#include "mlo/run/tracking.h"
#include "mlo/workspace/repository.h"

// Models as runs log them: a folder of artifacts with params and tags, before anybody registers it.

namespace mlo::run {

struct NewLoggedModel {
  std::int64_t experiment = 0;
  std::string name;
  std::string kind;
  std::string run;  ///< id; may be empty
  Json params = Json::object();
  Json tags = Json::object();
};
ledger::LoggedModel begin_model(workspace::Repository& repository, const NewLoggedModel& wanted);
/// Throws not_found, here and below, for one that is not there or was removed.
ledger::LoggedModel need_logged_model(workspace::Repository& repository, std::string_view id);
ledger::LoggedModel edit_logged_model(workspace::Repository& repository, std::string_view id,
                                      const std::function<void(ledger::LoggedModel&)>& change);
/// Ready or failed: its files are told with it.
ledger::LoggedModel finish_model(workspace::Repository& repository, std::string_view id,
                                 const std::string& status);

/// A point of a run that names the model it is of.
struct ModelMetric {
  std::string model;
  std::string run;
  MetricPoint point;
  std::string dataset_name;
  std::string dataset_digest;
};
void note_model_metrics(workspace::Repository& repository, const std::vector<ModelMetric>& metrics);
std::vector<ModelMetric> metrics_of_model(workspace::Repository& repository, std::string_view id);

struct LoggedModelQuestion {
  std::vector<std::int64_t> experiments;
  std::string filter;  ///< name = 'x' AND source_run_id = '…' AND params.`a` = '1'
  std::vector<std::string> order_by = {};
  std::int64_t offset = 0;
  std::int64_t most = 100;
};
std::vector<ledger::LoggedModel> search_logged_models(workspace::Repository& repository,
                                                      const LoggedModelQuestion& question);

}  // namespace mlo::run
