#include "mlo/core/http.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <exception>
#include <memory>

#include <curl/curl.h>
#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/process.h"
#include "mlo/core/text.h"

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

/// What the callbacks of a download work on; they must not throw through C.
struct Transfer {
  File& output;
  HttpDownload& result;
  const std::function<void(std::uint64_t, std::uint64_t)>& advance;
  const std::stop_token& stop;
  std::exception_ptr failure;
};

std::size_t write_body(char* data, std::size_t /*one*/, std::size_t count, void* target) {
  auto& transfer = *static_cast<Transfer*>(target);
  try {
    transfer.output.write_all(bytes_of(std::string_view(data, count)));
    transfer.result.size_bytes += count;
    return count;
  } catch (...) {
    transfer.failure = std::current_exception();
    return 0;
  }
}

std::size_t read_header(char* data, std::size_t /*one*/, std::size_t count, void* target) {
  auto& headers = static_cast<Transfer*>(target)->result.headers;
  const std::string_view line = trim(std::string_view(data, count));
  // A redirect's answer comes first; what counts is the last one's.
  if (line.starts_with("HTTP/")) headers.clear();
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || headers.size() > 200) return count;
  std::string name(line.substr(0, colon));
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  headers[name] = trim(line.substr(colon + 1));
  return count;
}

int on_progress(void* target, curl_off_t total, curl_off_t done, curl_off_t /*up*/,
                curl_off_t /*up*/) {
  auto& transfer = *static_cast<Transfer*>(target);
  if (transfer.stop.stop_requested()) return 1;
  if (transfer.advance)
    transfer.advance(static_cast<std::uint64_t>(done), static_cast<std::uint64_t>(total));
  return 0;
}

const Curl& curl() {
  static const Curl kCurl;
  return kCurl;
}

/// Whether a field of a query is named like one that signed links keep their secrets in.
bool is_secret(std::string name) {
  constexpr std::array<std::string_view, 6> kParts{"token",    "key",    "signature",
                                                   "password", "secret", "credential"};
  constexpr std::array<std::string_view, 4> kNames{"sig", "auth", "pass", "pwd"};
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  return std::ranges::find(kNames, name) != kNames.end() ||
         std::ranges::any_of(kParts,
                             [&](auto part) { return name.find(part) != std::string::npos; });
}

}  // namespace

std::optional<std::string> http_library_version() {
  try {
    return curl().version_info(CURLVERSION_NOW)->version;
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::string without_secrets(std::string_view url) {
  const auto scheme = url.find("://");
  const auto start = scheme == std::string_view::npos ? 0 : scheme + 3;
  const auto query = std::min(url.find('?', start), url.size());
  const auto host = url.substr(start, std::min(url.find('/', start), query) - start);
  // A password may hold an '@' too.
  const auto at = host.rfind('@');
  const auto shown_from = at == std::string_view::npos ? start : start + at + 1;
  auto shown = std::string(url.substr(0, start)).append(url.substr(shown_from, query - shown_from));
  if (query == url.size()) return shown;
  std::vector<std::string> fields;
  for (const auto& field : split(url.substr(query + 1), '&')) {
    const auto equals = field.find('=');
    const bool hidden = equals != std::string::npos && is_secret(field.substr(0, equals));
    fields.push_back(hidden ? field.substr(0, equals + 1) + "…" : field);
  }
  return shown + "?" + join(fields, "&");
}

HttpDownload download(const std::string& url, File& output,
                      const std::function<void(std::uint64_t, std::uint64_t)>& advance,
                      const std::stop_token& stop) {
  const Curl& opened = curl();
  const std::unique_ptr<CURL, decltype(opened.cleanup)> handle(opened.init(), opened.cleanup);
  if (!handle) throw Error(ErrorKind::unavailable, "libcurl cannot start");
  HttpDownload result{.url = url};
  Transfer transfer{output, result, advance, stop, nullptr};
  std::string problem(CURL_ERROR_SIZE, '\0');
  const auto set = [&](CURLoption option, auto value) {
    opened.setopt(handle.get(), option, value);
  };
  set(CURLOPT_URL, url.c_str());
#if LIBCURL_VERSION_NUM >= 0x075500
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_REDIR_PROTOCOLS_STR, url.starts_with("https:") ? "https" : "http,https");
#else
  const long secure = CURLPROTO_HTTPS;
  set(CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP) | secure);
  set(CURLOPT_REDIR_PROTOCOLS,
      url.starts_with("https:") ? secure : static_cast<long>(CURLPROTO_HTTP) | secure);
#endif
  set(CURLOPT_FOLLOWLOCATION, 1L);
  set(CURLOPT_MAXREDIRS, 5L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_CONNECTTIMEOUT, 30L);
  set(CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(CURLOPT_LOW_SPEED_TIME, 60L);
  set(CURLOPT_ERRORBUFFER, problem.data());
  set(CURLOPT_WRITEFUNCTION, write_body);
  set(CURLOPT_WRITEDATA, &transfer);
  set(CURLOPT_HEADERFUNCTION, read_header);
  set(CURLOPT_HEADERDATA, &transfer);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, on_progress);
  set(CURLOPT_XFERINFODATA, &transfer);
  const CURLcode code = opened.perform(handle.get());
  if (transfer.failure) std::rethrow_exception(transfer.failure);
  throw_if_stopped(stop);
  if (code != CURLE_OK)
    throw Error(ErrorKind::unavailable, "'{}' did not arrive: {}", without_secrets(url),
                problem.c_str())
        .hint("run the command again; nothing was kept");
  long status = 0;
  opened.getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  result.status = static_cast<int>(status);
  const char* last = nullptr;
  opened.getinfo(handle.get(), CURLINFO_EFFECTIVE_URL, &last);
  if (last != nullptr) result.url = last;
  return result;
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
    throw Error(ErrorKind::unavailable, "no answer from '{}': {}", without_secrets(request.url),
                problem.c_str());
  long status = 0;
  opened.getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  response.status = static_cast<int>(status);
  return response;
}

}  // namespace mlo
