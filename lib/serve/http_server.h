#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

namespace mlo::serve {

struct HttpRequest {
  std::string method;
  std::string path;  ///< without the query
  std::string body;
  std::string query;          ///< what follows '?', as it was sent
  std::string authorization;  ///< the header, as it was sent
};

/// A body that is sent piece by piece, so that its size costs no memory.
class BodySource {
 public:
  BodySource() = default;
  virtual ~BodySource() = default;
  BodySource(const BodySource&) = delete;
  BodySource& operator=(const BodySource&) = delete;
  [[nodiscard]] virtual std::uint64_t size_bytes() const = 0;
  /// The next bytes; 0 at the end. What it throws ends the connection before its promised length.
  virtual std::size_t read(std::span<std::byte> buffer) = 0;
};

struct HttpResponse {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::shared_ptr<BodySource> source = {};  ///< in place of `body`
  std::string allow = {};                   ///< of a 405: the methods that the path takes
};

/// Takes a request's body piece by piece, likewise.
class BodySink {
 public:
  BodySink() = default;
  virtual ~BodySink() = default;
  BodySink(const BodySink&) = delete;
  BodySink& operator=(const BodySink&) = delete;
  /// False: not even the first piece is wanted, `finish` says why.
  [[nodiscard]] virtual bool wants_body() const { return true; }
  /// False: nothing more is wanted, `finish` says why. Must not throw, as `finish`.
  virtual bool write(std::span<const std::byte> piece) = 0;
  virtual HttpResponse finish() = 0;
};

/// What one client may cost; more is answered with an error that names the limit.
struct HttpLimits {
  std::size_t body_bytes = 16U << 20U;
  std::size_t header_bytes = 16U << 10U;
  std::size_t connections = 1024;          ///< fewer where the process may not open as many files
  std::chrono::milliseconds idle{30'000};  ///< for a whole request to arrive, too
  /// A server that listens on a loopback address answers under that and "localhost" only: other
  /// names are a stranger's (`strangers.h`). Not needed where each request shows a token.
  bool own_names_only = true;
};

/// An HTTP/1.1 server. Connections are not tied to threads: idle ones cost memory only.
/// Callbacks run on the server's threads, several at once; `handle` must not throw. What web pages
/// of others make a browser send is refused (403).
class HttpServer {
 public:
  using Handler = std::function<HttpResponse(const HttpRequest&)>;
  /// Who takes the body of this request, whose `body` is empty yet; null: it is read whole, for the
  /// handler. Must not throw.
  using Receiver = std::function<std::unique_ptr<BodySink>(const HttpRequest&)>;
  /// What a request whose `body` is empty yet is refused with, whatever its body will be; nothing:
  /// its body is wanted. Asked where a client waits for that (`Expect: 100-continue`). Must not
  /// throw.
  using Refusal = std::function<std::optional<HttpResponse>(const HttpRequest&)>;
  struct Callbacks {
    Handler handle;
    Receiver receive = {};
    Refusal refusal = {};
  };
  /// Binds at once. Throws conflict when the port is taken.
  HttpServer(const std::string& host, int port, HttpLimits limits, Callbacks callbacks);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  [[nodiscard]] int port() const;
  /// Serves on `threads` threads until `stop`; running requests are finished, idle connections
  /// closed.
  void run(int threads, const std::stop_token& stop);

  struct State;  ///< for the connections of http_server.cpp

 private:
  std::unique_ptr<State> state_;
};

}  // namespace mlo::serve
