#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "mlo/core/progress.h"
#include "mlo/workspace/repository.h"

namespace mlo::serve {

struct ServeOptions {
  std::vector<std::string> references;  ///< "churn@production", "churn@3"
  std::string host = "127.0.0.1";
  int port = 0;  ///< 0: any free one
  int threads = 2;
  std::function<void(int port)> on_ready = {};  ///< called once it listens
};

/// Answers predictions until `stop`: Open Inference Protocol v2 over REST, Prometheus metrics at
/// /metrics. A model named by its stage follows promotions without a lost request; before the
/// first one it answers 503. Requests are logged off the hot path, bounded.
/// Throws conflict when the port is taken.
void serve(workspace::Repository& repository, const ServeOptions& options, Progress& progress,
           const std::stop_token& stop);

}  // namespace mlo::serve
