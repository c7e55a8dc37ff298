#include "serve/http_server.h"

#include <atomic>
#include <limits>
#include <list>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio.hpp>
#include <boost/beast.hpp>
#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/json.h"
#include "mlo/core/text.h"
#include "mlo/core/thread.h"
#include "serve/connection_limit.h"
#include "serve/strangers.h"

namespace mlo::serve {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
namespace {

constexpr auto kFarewell = std::chrono::seconds(5);
constexpr auto kLook = std::chrono::milliseconds(10);
// Where the system has no file left for a connection, it will have none at once.
constexpr auto kBreath = std::chrono::milliseconds(100);
// Boost 1.74 takes "none" for a limit below every length.
constexpr auto kNoLimit = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t kPieceBytes = 256U << 10U;
constexpr std::size_t kReceiveBytes = 64U << 10U;
constexpr std::size_t kShownBytes = 100;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

HttpResponse failure(int status, const std::string& message) {
  return {.status = status, .body = Json::object({{"error", message}}).dump()};
}

class Connection;

}  // namespace

struct HttpServer::State {
  State(const std::string& host, int port, HttpLimits bounds, Callbacks all)
      : limits(bounds), callbacks(std::move(all)) {
    const tcp::endpoint place(asio::ip::make_address(host), static_cast<unsigned short>(port));
    limits.connections = allowed_connections(limits.connections);
    limits.own_names_only = limits.own_names_only && place.address().is_loopback();
    acceptor.open(place.protocol());
    acceptor.set_option(asio::socket_base::reuse_address(true));
    acceptor.bind(place);
    acceptor.listen(asio::socket_base::max_listen_connections);
  }

  HttpLimits limits;
  Callbacks callbacks;
  std::atomic<bool> stopping = false;
  std::atomic<std::size_t> open = 0;
  Guarded<std::list<std::weak_ptr<Connection>>> connections;
  asio::io_context context;  // holds the connections that wait, which use all of the above
  tcp::acceptor acceptor{asio::make_strand(context)};
  asio::steady_timer breath{acceptor.get_executor()};
};

namespace {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, HttpServer::State& server)
      : stream_(std::move(socket)), server_(&server) {
    ++server_->open;
  }
  ~Connection() { --server_->open; }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start() {
    asio::dispatch(stream_.get_executor(), [self = shared_from_this()] {
      if (self->server_->open > self->server_->limits.connections)
        return self->answer(failure(503, fmt::format("more than {} connections",
                                                     self->server_->limits.connections)),
                            false);
      self->read();
    });
  }
  /// Ends a connection that waits for a request; a running one is answered first.
  void leave() {
    asio::post(stream_.get_executor(), [self = shared_from_this()] {
      if (self->waiting_) self->stream_.cancel();
    });
  }

 private:
  void read() {
    if (server_->stopping) return close();
    head_parser_.emplace();
    head_parser_->body_limit(kNoLimit);  // of what is read whole it is checked below
    head_parser_->header_limit(static_cast<std::uint32_t>(server_->limits.header_bytes));
    stream_.expires_after(server_->limits.idle);
    waiting_ = true;
    http::async_read_header(stream_, buffer_, *head_parser_,
                            [self = shared_from_this()](beast::error_code problem, std::size_t) {
                              self->waiting_ = false;
                              problem ? self->refuse(problem) : self->on_head();
                            });
  }

  void on_head() {
    const auto& message = head_parser_->get();
    const std::string target(message.target());
    const auto question = target.find('?');
    request_ = {.method = std::string(message.method_string()),
                .path = target.substr(0, question),
                .body = {},
                .query = question == std::string::npos ? "" : target.substr(question + 1),
                .authorization = std::string(header(http::field::authorization))};
    is_head_ = message.method() == http::verb::head;
    if (auto refused = refused_head()) return answer(std::move(*refused), false);
    // As much as there is room for is read at once, and a fresh buffer has room for 512 bytes.
    if (head_parser_->content_length().value_or(kReceiveBytes) > buffer_.capacity())
      buffer_.reserve(kReceiveBytes);
    if (server_->callbacks.receive) sink_ = server_->callbacks.receive(request_);
    // Asked before it is moved: Boost 1.74 forgets the length then.
    if (!sink_ && head_parser_->content_length().value_or(0) > server_->limits.body_bytes)
      return refuse(http::error::body_limit);
    waits_to_continue() ? answer_expectation() : read_body();
  }

