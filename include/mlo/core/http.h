#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace mlo {

struct HttpResponse {
  int status = 0;
  std::string body;
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::map<std::string, std::string> headers;
  std::string body;
  int timeout_ms = 5000;
};

/// Sends one request with libcurl, which is opened at the first call.
/// No redirects; at most 64 MiB of answer. Throws unavailable when no answer comes.
HttpResponse http(const HttpRequest& request);

/// libcurl's version, or nothing when it cannot be opened.
std::optional<std::string> http_library_version();

}  // namespace mlo
