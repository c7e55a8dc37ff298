#include "serve/http_server.h"

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/http.h"
#include "serve/strangers.h"

using namespace mlo;
using namespace mlo::serve;

namespace {

/// A server that answers with the method, the path and the size of the body.
class Echo {
 public:
  explicit Echo(HttpLimits limits = {}, HttpServer::Refusal refusal = {},
                HttpServer::Receiver receive = {})
      : server_("127.0.0.1", 0, limits,
                {.handle =
                     [](const serve::HttpRequest& request) {
                       return serve::HttpResponse{.body = request.method + " " + request.path +
                                                          " " +
                                                          std::to_string(request.body.size())};
                     },
                 .receive = std::move(receive),
                 .refusal = std::move(refusal)}),
        thread_([this](const std::stop_token& stop) { server_.run(2, stop); }) {}

  [[nodiscard]] int port() const { return server_.port(); }
  /// Sends raw bytes and reads until the other side closes or `expect` arrives.
  [[nodiscard]] std::string send(const std::string& text,
                                 const std::string& expect = "\n\n\n") const {
    const auto connection = connect();
    auto& file = const_cast<File&>(connection);
    file.write_all(bytes_of(text));
    std::string answer;
    std::vector<std::byte> buffer(4096);
    while (answer.find(expect) == std::string::npos) {
      const auto count = file.read(buffer);
      if (count == 0) break;
      answer.append(text_of(std::span(buffer).first(count)));
    }
    return answer;
  }
  [[nodiscard]] File connect() const {
    File file(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_port = htons(static_cast<std::uint16_t>(port()));
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(file.descriptor(), reinterpret_cast<sockaddr*>(&place), sizeof place) == 0);
    return file;
  }

 private:
  HttpServer server_;
  std::jthread thread_;
};

}  // namespace

TEST_CASE("a request is answered and the query is no part of the path", "[http]") {
  const Echo echo;
  const auto answer = http({.method = "POST",
                            .url = "http://127.0.0.1:" + std::to_string(echo.port()) + "/a?b=c",
                            .body = "12345"});
  CHECK(answer.status == 200);
  CHECK(answer.body == "POST /a 5");
}

TEST_CASE("requests on one connection are answered in order", "[http]") {
  const Echo echo;
  const auto answer = echo.send(
      "GET /1 HTTP/1.1\r\nHost: localhost\r\n\r\nGET /2 HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "GET /2 0");
  CHECK(answer.find("GET /1 0") < answer.find("GET /2 0"));
}

TEST_CASE("what is too large or no HTTP is told so", "[http]") {
  const Echo echo({.body_bytes = 100, .header_bytes = 512});
  CHECK(echo.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 101\r\n\r\n" +
                  std::string(101, 'x'))
            .starts_with("HTTP/1.1 413"));
  CHECK(echo.send("GET / HTTP/1.1\r\nX: " + std::string(1000, 'y') + "\r\n\r\n")
            .starts_with("HTTP/1.1 431"));
  CHECK(echo.send("\x16\x03\x01 nonsense\r\n\r\n").starts_with("HTTP/1.1 400"));
  CHECK(echo.send("POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n").starts_with("HTTP/1.1 400"));
}

TEST_CASE("two hundred idle connections keep nobody waiting", "[http]") {
  const Echo echo;
  std::vector<File> idle;
  for (int i = 0; i < 200; ++i) idle.push_back(echo.connect());
  CHECK(http({.url = "http://127.0.0.1:" + std::to_string(echo.port()) + "/x", .timeout_ms = 2000})
            .status == 200);
}

TEST_CASE("connections beyond the limit are told, and the others go on", "[http]") {
  const Echo echo({.connections = 2});
  const auto first = echo.connect();
  const auto second = echo.connect();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  CHECK(echo.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").starts_with("HTTP/1.1 503"));
}

TEST_CASE("a client that says nothing is let go", "[http]") {
  const Echo echo({.idle = std::chrono::milliseconds(100)});
  auto file = echo.connect();
  std::vector<std::byte> buffer(16);
  CHECK(file.read(buffer) == 0);
}

TEST_CASE("stopping ends the server though clients hold on", "[http]") {
  File held;
  const auto begin = std::chrono::steady_clock::now();
  {
    const Echo echo;
    held = echo.connect();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(3));
}

TEST_CASE("a port that is taken is a conflict", "[http]") {
  const Echo echo;
  try {
    const HttpServer second("127.0.0.1", echo.port(), {}, {.handle = [](const serve::HttpRequest&) {
                              return serve::HttpResponse{};
                            }});
    FAIL("two listen");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::conflict);
  }
}

