#include "serve/tracking/version_json.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::serve::tracking {

bool same_stage(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, [](char a, char b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; };
    return lower(a) == lower(b);
  });
}

std::int64_t version_number(const Call& call) {
  const auto text = call.required("version");
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size() || number < 0)
    throw Error(ErrorKind::bad_input, "'{}' is no version: they are numbers", printable(text));
  return number;
}

Json without(const Json& object, std::string_view key) {
  Json kept = Json::object();
  for (const auto& [name, value] : object.as_object())
    if (name != key) kept.append(name, value);
  return kept;
}

Json version_json(const ledger::RegisteredModel& model, const model::NotedVersion& noted) {
  const auto& [version, note] = noted;
  auto json = Json::object({{"name", version.model},
                            {"version", std::to_string(version.number)},
                            {"creation_timestamp", milliseconds(version.origin.at)},
                            {"last_updated_timestamp", milliseconds(note.updated_at)},
                            {"user_id", version.origin.actor},
                            {"current_stage", note.stage},
                            {"description", note.description},
                            {"source", note.source},
                            {"run_id", version.run.empty() ? "" : run::hex_of_run(version.run)},
                            {"status", "READY"},
                            {"run_link", note.link}});
  if (note.tags.size() > 0) json.set("tags", key_values(note.tags));
  Json aliases = Json::array();
  for (const auto& [alias, number] : model.aliases.as_object())
    if (number.as_integer() == version.number) aliases.add(alias);
  if (aliases.size() > 0) json.set("aliases", std::move(aliases));
  return json;
}

Json model_json(workspace::Repository& repository, const ledger::RegisteredModel& model) {
  auto json = Json::object({{"name", model.name},
                            {"creation_timestamp", milliseconds(model.created_at)},
                            {"last_updated_timestamp", milliseconds(model.updated_at)},
                            {"description", model.description}});
  Json latest = Json::array();
  std::set<std::string> stages;
  for (const auto& version : model::versions_of(repository, model.name))
    if (stages.insert(version.note.stage).second) latest.add(version_json(model, version));
  if (latest.size() > 0) json.set("latest_versions", std::move(latest));
  if (model.tags.size() > 0) json.set("tags", key_values(model.tags));
  Json aliases = Json::array();
  for (const auto& [alias, number] : model.aliases.as_object())
    aliases.add(Json::object({{"alias", alias}, {"version", std::to_string(number.as_integer())}}));
  if (aliases.size() > 0) json.set("aliases", std::move(aliases));
  return json;
}

}  // namespace mlo::serve::tracking