  /// What must not be read further: of a body whose end is not known the rest would pass for the
  /// next request (RFC 9112, 6.1 and 3.2).
  [[nodiscard]] std::optional<HttpResponse> refused_head() const {
    const auto encoding = header(http::field::transfer_encoding);
    if (!encoding.empty() &&
        !beast::iequals(head_parser_->get()[http::field::transfer_encoding], "chunked"))
      return failure(501, fmt::format("a body in the encoding '{}'; it takes 'chunked' and none",
                                      printable(encoding.substr(0, kShownBytes))));
    const auto host = header(http::field::host);
    if (head_parser_->get().version() >= 11 && host.empty())
      return failure(400, "HTTP/1.1 wants a Host");
    if (const auto why =
            sent_by_a_stranger(host, header(http::field::origin), server_->limits.own_names_only))
      return failure(403, *why);
    return std::nullopt;
  }

  [[nodiscard]] std::string_view header(http::field name) const {
    const auto value = head_parser_->get()[name];
    return {value.data(), value.size()};
  }

  /// True for a client that sends its body once it is asked to (RFC 9110, 10.1.1).
  [[nodiscard]] bool waits_to_continue() const {
    const auto& message = head_parser_->get();
    return message.version() >= 11 && !head_parser_->is_done() &&
           beast::iequals(message[http::field::expect], "100-continue");
  }

  /// Asks for the body, or says at once why it is not wanted: nothing of it is on its way then.
  void answer_expectation() {
    if (sink_ && !sink_->wants_body()) return received(false);
    if (!sink_ && server_->callbacks.refusal)
      if (auto refused = server_->callbacks.refusal(request_))
        return answer(std::move(*refused), false);
    asio::async_write(stream_, asio::buffer(kContinue),
                      [self = shared_from_this()](beast::error_code problem, std::size_t) {
                        problem ? self->close() : self->read_body();
                      });
  }

  void read_body() {
    if (sink_) {
      piece_parser_.emplace(std::move(*head_parser_));
      piece_parser_->body_limit(kNoLimit);
      return receive();
    }
    body_parser_.emplace(std::move(*head_parser_));
    body_parser_->body_limit(server_->limits.body_bytes);
    http::async_read(stream_, buffer_, *body_parser_,
                     [self = shared_from_this()](beast::error_code problem, std::size_t) {
                       problem ? self->refuse(problem) : self->respond();
                     });
  }

  void respond() {
    auto message = body_parser_->release();
    request_.body = std::move(message.body());
    answer(server_->callbacks.handle(request_), message.keep_alive() && !server_->stopping);
  }

  /// Hands on what has arrived, and waits for more.
  void receive() {
    if (piece_parser_->is_done()) return received(true);
    auto& body = piece_parser_->get().body();
    piece_.resize(kPieceBytes);
    body.data = piece_.data();
    body.size = piece_.size();
    stream_.expires_after(server_->limits.idle);
    http::async_read(stream_, buffer_, *piece_parser_,
                     [self = shared_from_this()](beast::error_code problem, std::size_t) {
                       if (problem == http::error::need_buffer) problem = {};
                       if (problem) return self->refuse(problem);
                       const auto unused = self->piece_parser_->get().body().size;
                       const auto piece = std::span(self->piece_).first(kPieceBytes - unused);
                       self->sink_->write(piece) ? self->receive() : self->received(false);
                     });
  }

  /// A body that was not taken to its end leaves the connection of no further use.
  void received(bool whole) {
    const bool keep = whole && piece_parser_->get().keep_alive() && !server_->stopping;
    auto given = sink_->finish();
    sink_.reset();
    answer(std::move(given), keep);
  }

  void refuse(beast::error_code problem) {
    sink_.reset();
    if (problem == http::error::body_limit)
      return answer(
          failure(413, fmt::format("a body of more than {} bytes", server_->limits.body_bytes)),
          false);
    if (problem == http::error::header_limit)
      return answer(
          failure(431, fmt::format("headers of more than {} bytes", server_->limits.header_bytes)),
          false);
    // Whoever says nothing, or leaves, needs no answer; whoever says nonsense is told so.
    const bool nonsense =
        problem.category() == make_error_code(http::error::bad_method).category() &&
        problem != http::error::end_of_stream && problem != http::error::partial_message;
    if (nonsense) return answer(failure(400, "malformed HTTP: " + problem.message()), false);
    close();
  }

  void answer(HttpResponse given, bool keep) {
    response_.emplace(static_cast<http::status>(given.status), 11);
    response_->set(http::field::content_type, given.content_type);
    response_->set(http::field::server, "mlo");
    // Browsers ask their user then; the secret is the password.
    if (given.status == 401) response_->set(http::field::www_authenticate, "Basic realm=\"mlo\"");
    if (!given.allow.empty()) response_->set(http::field::allow, given.allow);
    response_->keep_alive(keep);
    source_ = is_head_ ? nullptr : given.source;
    response_->content_length(given.source ? given.source->size_bytes() : given.body.size());
    if (!is_head_) response_->body() = std::move(given.body);
    stream_.expires_after(server_->limits.idle);
    if (source_) return send_head(keep);
    http::async_write(stream_, *response_,
                      [self = shared_from_this(), keep](beast::error_code problem, std::size_t) {
                        self->sent(problem, keep);
                      });
  }

