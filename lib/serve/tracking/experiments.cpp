#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "serve/tracking/call.h"
#include "serve/tracking/step_binding.h"

namespace mlo::serve::tracking {
namespace {

constexpr std::size_t kLongestName = 500;
constexpr std::size_t kLongestTag = 5000;

ledger::Experiment find(Call& call) {
  const auto number = call.experiment();
  if (auto found = ledger::find_experiment(call.repository.ledger(), number)) return *found;
  throw Error(ErrorKind::not_found, "no experiment with id {}", number);
}

std::string checked_name(std::string name) {
  if (trim(name).empty()) throw Error(ErrorKind::bad_input, "an experiment needs a name");
  check_length("experiment's name", name, kLongestName);
  return name;
}

Answer create(Call& call) {
  const auto name = checked_name(call.required("name"));
  auto& ledger = call.repository.ledger();
  const auto tags = tags_of(call, "tags", kLongestTag);
  try {
    const auto made = run::create_experiment(call.repository, name, tags);
    note_experiment(call.step, made.number);
    return {.body = Json::object({{"experiment_id", std::to_string(made.number)}})};
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::conflict || !ledger::find_experiment(ledger, name)) throw;
    return refuse(400, "RESOURCE_ALREADY_EXISTS", error.message());
  }
}

Answer get(Call& call) {
  return {.body = Json::object({{"experiment", experiment_json(find(call))}})};
}

Answer get_by_name(Call& call) {
  const auto name = call.required("experiment_name");
  const auto found = ledger::find_experiment(call.repository.ledger(), name);
  if (!found)
    return refuse(404, "RESOURCE_DOES_NOT_EXIST",
                  fmt::format("no experiment with name '{}'", printable(name)));
  if (!found->deleted) note_experiment(call.step, found->number);
  return {.body = Json::object({{"experiment", experiment_json(*found)}})};
}

Answer edit(Call& call, const run::ExperimentEdit& change) {
  run::edit_experiment(call.repository, find(call).number, change);
  return {};
}

Answer remove(Call& call) {
  return edit(call, {.deleted = true});
}

Answer restore(Call& call) {
  return edit(call, {.deleted = false});
}

Answer update(Call& call) {
  const auto name = checked_name(call.required("new_name"));
  const auto there = find(call);
  if (there.deleted)
    throw Error(ErrorKind::bad_input, "the experiment '{}' is removed: restore it first",
                there.name);
  const auto taken = ledger::find_experiment(call.repository.ledger(), name);
  if (taken && taken->number != there.number)
    return refuse(400, "RESOURCE_ALREADY_EXISTS",
                  fmt::format("there is an experiment '{}' already", printable(name)));
  return edit(call, {.name = name});
}

Answer set_tag(Call& call) {
  const auto key = call.required("key");
  check_key("tag", key);
  const auto value = call.text("value");
  check_length("tag", value, kLongestTag);
  return edit(call, {.tags = Json::object({{key, value}})});
}

Answer delete_tag(Call& call) {
  const auto key = call.required("key");
  if (find(call).tags.find(key) == nullptr)
    return refuse(404, "RESOURCE_DOES_NOT_EXIST",
                  fmt::format("the experiment has no tag '{}'", printable(key)));
  return edit(call, {.tags = Json::object({{key, nullptr}})});
}

Answer search(Call& call) {
  const auto most = call.most(1000, 50'000);
  const auto found = run::search_experiments(call.repository, {.filter = call.text("filter"),
                                                               .order_by = call.texts("order_by"),
                                                               .shown = shown(call, "view_type"),
                                                               .offset = call.offset(),
                                                               .most = most});
  Json list = Json::array();
  for (const auto& experiment : found) list.add(experiment_json(experiment));
  auto body = Json::object({{"experiments", std::move(list)}});
  add_token(body, call, static_cast<std::int64_t>(found.size()), most);
  return {.body = std::move(body)};
}

constexpr std::array<Route, 10> kRoutes{
    {{"POST", "experiments/create", create},
     {"GET", "experiments/get", get},
     {"GET", "experiments/get-by-name", get_by_name},
     {"POST", "experiments/search", search},
     {"GET", "experiments/search", search},
     {"POST", "experiments/delete", remove},
     {"POST", "experiments/restore", restore},
     {"POST", "experiments/update", update},
     {"POST", "experiments/set-experiment-tag", set_tag},
     {"POST", "experiments/delete-experiment-tag", delete_tag}}};

}  // namespace

std::span<const Route> experiment_routes() {
  return kRoutes;
}

run::Shown shown(const Call& call, std::string_view field) {
  const auto view = call.text(field);
  if (view.empty() || view == "ACTIVE_ONLY") return run::Shown::active;
  if (view == "DELETED_ONLY") return run::Shown::deleted;
  if (view == "ALL") return run::Shown::all;
  throw Error(ErrorKind::bad_input, "invalid {} '{}': ACTIVE_ONLY, DELETED_ONLY or ALL", field,
              printable(view));
}

Json experiment_json(const ledger::Experiment& experiment) {
  auto json =
      Json::object({{"experiment_id", std::to_string(experiment.number)},
                    {"name", experiment.name},
                    {"artifact_location", fmt::format("mlflow-artifacts:/{}", experiment.number)},
                    {"lifecycle_stage", experiment.deleted ? "deleted" : "active"},
                    {"last_update_time", milliseconds(experiment.updated_at)},
                    {"creation_time", milliseconds(experiment.created_at)}});
  if (experiment.tags.size() > 0) json.set("tags", key_values(experiment.tags));
  return json;
}

}  // namespace mlo::serve::tracking
