#pragma once

#include <memory>

#include "serve/http_server.h"
#include "serve/tracking/tracking_service.h"

namespace mlo::serve::tracking {

/// Takes an artifact's bytes into the store as they come, and records them at their end.
std::unique_ptr<BodySink> begin_upload(TrackingService& service, const HttpRequest& request,
                                       std::string_view path);

}  // namespace mlo::serve::tracking
