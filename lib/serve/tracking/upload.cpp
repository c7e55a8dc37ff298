#include "serve/tracking/upload.h"

#include <optional>

#include "mlo/core/error.h"
#include "mlo/store/object_store.h"
#include "serve/tracking/artifact_path.h"
#include "serve/tracking/wire.h"

namespace mlo::serve::tracking {
namespace {

/// So much of a body that is not wanted is read, so that its sender hears why rather than a reset.
constexpr std::uint64_t kPatience = 16ULL << 20U;

}  // namespace

class Upload final : public BodySink {
 public:
  Upload(TrackingService& service, const HttpRequest& request, std::string_view path)
      : service_(service) {
    attempt([&] {
      service_.with_caller(request, [&](workspace::Repository& repository, StepBinding* step) {
        step_ = step;
        target_ = parse_artifact_path(percent_decoded(path));
        if (target_.path.empty() || target_.owner.starts_with("mlo:"))
          throw Error(ErrorKind::bad_input, "invalid path: it names no file of a run or a model");
        batch_.emplace(repository.store());
        incoming_.emplace(*batch_);
      });
    });
  }

  [[nodiscard]] bool wants_body() const override { return !refused_; }

  bool write(std::span<const std::byte> piece) override {
    if (refused_) {
      drained_ += piece.size();
      return drained_ < kPatience;
    }
    attempt([&] { incoming_->write(piece); });
    return true;
  }

  HttpResponse finish() override {
    if (!refused_)
      attempt([&] {
        const auto digest = incoming_->finish();
        batch_->commit();
        service_.with_repository([&](workspace::Repository& repository) {
          own_row(repository, step_, target_.owner);
          run::keep_artifact(repository, target_.owner, {target_.path, digest});
          record_artifact(step_, target_.owner, target_.path, digest, repository.world().now());
        });
      });
    return refused_ ? *refused_ : HttpResponse{.body = "{}"};
  }

 private:
  template <typename Work>
  void attempt(const Work& work) {
    try {
      work();
    } catch (const std::exception& problem) {
      refused_ = as_failure(problem);
      incoming_.reset();
      batch_.reset();
    }
  }

  TrackingService& service_;
  StepBinding* step_ = nullptr;
  ArtifactPath target_;
  std::optional<store::Batch> batch_;
  std::optional<store::Incoming> incoming_;
  std::optional<HttpResponse> refused_;
  std::uint64_t drained_ = 0;
};

std::unique_ptr<BodySink> begin_upload(TrackingService& service, const HttpRequest& request,
                                       std::string_view path) {
  return std::make_unique<Upload>(service, request, path);
}

}  // namespace mlo::serve::tracking