namespace {

/// Counts what it is given; refuses more than a million bytes.
class CountingSink final : public BodySink {
 public:
  bool write(std::span<const std::byte> piece) override {
    largest_ = std::max(largest_, piece.size());
    total_ += piece.size();
    return total_ <= 1'000'000;
  }
  serve::HttpResponse finish() override {
    if (total_ > 1'000'000) return {.status = 413, .body = "enough"};
    return {.body = std::to_string(total_)};
  }

 private:
  std::size_t total_ = 0;
  std::size_t largest_ = 0;
};

/// `size` bytes, made as they are asked for.
class Letters final : public BodySource {
 public:
  explicit Letters(std::uint64_t size) : left_(size), size_(size) {}
  [[nodiscard]] std::uint64_t size_bytes() const override { return size_; }
  std::size_t read(std::span<std::byte> buffer) override {
    const auto count = std::min<std::uint64_t>(left_, buffer.size());
    std::ranges::fill(buffer.first(count), std::byte{'x'});
    left_ -= count;
    return count;
  }

 private:
  std::uint64_t left_;
  std::uint64_t size_;
};

}  // namespace

TEST_CASE("bodies pass piece by piece where somebody takes or makes them", "[http]") {
  HttpServer server(
      "127.0.0.1", 0, {.body_bytes = 100},
      {.handle =
           [](const serve::HttpRequest& request) {
             if (request.path == "/large")
               return serve::HttpResponse{.source = std::make_shared<Letters>(3'000'000)};
             return serve::HttpResponse{.body = request.query + "|" + request.authorization};
           },
       .receive = [](const serve::HttpRequest& request) -> std::unique_ptr<BodySink> {
         if (request.method != "PUT") return nullptr;
         return std::make_unique<CountingSink>();
       }});
  const std::jthread thread([&](const std::stop_token& stop) { server.run(2, stop); });
  const auto url = "http://127.0.0.1:" + std::to_string(server.port());
  CHECK(http({.method = "PUT", .url = url + "/a", .body = std::string(900'000, 'y')}).body ==
        "900000");
  CHECK(http({.method = "PUT", .url = url + "/a", .body = ""}).body == "0");
  CHECK(http({.method = "GET", .url = url + "/large"}).body == std::string(3'000'000, 'x'));
  CHECK(http({.method = "GET", .url = url + "/a?b=c&d"}).body == "b=c&d|");
  CHECK(http({.method = "POST", .url = url + "/a", .body = std::string(101, 'y')}).status == 413);
}

namespace {

/// Wants nothing, and says so before the first byte.
class ClosedSink final : public BodySink {
 public:
  [[nodiscard]] bool wants_body() const override { return false; }
  bool write(std::span<const std::byte> /*piece*/) override { return false; }
  serve::HttpResponse finish() override { return {.status = 403, .body = "closed"}; }
};

/// What arrives on a connection until `expect` is there, or the other side closes.
std::string read_until(File& connection, const std::string& expect) {
  std::string answer;
  std::vector<std::byte> buffer(4096);
  while (answer.find(expect) == std::string::npos) {
    const auto count = connection.read(buffer);
    if (count == 0) break;
    answer.append(text_of(std::span(buffer).first(count)));
  }
  return answer;
}

std::string expecting_head(const std::string& line, std::size_t size) {
  return line + " HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: " +
         std::to_string(size) + "\r\n\r\n";
}

}  // namespace

TEST_CASE("a client that waits is asked for its body, or told why it is not wanted", "[http]") {
  const Echo echo(
      {.body_bytes = 100},
      [](const serve::HttpRequest& request) -> std::optional<serve::HttpResponse> {
        if (request.path != "/forbidden") return std::nullopt;
        return serve::HttpResponse{.status = 401};
      },
      [](const serve::HttpRequest& request) -> std::unique_ptr<BodySink> {
        if (request.path == "/closed") return std::make_unique<ClosedSink>();
        if (request.path == "/pieces") return std::make_unique<CountingSink>();
        return nullptr;
      });
  const std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
  for (const auto& [path, said] : {std::pair{"/a", "POST /a 5"}, std::pair{"/pieces", "5"}}) {
    auto connection = echo.connect();
    connection.write_all(bytes_of(expecting_head(std::string("POST ") + path, 5)));
    CHECK(read_until(connection, "\r\n\r\n") == go_on);
    connection.write_all(bytes_of(std::string_view("12345")));
    const auto answer = read_until(connection, said);
    CHECK(answer.starts_with("HTTP/1.1 200"));
    CHECK(answer.ends_with(said));
  }
  CHECK(echo.send(expecting_head("POST /a", 101)).starts_with("HTTP/1.1 413"));
  CHECK(echo.send(expecting_head("POST /forbidden", 5)).starts_with("HTTP/1.1 401"));
  CHECK(echo.send(expecting_head("PUT /closed", 5)).starts_with("HTTP/1.1 403"));
  // Nothing is to come, and HTTP/1.0 knows no such answer.
  CHECK(echo.send(expecting_head("POST /a", 0), "POST /a 0").starts_with("HTTP/1.1 200"));
  CHECK(echo.send("POST /a HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
                  "POST /a 1")
            .starts_with("HTTP/1.1 200"));
}

TEST_CASE("what a page of somebody else makes a browser send is refused", "[http]") {
  const auto refused = [](std::string_view host, std::string_view origin, bool own_names = true) {
    return sent_by_a_stranger(host, origin, own_names).has_value();
  };
  for (const auto* const own :
       {"127.0.0.1:5000", "localhost:5000", "LOCALHOST", "[::1]:5000", "127.0.0.2", ""})
    CHECK_FALSE(refused(own, ""));
  for (const auto* const other :
       {"evil.example:5000", "localhost.evil.example", "10.0.0.1:5000", "[fe80::1]:5000", "[", ":"})
    CHECK(refused(other, ""));
  CHECK_FALSE(refused("models.example:5000", "", false));
  CHECK_FALSE(refused("localhost:5000", "http://localhost:5000"));
  CHECK_FALSE(refused("models.example", "https://Models.example", false));
  CHECK(refused("localhost:5000", "http://evil.example"));
  CHECK(refused("localhost:5000", "http://localhost:8080"));
  CHECK(refused("localhost:5000", "null"));
  const Echo echo;
  const auto ask = [&](const std::string& headers) {
    return echo.send("POST /a HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n" + headers +
                     "\r\n");
  };
  CHECK_THAT(ask("Host: localhost\r\n"), Catch::Contains("200 OK"));
  CHECK_THAT(ask("Host: evil.example\r\n"),
             Catch::Contains("403 Forbidden") && Catch::Contains("listens on this machine only"));
  CHECK_THAT(ask("Host: localhost\r\nOrigin: https://evil.example\r\n"),
             Catch::Contains("403 Forbidden"));
  const Echo with_token({.own_names_only = false});
  CHECK_THAT(with_token.send("GET / HTTP/1.1\r\nHost: models.example\r\nConnection: close\r\n\r\n"),
             Catch::Contains("200 OK"));
}

TEST_CASE("a body whose end is not known is refused, and what follows is no request", "[http]") {
  const Echo echo;
  for (const std::string encoding :
       {"xchunked", "chunked, identity", "gzip, chunked", "identity"}) {
    const auto answer =
        echo.send("POST /a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: " + encoding +
                  "\r\n\r\nGET /b HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK_THAT(answer, Catch::Contains("501 Not Implemented") && !Catch::Contains("200 OK"));
  }
  CHECK_THAT(echo.send("GET /a HTTP/1.1\r\n\r\n"), Catch::Contains("400 Bad Request"));
  CHECK_THAT(echo.send("GET /a HTTP/1.0\r\n\r\n"), Catch::Contains("200 OK"));
}
