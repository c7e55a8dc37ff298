#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mlo/core/world.h"
#include "serve/http_server.h"
#include "serve/metrics.h"
#include "serve/models.h"
#include "serve/request_log.h"

namespace mlo::serve {

/// From a request to its answer: the paths of the Open Inference Protocol, health and metrics.
class Router {
 public:
  Router(const std::vector<std::unique_ptr<ServedModel>>& models, Metrics& metrics, RequestLog& log,
         const World& world);
  /// Never throws: what goes wrong is an answer with a status and {"error": …}.
  [[nodiscard]] HttpResponse handle(const HttpRequest& request) const;
  /// The answer to a request whose body, which is not there yet, cannot matter.
  [[nodiscard]] std::optional<HttpResponse> refusal(const HttpRequest& request) const;

 private:
  [[nodiscard]] HttpResponse route(const HttpRequest& request) const;
  /// What a path below /v2/models means.
  struct Target {
    const ServedModel* model = nullptr;  ///< null: none of that name is here
    std::string version;                 ///< empty: whichever answers
    std::string action;                  ///< empty, ready, infer
    bool known = true;                   ///< false: there is no such path
  };
  [[nodiscard]] Target target_of(const std::vector<std::string>& parts) const;
  [[nodiscard]] HttpResponse model_path(const HttpRequest& request,
                                        const std::vector<std::string>& parts) const;
  [[nodiscard]] HttpResponse infer(const ServedModel& model, const HttpRequest& request,
                                   const std::string& version) const;
  void log(const Loaded& loaded, const std::string& id, const std::vector<model::Tensor>& inputs,
           const std::vector<model::Tensor>& outputs, double latency_ms) const;

  const std::vector<std::unique_ptr<ServedModel>>& models_;
  Metrics& metrics_;
  RequestLog& log_;
  const World& world_;
};

}  // namespace mlo::serve
