#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "serve/tracking/artifact_path.h"
#include "serve/tracking/version_json.h"

namespace mlo::serve::tracking {
namespace {

constexpr std::size_t kLongestTag = 100'000;
constexpr std::size_t kLongestSource = 4096;
constexpr std::string_view kScheme = "mlflow-artifacts:/";
constexpr std::string_view kModels = "models:/";

ledger::RegisteredModel model_of(Call& call) {
  const auto name = call.required("name");
  if (auto model = model::registered_model(call.repository, name)) return std::move(*model);
  throw Error(ErrorKind::not_found, "no registered model '{}'", printable(name));
}

Answer version_answer(Call& call, const model::NotedVersion& version) {
  return {.body = Json::object({{"model_version", version_json(model_of(call), version)}})};
}

model::NotedVersion find(Call& call) {
  const auto name = call.required("name");
  const auto number = version_number(call);
  if (auto version = model::find_version(call.repository, name, number)) return std::move(*version);
  throw Error(ErrorKind::not_found, "no version {} of the model '{}'", number, printable(name));
}

Error bad_source(std::string_view source, std::string_view why) {
  return {ErrorKind::bad_input, "invalid source '{}': {}", printable(source.substr(0, 200)), why};
}

void take_source(Call& call, const std::string& source, model::NewVersion& wanted);

/// "models:/m-1f…": the files of a logged model, and its run.
void take_logged(Call& call, const std::string& id, model::NewVersion& wanted) {
  const auto logged = ledger::find_logged_model(call.repository.ledger(), id);
  if (!logged || logged->deleted)
    throw Error(ErrorKind::not_found, "no logged model '{}'", printable(id));
  wanted.owner = logged->id;
  wanted.logged_model = logged->id;
  if (wanted.run.empty()) wanted.run = logged->run;
}

struct VersionName {
  std::string model;
  std::int64_t number = 0;
};

/// What "models:/churn/3" names; nothing for another source, such as a logged model.
std::optional<VersionName> version_named(std::string_view source) {
  if (!source.starts_with(kModels)) return std::nullopt;
  const auto parts = split(source.substr(kModels.size()), '/');
  const bool numbered = parts.size() == 2 && !parts[1].empty() && parts[1].size() < 18 &&
                        parts[1].find_first_not_of("0123456789") == std::string::npos;
  if (!numbered) return std::nullopt;
  return VersionName{parts[0], std::stoll(parts[1])};
}

/// Where the files of a version lie. Those of a copy are where the version that was copied has
/// them, which may have another name by now, or be gone.
std::string source_of(Call& call, const model::NotedVersion& version) {
  auto source = version.note.source;
  while (const auto name = version_named(source)) {
    const auto copied = model::former_version(call.repository, name->model, name->number);
    if (!copied) break;
    source = copied->note.source;
  }
  return source;
}

/// "models:/churn/3": the same files under another name.
void take_version(Call& call, const std::string& source, model::NewVersion& wanted) {
  const auto name = version_named(source);
  if (!name) throw bad_source(source, "write models:/NAME/VERSION");
  const auto version = model::find_version(call.repository, name->model, name->number);
  if (!version) throw Error(ErrorKind::not_found, "no version '{}'", printable(source));
  if (wanted.run.empty()) wanted.run = version->version.run;
  wanted.logged_model = version->note.logged_model;
  take_source(call, source_of(call, *version), wanted);
}

/// A source lies among the artifacts of the run that is named, or is a model of ours: anything
/// else, such as a path of this machine, would make the server hand out what it should not.
void take_source(Call& call, const std::string& source, model::NewVersion& wanted) {
  if (source.starts_with(kModels)) {
    const auto name = source.substr(kModels.size());
    const bool logged = name.starts_with("m-") && name.find('/') == std::string::npos;
    return logged ? take_logged(call, name, wanted) : take_version(call, source, wanted);
  }
  if (!source.starts_with(kScheme))
    throw bad_source(source, "it is no artifact of a run here and no models:/ address");
  const auto place = parse_artifact_path(std::string_view(source).substr(kScheme.size()));
  const bool of_run = !place.owner.starts_with("m-") && !place.owner.starts_with("mlo:");
  if (of_run && wanted.run.empty()) wanted.run = place.owner;
  if (of_run && wanted.run != place.owner)
    throw bad_source(source,
                     "it lies outside the artifacts of the run " + run::hex_of_run(wanted.run));
  if (of_run && !run::tracked_run(call.repository, place.owner))
    throw Error(ErrorKind::not_found, "no run with id '{}'", run::hex_of_run(place.owner));
  wanted.owner = place.owner;
  wanted.path = place.path;
}

model::NewVersion wanted_version(Call& call) {
  model::NewVersion wanted{.model = call.required("name"),
                           .source = call.required("source"),
                           .description = call.text("description"),
                           .link = call.text("run_link"),
                           .tags = tags_of(call, "tags", kLongestTag)};
  check_length("source", wanted.source, kLongestSource);
  if (const auto run = call.text("run_id"); !run.empty()) wanted.run = call.run();
  take_source(call, wanted.source, wanted);
  if (const auto logged = call.text("model_id"); !logged.empty() && wanted.logged_model.empty())
    wanted.logged_model = logged;
  return wanted;
}

Answer create(Call& call) {
  return version_answer(call, model::create_version(call.repository, wanted_version(call)));
}

Answer get(Call& call) {
  return version_answer(call, find(call));
}

Answer update(Call& call) {
  return version_answer(
      call, model::edit_version(call.repository, call.required("name"), version_number(call),
                                [&](auto& note) { note.description = call.text("description"); }));
}

Answer transition(Call& call) {
  return version_answer(
      call, model::move_to_stage(call.repository,
                                 {.model = call.required("name"),
                                  .number = version_number(call),
                                  .stage = call.required("stage"),
                                  .archive_others = call.flag("archive_existing_versions")},
                                 no_progress(), {}));
}

Answer remove(Call& call) {
  model::remove_version(call.repository, call.required("name"), version_number(call));
  return {};
}

Answer search(Call& call) {
  const auto most = call.most(10'000, 200'000);
  const auto found = model::search_versions(
      call.repository, {call.text("filter"), call.texts("order_by"), call.offset(), most});
  Json list = Json::array();
  for (const auto& version : found)
    if (const auto model = model::registered_model(call.repository, version.version.model))
      list.add(version_json(*model, version));
  auto body = Json::object({{"model_versions", std::move(list)}});
  add_token(body, call, static_cast<std::int64_t>(found.size()), most);
  return {.body = std::move(body)};
}

/// Where to download from: a logged model's own place, else what a client once said.
Answer download_uri(Call& call) {
  const auto version = find(call);
  auto uri = source_of(call, version);
  if (uri.starts_with(kModels)) {
    const auto logged =
        ledger::find_logged_model(call.repository.ledger(), version.note.logged_model);
    if (logged)
      uri = fmt::format("{}{}/models/{}/artifacts", kScheme, logged->experiment, logged->id);
  }
  return {.body = Json::object({{"artifact_uri", uri}})};
}

Answer set_tag(Call& call) {
  const auto key = call.required("key");
  check_key("tag", key);
  const auto value = call.text("value");
  check_length("tag", value, kLongestTag);
  model::edit_version(call.repository, call.required("name"), version_number(call),
                      [&](auto& note) { note.tags.set(key, value); });
  return {};
}

Answer delete_tag(Call& call) {
  model::edit_version(call.repository, call.required("name"), version_number(call),
                      [&](auto& note) { note.tags = without(note.tags, call.required("key")); });
  return {};
}

constexpr std::array<Route, 9> kRoutes{{{"POST", "model-versions/create", create},
                                        {"GET", "model-versions/get", get},
                                        {"PATCH", "model-versions/update", update},
                                        {"POST", "model-versions/transition-stage", transition},
                                        {"DELETE", "model-versions/delete", remove},
                                        {"GET", "model-versions/search", search},
                                        {"GET", "model-versions/get-download-uri", download_uri},
                                        {"POST", "model-versions/set-tag", set_tag},
                                        {"DELETE", "model-versions/delete-tag", delete_tag}}};

}  // namespace

std::span<const Route> version_routes() {
  return kRoutes;
}

}  // namespace mlo::serve::tracking
