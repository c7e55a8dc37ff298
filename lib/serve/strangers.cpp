#include "serve/strangers.h"

#include <boost/asio/ip/address.hpp>
#include <boost/beast/core/string.hpp>
#include <fmt/format.h>

#include "mlo/core/text.h"

namespace mlo::serve {
namespace {

constexpr std::size_t kShownBytes = 100;

bool alike(std::string_view one, std::string_view other) {
  return boost::beast::iequals({one.data(), one.size()}, {other.data(), other.size()});
}

/// "[::1]:5000" → "::1"
std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
  return host.substr(0, host.rfind(':'));
}

bool is_own_name(std::string_view host) {
  const auto name = without_port(host);
  if (alike(name, "localhost")) return true;
  boost::system::error_code no_address;
  const auto address = boost::asio::ip::make_address(std::string(name), no_address);
  return !no_address && address.is_loopback();
}

std::string shown(std::string_view header) {
  return printable(header.substr(0, kShownBytes));
}

}  // namespace

std::optional<std::string> sent_by_a_stranger(std::string_view host, std::string_view origin,
                                              bool own_names_only) {
  // HTTP/1.0 knows no Host, and browsers do not speak it.
  if (own_names_only && !host.empty() && !is_own_name(host))
    return fmt::format(
        "'{}' is no name of this server, which listens on this machine only: ask it by 127.0.0.1 "
        "or localhost",
        shown(host));
  const auto scheme = origin.find("://");
  const auto from = scheme == std::string_view::npos ? origin : origin.substr(scheme + 3);
  if (!origin.empty() && !alike(from, host))
    return fmt::format("a page of '{}' may not ask this server, which is '{}'", shown(origin),
                       shown(host));
  return std::nullopt;
}

}  // namespace mlo::serve
