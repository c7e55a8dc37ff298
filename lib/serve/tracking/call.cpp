#include "serve/tracking/call.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::serve::tracking {
namespace {

constexpr std::size_t kLongestKey = 250;

std::optional<std::int64_t> whole(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Code points, as Python counts.
std::size_t letters(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0U) == 0x80U ? 0 : 1;
  return count;
}

}  // namespace

std::optional<std::string> Call::maybe_text(std::string_view name) const {
  const auto& value = fields_[name];
  if (value.is_null()) return std::nullopt;
  if (value.is_string()) return value.as_string();
  if (value.is_number() || value.is_bool()) return value.dump();
  throw Error(ErrorKind::bad_input, "'{}' is no text", name);
}

std::string Call::text(std::string_view name) const {
  return maybe_text(name).value_or("");
}

std::string Call::required(std::string_view name) const {
  auto value = text(name);
  if (value.empty()) throw Error(ErrorKind::bad_input, "missing value for '{}'", name);
  return value;
}

std::optional<std::int64_t> Call::integer(std::string_view name) const {
  const auto& value = fields_[name];
  if (value.is_null()) return std::nullopt;
  if (value.is_integer()) return value.as_integer();
  if (value.is_string())
    if (const auto number = whole(value.as_string())) return number;
  if (value.is_number() && std::trunc(value.as_number()) == value.as_number() &&
      std::abs(value.as_number()) < 9e15)
    return static_cast<std::int64_t>(value.as_number());
  throw Error(ErrorKind::bad_input, "'{}' is no whole number", name);
}

bool Call::flag(std::string_view name) const {
  const auto& value = fields_[name];
  if (value.is_bool()) return value.as_bool();
  return value.is_string() && (value.as_string() == "true" || value.as_string() == "True");
}

std::vector<std::string> Call::texts(std::string_view name) const {
  const auto& value = fields_[name];
  if (value.is_null()) return {};
  if (!value.is_array()) return {required(name)};
  std::vector<std::string> all;
  for (const auto& item : value.as_array())
    all.push_back(item.is_string() ? item.as_string() : item.dump());
  return all;
}

std::span<const Json> Call::items(std::string_view name) const {
  const auto& value = fields_[name];
  if (value.is_null()) return {};
  if (!value.is_array()) throw Error(ErrorKind::bad_input, "'{}' is no list", name);
  return value.as_array();
}

std::string Call::run() const {
  auto id = text("run_id");
  if (id.empty()) id = text("run_uuid");
  if (id.empty()) throw Error(ErrorKind::bad_input, "missing value for 'run_id'");
  if (const auto ours = run::parse_run_id(id)) return *ours;
  throw Error(ErrorKind::not_found, "no run with id '{}'", printable(id));
}

std::int64_t Call::experiment() const {
  const auto id = required("experiment_id");
  if (const auto number = whole(id)) return *number;
  throw Error(ErrorKind::bad_input, "'{}' is no experiment id: they are decimal numbers",
              printable(id));
}

std::int64_t Call::most(std::int64_t usual, std::int64_t cap) const {
  const auto most = integer("max_results").value_or(usual);
  if (most < 1 || most > cap)
    throw Error(ErrorKind::bad_input, "max_results is {}, not between 1 and {}", most, cap);
  return most;
}

std::int64_t Call::offset() const {
  const auto token = text("page_token");
  if (token.empty()) return 0;
  const auto number =
      token.front() == 'p' ? whole(std::string_view(token).substr(1)) : std::nullopt;
  if (!number || *number < 0)
    throw Error(ErrorKind::bad_input, "invalid page token '{}'", printable(token));
  return *number;
}

Answer refuse(int status, std::string_view code, std::string_view message) {
  return {.body = Json::object({{"error_code", code}, {"message", message}}), .status = status};
}

std::int64_t milliseconds(Timestamp at) {
  return at.microseconds / 1000;
}

Timestamp from_milliseconds(std::int64_t milliseconds) {
  constexpr std::int64_t kFarthest = 253'402'300'799'999;  // the end of year 9999
  if (milliseconds < 0 || milliseconds > kFarthest)
    throw Error(ErrorKind::bad_input, "{} is no time in milliseconds", milliseconds);
  return {milliseconds * 1000};
}

Json key_values(const Json& object) {
  Json list = Json::array();
  for (const auto& [key, value] : object.as_object())
    list.add(
        Json::object({{"key", key}, {"value", value.is_string() ? value : Json(value.dump())}}));
  return list;
}

Json key_values(const std::vector<std::pair<std::string, std::string>>& pairs) {
  Json list = Json::array();
  for (const auto& [key, value] : pairs) list.add(Json::object({{"key", key}, {"value", value}}));
  return list;
}

Json tags_of(const Call& call, std::string_view name, std::size_t longest_value) {
  Json tags = Json::object();
  for (const auto& tag : call.items(name)) {
    const auto key = tag.string_or("key", "");
    check_key("tag", key);
    const auto value = tag.string_or("value", "");
    check_length("tag", value, longest_value);
    tags.set(key, value);
  }
  return tags;
}

void check_key(std::string_view what, std::string_view key) {
  if (key.empty()) throw Error(ErrorKind::bad_input, "a {} has no name", what);
  if (letters(key) > kLongestKey)
    throw Error(ErrorKind::bad_input, "the name of a {} has at most {} characters, '{}…' has {}",
                what, kLongestKey, printable(key.substr(0, 40)), letters(key));
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20U || c == 0x7F; };
  if (std::ranges::any_of(key, control))
    throw Error(ErrorKind::bad_input, "invalid {} name '{}': it has control characters", what,
                printable(key));
  // Names may become paths of a folder some day, here or in another store.
  const bool path = key.front() == '/' || key == "." || key == ".." || key.starts_with("../") ||
                    key.find("/../") != std::string_view::npos || key.ends_with("/..");
  if (path)
    throw Error(ErrorKind::bad_input, "invalid {} name '{}': it would leave its folder", what,
                printable(key));
}

void check_length(std::string_view what, std::string_view value, std::size_t longest) {
  if (letters(value) > longest)
    throw Error(ErrorKind::bad_input, "the value of a {} has at most {} characters, this has {}",
                what, longest, letters(value));
}

void add_token(Json& body, const Call& call, std::int64_t shown, std::int64_t most) {
  if (shown == most) body.set("next_page_token", fmt::format("p{}", call.offset() + shown));
}

}  // namespace mlo::serve::tracking
