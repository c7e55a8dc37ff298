#include "mlo/core/http.h"

#include <memory>

#include <curl/curl.h>
#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/process.h"

namespace mlo {
namespace {

constexpr std::size_t kMaxAnswerBytes = 64U << 20U;

/// The functions of libcurl that we use; opened at the first request, since linking it would cost
/// every command milliseconds.
struct Curl {
  SharedLibrary library{{"libcurl.so.4", "libcurl-gnutls.so.4", "libcurl.so"}};
  decltype(curl_version_info)* version_info =
      library.symbol<decltype(curl_version_info)>("curl_version_info");
  decltype(curl_easy_init)* init = library.symbol<decltype(curl_easy_init)>("curl_easy_init");
  decltype(curl_easy_setopt)* setopt =
      library.symbol<decltype(curl_easy_setopt)>("curl_easy_setopt");
  decltype(curl_easy_perform)* perform =
      library.symbol<decltype(curl_easy_perform)>("curl_easy_perform");
  decltype(curl_easy_getinfo)* getinfo =
      library.symbol<decltype(curl_easy_getinfo)>("curl_easy_getinfo");
  decltype(curl_easy_cleanup)* cleanup =
      library.symbol<decltype(curl_easy_cleanup)>("curl_easy_cleanup");
  decltype(curl_slist_append)* append =
      library.symbol<decltype(curl_slist_append)>("curl_slist_append");
  decltype(curl_slist_free_all)* free_all =
      library.symbol<decltype(curl_slist_free_all)>("curl_slist_free_all");
};

std::size_t keep(char* data, std::size_t /*one*/, std::size_t count, void* target) {
  auto& body = *static_cast<std::string*>(target);
  if (body.size() + count > kMaxAnswerBytes) return 0;
  body.append(data, count);
  return count;
}

const Curl& curl() {
  static const Curl kCurl;
  return kCurl;
}

}  // namespace

std::optional<std::string> http_library_version() {
  try {
    return curl().version_info(CURLVERSION_NOW)->version;
  } catch (const Error&) {
    return std::nullopt;
  }
}

HttpResponse http(const HttpRequest& request) {
  const Curl& opened = curl();
  const std::unique_ptr<CURL, decltype(opened.cleanup)> handle(opened.init(), opened.cleanup);
  if (!handle) throw Error(ErrorKind::unavailable, "libcurl cannot start");
  HttpResponse response;
  curl_slist* lines = nullptr;
  for (const auto& [name, value] : request.headers)
    lines = opened.append(lines, fmt::format("{}: {}", name, value).c_str());
  const std::unique_ptr<curl_slist, decltype(opened.free_all)> headers(lines, opened.free_all);
  std::string problem(CURL_ERROR_SIZE, '\0');
  opened.setopt(handle.get(), CURLOPT_URL, request.url.c_str());
#if LIBCURL_VERSION_NUM >= 0x075500
  opened.setopt(handle.get(), CURLOPT_PROTOCOLS_STR, "http,https");
#else
  opened.setopt(handle.get(), CURLOPT_PROTOCOLS,
                static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
  opened.setopt(handle.get(), CURLOPT_CUSTOMREQUEST, request.method.c_str());
  opened.setopt(handle.get(), CURLOPT_HTTPHEADER, headers.get());
  opened.setopt(handle.get(), CURLOPT_NOSIGNAL, 1L);
  opened.setopt(handle.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout_ms));
  opened.setopt(handle.get(), CURLOPT_ERRORBUFFER, problem.data());
  opened.setopt(handle.get(), CURLOPT_WRITEFUNCTION, keep);
  opened.setopt(handle.get(), CURLOPT_WRITEDATA, &response.body);
  if (!request.body.empty()) {
    opened.setopt(handle.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
    opened.setopt(handle.get(), CURLOPT_POSTFIELDS, request.body.c_str());
  }
  const CURLcode code = opened.perform(handle.get());
  if (code != CURLE_OK)
    throw Error(ErrorKind::unavailable, "no answer from '{}': {}", request.url, problem.c_str());
  long status = 0;
  opened.getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  response.status = static_cast<int>(status);
  return response;
}

}  // namespace mlo
