#include <algorithm>
#include <string>
#include <vector>

#include "mlo/ui/view.h"
#include "ui/checks.h"
#include "ui/format.h"

namespace mlo::ui {
namespace {

constexpr auto kSchema =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// A path as a relative URI reference (RFC 3986): everything else than unreserved and '/' in
/// percent form, so that a name with a colon is no scheme.
std::string uri_of(std::string_view path) {
  std::string uri;
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~/").find(c) != std::string_view::npos;
    if (plain)
      uri += c;
    else
      uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return uri;
}

Json location(const Json& check, std::int64_t line) {
  Json place = Json::object(
      {{"artifactLocation", Json::object({{"uri", uri_of(check.string_or("target", ""))}})}});
  if (line > 0) place.set("region", Json::object({{"startLine", line}}));
  return Json::object({{"physicalLocation", std::move(place)}});
}

Json result_of(const Json& check) {
  Json locations = Json::array();
  for (const auto line : failing_lines(check)) locations.add(location(check, line));
  if (locations.size() == 0) locations.add(location(check, 0));
  return Json::object(
      {{"ruleId", check.string_or("name", "")},
       {"level", check.string_or("severity", "error") == "warn" ? "warning" : "error"},
       {"message", Json::object({{"text", sentence_of(check)}})},
       {"locations", std::move(locations)}});
}

}  // namespace

std::string to_sarif(const View& view) {
  Json results = Json::array();
  Json rules = Json::array();
  std::vector<std::string> known;
  for (const auto& check : checks_of(view).as_array()) {
    if (has_passed(check)) continue;
    results.add(result_of(check));
    const auto name = check.string_or("name", "");
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    known.push_back(name);
    rules.add(Json::object({{"id", name}}));
  }
  Json driver = Json::object({{"name", "mlo"}, {"rules", std::move(rules)}});
  Json run = Json::object(
      {{"tool", Json::object({{"driver", std::move(driver)}})}, {"results", std::move(results)}});
  return Json::object(
             {{"$schema", kSchema}, {"version", "2.1.0"}, {"runs", Json::array({std::move(run)})}})
             .dump() +
         "\n";
}

}  // namespace mlo::ui
