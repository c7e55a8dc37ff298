#include "mlo/model/registry.h"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "serve/tracking/call.h"
#include "serve/tracking/version_json.h"

namespace mlo::serve::tracking {
namespace {

constexpr std::size_t kLongestTag = 100'000;
constexpr std::size_t kLongestAlias = 255;
constexpr std::size_t kLongestName = 256;

std::string model_name(const Call& call, std::string_view field) {
  auto name = call.required(field);
  check_length("registered model's name", name, kLongestName);
  if (name.find_first_of("/:@") != std::string::npos || !is_utf8(name))
    throw Error(ErrorKind::bad_input,
                "invalid name of a registered model '{}': it has no '/', ':' and '@'",
                printable(name));
  return name;
}

Answer model_answer(Call& call, const ledger::RegisteredModel& model) {
  return {.body = Json::object({{"registered_model", model_json(call.repository, model)}})};
}

Answer create(Call& call) {
  const auto name = model_name(call, "name");
  const auto tags = tags_of(call, "tags", kLongestTag);
  try {
    return model_answer(call,
                        model::create_model(call.repository, name, call.text("description"), tags));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::conflict || !model::registered_model(call.repository, name))
      throw;
    return refuse(400, "RESOURCE_ALREADY_EXISTS", error.message());
  }
}

ledger::RegisteredModel find(Call& call) {
  const auto name = call.required("name");
  if (auto model = model::registered_model(call.repository, name)) return std::move(*model);
  throw Error(ErrorKind::not_found, "no registered model '{}'", printable(name));
}

Answer get(Call& call) {
  return model_answer(call, find(call));
}

Answer rename(Call& call) {
  const auto name = call.required("name");
  const auto new_name = model_name(call, "new_name");
  if (name != new_name && model::registered_model(call.repository, new_name))
    return refuse(400, "RESOURCE_ALREADY_EXISTS",
                  fmt::format("there is a registered model '{}' already", printable(new_name)));
  return model_answer(call, model::rename_model(call.repository, name, new_name));
}

Answer update(Call& call) {
  const auto changed = model::edit_model(call.repository, call.required("name"), [&](auto& model) {
    model.description = call.text("description");
  });
  return model_answer(call, changed);
}

Answer remove(Call& call) {
  model::remove_model(call.repository, call.required("name"));
  return {};
}

Answer search(Call& call) {
  const auto most = call.most(100, 1000);
  const auto found = model::search_models(
      call.repository, {call.text("filter"), call.texts("order_by"), call.offset(), most});
  Json list = Json::array();
  for (const auto& model : found) list.add(model_json(call.repository, model));
  auto body = Json::object({{"registered_models", std::move(list)}});
  add_token(body, call, static_cast<std::int64_t>(found.size()), most);
  return {.body = std::move(body)};
}

Answer latest_versions(Call& call) {
  const auto model = find(call);
  auto stages = call.texts("stages");
  Json list = Json::array();
  std::map<std::string, bool> seen;
  for (const auto& version : model::versions_of(call.repository, model.name)) {
    const auto& stage = version.note.stage;
    const bool wanted = stages.empty() || std::ranges::any_of(stages, [&](const auto& asked) {
                          return same_stage(asked, stage);
                        });
    if (wanted && !std::exchange(seen[stage], true)) list.add(version_json(model, version));
  }
  return {.body = Json::object({{"model_versions", std::move(list)}})};
}

Answer set_tag(Call& call) {
  const auto key = call.required("key");
  check_key("tag", key);
  const auto value = call.text("value");
  check_length("tag", value, kLongestTag);
  model::edit_model(call.repository, call.required("name"),
                    [&](auto& model) { model.tags.set(key, value); });
  return {};
}

Answer delete_tag(Call& call) {
  model::edit_model(call.repository, call.required("name"),
                    [&](auto& model) { model.tags = without(model.tags, call.required("key")); });
  return {};
}

Answer set_alias(Call& call) {
  const auto alias = call.required("alias");
  check_length("alias", alias, kLongestAlias);
  const auto number = version_number(call);
  if (alias == "latest" || (alias.front() == 'v' && alias.size() > 1 &&
                            alias.find_first_not_of("0123456789", 1) == std::string::npos))
    throw Error(ErrorKind::bad_input, "'{}' cannot be an alias: it would look like a version",
                alias);
  const auto name = call.required("name");
  if (!model::find_version(call.repository, name, number))
    throw Error(ErrorKind::not_found, "no version {} of the model '{}'", number, printable(name));
  model::edit_model(call.repository, name, [&](auto& model) { model.aliases.set(alias, number); });
  return {};
}

Answer delete_alias(Call& call) {
  model::edit_model(call.repository, call.required("name"), [&](auto& model) {
    model.aliases = without(model.aliases, call.required("alias"));
  });
  return {};
}

Answer get_alias(Call& call) {
  const auto model = find(call);
  const auto alias = call.required("alias");
  const auto number = model::version_of_alias(call.repository, model, alias);
  const auto version =
      number ? model::find_version(call.repository, model.name, *number) : std::nullopt;
  if (!version)
    return refuse(400, "INVALID_PARAMETER_VALUE",
                  fmt::format("the model '{}' has no alias '{}'", model.name, printable(alias)));
  return {.body = Json::object({{"model_version", version_json(model, *version)}})};
}

constexpr std::array<Route, 13> kRoutes{
    {{"POST", "registered-models/create", create},
     {"GET", "registered-models/get", get},
     {"POST", "registered-models/rename", rename},
     {"PATCH", "registered-models/update", update},
     {"DELETE", "registered-models/delete", remove},
     {"GET", "registered-models/search", search},
     {"POST", "registered-models/get-latest-versions", latest_versions},
     {"GET", "registered-models/get-latest-versions", latest_versions},
     {"POST", "registered-models/set-tag", set_tag},
     {"DELETE", "registered-models/delete-tag", delete_tag},
     {"POST", "registered-models/alias", set_alias},
     {"DELETE", "registered-models/alias", delete_alias},
     {"GET", "registered-models/alias", get_alias}}};

}  // namespace

std::span<const Route> registry_routes() {
  return kRoutes;
}

}  // namespace mlo::serve::tracking
