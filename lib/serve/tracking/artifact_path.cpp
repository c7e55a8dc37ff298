#include "serve/tracking/artifact_path.h"

#include <algorithm>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/run/tracking.h"
#include "serve/tracking/wire.h"

namespace mlo::serve::tracking {
namespace {

constexpr std::size_t kLongest = 4096;
constexpr int kDecodings = 4;

bool climbs(std::string_view path) {
  const auto parts = split(path, '/');
  return path.starts_with('/') || path.find('\\') != std::string_view::npos ||
         std::ranges::any_of(parts, [](const std::string& part) { return part == ".."; }) ||
         (path.size() > 1 && path[1] == ':') || path.find("file:") == 0;
}

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

void check_artifact_path(std::string_view path) {
  const auto refused = [&] {
    return Error(ErrorKind::bad_input, "invalid path '{}'", printable(path.substr(0, 120)));
  };
  if (path.size() > kLongest) throw refused();
  if (std::ranges::any_of(path, [](char c) { return static_cast<unsigned char>(c) < 0x20U; }))
    throw refused();
  // A second decoding, somewhere behind us, must not find what the first one hid.
  std::string seen(path);
  for (int i = 0; i < kDecodings; ++i) {
    if (climbs(seen)) throw refused();
    if (seen.find('%') == std::string::npos) break;
    try {
      seen = percent_decoded(seen);
    } catch (const Error&) {
      break;  // a plain '%' in a name
    }
  }
  const auto parts = split(path, '/');
  for (const auto& part : parts)
    if (!path.empty() && (part.empty() || part == ".")) throw refused();
}

ArtifactPath parse_artifact_path(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  check_artifact_path(path);
  const auto parts = split(path, '/');
  const auto rest_after = [&](std::size_t count) {
    return join(std::span(parts).subspan(std::min(count, parts.size())), "/");
  };
  if (parts.size() >= 3 && parts[0] == "mlo" && is_number(parts[2]))
    return {.owner = "mlo:" + parts[1] + "@" + parts[2], .path = rest_after(3)};
  if (parts.size() >= 4 && is_number(parts[0]) && parts[1] == "models" &&
      parts[2].starts_with("m-") && parts[3] == "artifacts")
    return {.owner = parts[2], .path = rest_after(4)};
  if (parts.size() >= 3 && is_number(parts[0]) && parts[2] == "artifacts")
    if (auto run = run::parse_run_id(parts[1]))
      return {.owner = std::move(*run), .path = rest_after(3)};
  throw Error(ErrorKind::not_found, "'{}' is of no run and no model here",
              printable(path.substr(0, 120)));
}

}  // namespace mlo::serve::tracking
