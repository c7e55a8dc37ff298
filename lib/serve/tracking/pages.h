#pragma once

#include <optional>
#include <string_view>

#include "serve/http_server.h"
#include "serve/tracking/call.h"

namespace mlo::serve::tracking {

/// A page for browsers: "/" lists runs and models, "/runs/<id>" shows a run. Nothing is changed by
/// them, nothing is loaded from elsewhere, whatever clients sent is escaped. Nothing when the path
/// is no page's; not_found for a run that is not there.
std::optional<HttpResponse> page(workspace::Repository& repository, std::string_view path);

}  // namespace mlo::serve::tracking