  void send_head(bool keep) {
    serializer_.emplace(*response_);
    http::async_write_header(
        stream_, *serializer_,
        [self = shared_from_this(), keep](beast::error_code problem, std::size_t) {
          problem ? self->close() : self->send_piece(keep);
        });
  }

  void send_piece(bool keep) {
    piece_.resize(kPieceBytes);
    std::size_t size = 0;
    try {
      size = source_->read(piece_);
    } catch (const std::exception&) {
      return stream_.close();  // the length that was promised tells the client
    }
    if (size == 0) {
      source_.reset();
      return sent({}, keep);
    }
    stream_.expires_after(server_->limits.idle);
    asio::async_write(stream_, asio::buffer(piece_.data(), size),
                      [self = shared_from_this(), keep](beast::error_code problem, std::size_t) {
                        problem ? self->close() : self->send_piece(keep);
                      });
  }

  void sent(beast::error_code problem, bool keep) {
    if (problem || !keep) return close();
    read();
  }

  void close() {
    beast::error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
  }

  beast::tcp_stream stream_;
  HttpServer::State* server_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::empty_body>> head_parser_;
  std::optional<http::request_parser<http::string_body>> body_parser_;
  std::optional<http::request_parser<http::buffer_body>> piece_parser_;
  std::optional<http::response<http::string_body>> response_;
  std::optional<http::response_serializer<http::string_body>> serializer_;
  HttpRequest request_;
  std::unique_ptr<BodySink> sink_;
  std::shared_ptr<BodySource> source_;
  std::vector<std::byte> piece_;
  bool waiting_ = false;
  bool is_head_ = false;
};

void accept(HttpServer::State& state) {
  state.acceptor.async_accept(
      asio::make_strand(state.context), [&state](beast::error_code problem, tcp::socket socket) {
        if (state.stopping) return;
        if (problem) {
          state.breath.expires_after(kBreath);
          return state.breath.async_wait([&state](beast::error_code) {
            if (!state.stopping) accept(state);
          });
        }
        socket.set_option(tcp::no_delay(true), problem);
        const auto connection = std::make_shared<Connection>(std::move(socket), state);
        state.connections.with([&](auto& all) {
          std::erase_if(all, [](const auto& known) { return known.expired(); });
          all.push_back(connection);
        });
        connection->start();
        accept(state);
      });
}

void begin_stop(HttpServer::State& state) {
  state.stopping = true;
  asio::post(state.acceptor.get_executor(), [&state] {
    beast::error_code ignored;
    state.acceptor.close(ignored);
    state.breath.cancel();
    state.connections.with([](auto& all) {
      for (const auto& known : all)
        if (const auto connection = known.lock()) connection->leave();
    });
  });
}

/// Ends the server once the last answer is out, or when patience is.
void farewell(HttpServer::State& state, std::chrono::steady_clock::time_point deadline) {
  if (state.open == 0 || std::chrono::steady_clock::now() >= deadline) return state.context.stop();
  const auto timer = std::make_shared<asio::steady_timer>(state.context, kLook);
  timer->async_wait([&state, deadline, timer](beast::error_code) { farewell(state, deadline); });
}

}  // namespace

HttpServer::HttpServer(const std::string& host, int port, HttpLimits limits, Callbacks callbacks) {
  try {
    state_ = std::make_unique<State>(host, port, limits, std::move(callbacks));
  } catch (const boost::system::system_error& problem) {
    if (problem.code() == boost::system::errc::address_in_use)
      throw Error(ErrorKind::conflict, "port {} of {} is in use", port, host)
          .hint("choose another with --port, or 0 for any free one");
    throw Error(ErrorKind::unavailable, "cannot listen on {}:{}: {}", host, port,
                problem.code().message())
        .hint("--host takes an address of this machine, such as 127.0.0.1");
  }
}

HttpServer::~HttpServer() = default;

int HttpServer::port() const {
  return state_->acceptor.local_endpoint().port();
}

void HttpServer::run(int threads, const std::stop_token& stop) {
  accept(*state_);
  const std::stop_callback on_stop(stop, [this] {
    begin_stop(*state_);
    asio::post(state_->context, [&state = *state_] {
      farewell(state, std::chrono::steady_clock::now() + kFarewell);
    });
  });
  std::vector<std::jthread> pool;
  for (int i = 1; i < threads; ++i) pool.emplace_back([this] { state_->context.run(); });
  state_->context.run();
}

}  // namespace mlo::serve
