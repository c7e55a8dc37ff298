#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "mlo/core/file.h"

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

/// What came with a file.
struct HttpDownload {
  int status = 0;
  std::string url;                             ///< after redirects
  std::map<std::string, std::string> headers;  ///< of the last answer, names in lower case
  std::uint64_t size_bytes = 0;
};

/// Writes the body of a GET to `output` in constant memory, whatever its size. Follows at most five
/// redirects, never from https to http. `advance` hears of bytes done and in all (0: unknown).
/// Throws unavailable when no answer comes, it breaks off, or less than a byte a second arrives for
/// a minute; interrupted on `stop`. After an error `output` holds a part that its owner throws
/// away.
HttpDownload download(const std::string& url, File& output,
                      const std::function<void(std::uint64_t, std::uint64_t)>& advance,
                      const std::stop_token& stop);

/// The address as it may be told and recorded: without its password, and with "…" for what its
/// query names like a secret (a token, key, signature, credential, …), as signed links carry them.
std::string without_secrets(std::string_view url);

/// libcurl's version, or nothing when it cannot be opened.
std::optional<std::string> http_library_version();

}  // namespace mlo
