#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "mlo/core/progress.h"
#include "mlo/run/train.h"
#include "mlo/workspace/repository.h"

namespace mlo::serve {

struct TrackingOptions {
  std::string host = "127.0.0.1";
  int port = 5000;
  std::string token;  ///< who calls must show it; empty: nobody needs one, on loopback alone
  int threads = 2;
  std::function<void(int port)> on_ready = {};
};

/// Serves runs, metrics, artifacts and models to MLflow's clients, and pages to browsers, until
/// `stop`. Throws not_allowed for an address that others can reach without a token, conflict when
/// the port is taken.
void serve_tracking(workspace::Repository& repository, const TrackingOptions& options,
                    Progress& progress, const std::stop_token& stop);

/// The same for the steps of one `mlo train` or `mlo search`: on loopback, any free port, a token a
/// step. What a client logs to the run that it finds in its environment is the step's. Nothing is
/// started before the first step is.
class TrainingEndpoint {
 public:
  TrainingEndpoint(const workspace::Repository& repository, Progress& progress);
  /// Ends what the steps began beside their run and left open.
  ~TrainingEndpoint();
  TrainingEndpoint(const TrainingEndpoint&) = delete;
  TrainingEndpoint& operator=(const TrainingEndpoint&) = delete;

  /// MLFLOW_TRACKING_URI, MLFLOW_TRACKING_TOKEN and MLFLOW_RUN_ID of a step. Several threads may
  /// ask.
  std::map<std::string, std::string> environment_of(const run::StepStart& step);

 private:
  struct State;
  std::mutex mutex_;
  std::unique_ptr<State> state_;
  const workspace::Repository& repository_;
  Progress& progress_;
};

}  // namespace mlo::serve
