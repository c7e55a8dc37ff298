#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "mlo/core/progress.h"
#include "mlo/workspace/repository.h"
#include "serve/http_server.h"
#include "serve/tracking/call.h"
#include "serve/tracking/step_binding.h"

namespace mlo::serve::tracking {

/// From a request to its answer. One connection to the repository, used by one thread at a time: a
/// point is written in a tenth of a millisecond.
class TrackingService {
 public:
  /// Opens the repository around `root` at the first request. An empty `token` asks for none.
  TrackingService(std::filesystem::path root, const World& world, std::string token);

  /// A token of its own for a step of `mlo train`.
  void bind(const std::string& token, StepBinding step);
  /// Never throws: what goes wrong is an answer with a status and an error code.
  [[nodiscard]] HttpResponse handle(const HttpRequest& request);
  /// Why a request needs no body to be refused.
  [[nodiscard]] std::optional<HttpResponse> refusal(const HttpRequest& request);
  /// Who takes the body of an upload.
  [[nodiscard]] std::unique_ptr<BodySink> receive(const HttpRequest& request);
  /// Calls `use(repository, step)` for a caller who may; throws not_allowed for another.
  template <typename Use>
  void with_caller(const HttpRequest& request, const Use& use) {
    const std::lock_guard lock(mutex_);
    const auto caller = caller_of(request);
    require(caller.allowed);
    use(repository(), caller.step);
  }
  template <typename Use>
  void with_repository(const Use& use) {
    const std::lock_guard lock(mutex_);
    use(repository());
  }
  /// Makes durable what is only with the system yet; true when there was something.
  bool settle();
  /// Ends runs that steps began and left open.
  void end_children();

 private:
  struct Caller {
    bool allowed = false;
    StepBinding* step = nullptr;
  };
  [[nodiscard]] Caller caller_of(const HttpRequest& request);
  static void require(bool allowed);
  /// Whose endpoint a request is for, and what its path says below it.
  struct Target {
    std::string endpoint;
    Answer (*handle)(Call&) = nullptr;
    std::string rest;
  };
  [[nodiscard]] std::optional<Target> target_of(const HttpRequest& request) const;
  [[nodiscard]] Answer dispatch(const HttpRequest& request, StepBinding* step);
  [[nodiscard]] workspace::Repository& repository();

  std::filesystem::path root_;
  const World& world_;
  std::string token_;
  std::mutex mutex_;
  std::optional<workspace::Repository> repository_;
  std::map<std::string, StepBinding> steps_;  ///< by token
  std::map<std::pair<std::string_view, std::string_view>, Answer (*)(Call&)> routes_;
  bool unsettled_ = false;
};

/// What a client hears of something that was thrown.
HttpResponse as_failure(const std::exception& problem);

}  // namespace mlo::serve::tracking
