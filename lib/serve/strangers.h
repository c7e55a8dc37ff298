#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mlo::serve {

/// Why a request is not answered that a web page of somebody else may have made a browser send;
/// nothing when there is no sign of that. Scripts and their libraries send no Origin.
///   host    the header as it was sent: where the browser believes to be
///   origin  the header as it was sent (RFC 6454): whose page asked
///   own_names_only  `host` must be an address of this machine that others cannot reach, or
///           localhost: a name of their own that they let stand for it (DNS rebinding) would make
///           their page a part of this server
std::optional<std::string> sent_by_a_stranger(std::string_view host, std::string_view origin,
                                              bool own_names_only);

}  // namespace mlo::serve
