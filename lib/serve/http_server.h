#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

namespace mlo::serve {

struct HttpRequest {
  std::string method;
  std::string path;  ///< without the query
  std::string body;
};

struct HttpResponse {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
};

/// What one client may cost; more is answered with an error that names the limit.
struct HttpLimits {
  std::size_t body_bytes = 16U << 20U;
  std::size_t header_bytes = 16U << 10U;
  std::size_t connections = 1024;
  std::chrono::milliseconds idle{30'000};  ///< for a whole request to arrive, too
};

/// An HTTP/1.1 server. Connections are not tied to threads: idle ones cost memory only.
/// `handle` runs on the server's threads, several at once, and must not throw.
class HttpServer {
 public:
  using Handler = std::function<HttpResponse(const HttpRequest&)>;
  /// Binds at once. Throws conflict when the port is taken.
  HttpServer(const std::string& host, int port, HttpLimits limits, Handler handle);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  [[nodiscard]] int port() const;
  /// Serves on `threads` threads until `stop`; running requests are finished, idle connections
  /// closed.
  void run(int threads, const std::stop_token& stop);

  struct State;  ///< for the connections of http_server.cpp

 private:
  std::shared_ptr<State> state_;
};

}  // namespace mlo::serve
