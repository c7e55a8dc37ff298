#include "mlo/run/logged_models.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "serve/tracking/call.h"
#include "serve/tracking/version_json.h"

namespace mlo::serve::tracking {
namespace {

constexpr std::size_t kLongestTag = 8000;
constexpr std::size_t kLongestParam = 6000;
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kStatuses{
    {{"LOGGED_MODEL_PENDING", "pending"},
     {"LOGGED_MODEL_READY", "ready"},
     {"LOGGED_MODEL_UPLOAD_FAILED", "failed"}}};

Json pairs(const Call& call, std::string_view name, std::string_view what, std::size_t longest) {
  Json values = Json::object();
  for (const auto& item : call.items(name)) {
    const auto key = item.string_or("key", "");
    check_key(what, key);
    const auto value = item.string_or("value", "");
    check_length(what, value, longest);
    values.set(key, value);
  }
  return values;
}

Json metric_json(const run::ModelMetric& metric) {
  auto json = metrics_json({metric.point}).as_array().front();
  json.set("model_id", metric.model);
  json.set("run_id", run::hex_of_run(metric.run));
  if (!metric.dataset_name.empty()) json.set("dataset_name", metric.dataset_name);
  if (!metric.dataset_digest.empty()) json.set("dataset_digest", metric.dataset_digest);
  return json;
}

Json json_of(workspace::Repository& repository, const ledger::LoggedModel& model) {
  const auto* status = std::ranges::find(kStatuses, model.status,
                                         &std::pair<std::string_view, std::string_view>::second);
  auto info =
      Json::object({{"model_id", model.id},
                    {"experiment_id", std::to_string(model.experiment)},
                    {"name", model.name},
                    {"creation_timestamp_ms", milliseconds(model.created_at)},
                    {"last_updated_timestamp_ms", milliseconds(model.updated_at)},
                    {"artifact_uri", fmt::format("mlflow-artifacts:/{}/models/{}/artifacts",
                                                 model.experiment, model.id)},
                    {"status", status == kStatuses.end() ? kStatuses.front().first : status->first},
                    {"model_type", model.kind},
                    {"source_run_id", model.run.empty() ? "" : run::hex_of_run(model.run)}});
  if (!model.message.empty()) info.set("status_message", model.message);
  if (model.tags.size() > 0) info.set("tags", key_values(model.tags));
  Json data = Json::object();
  if (model.params.size() > 0) data.set("params", key_values(model.params));
  Json metrics = Json::array();
  for (const auto& metric : run::metrics_of_model(repository, model.id))
    metrics.add(metric_json(metric));
  if (metrics.size() > 0) data.set("metrics", std::move(metrics));
  return Json::object({{"info", std::move(info)}, {"data", std::move(data)}});
}

Answer answer(Call& call, const ledger::LoggedModel& model) {
  return {.body = Json::object({{"model", json_of(call.repository, model)}})};
}

/// "m-1f…", or "m-1f…/tags/k": the id, and the key after the folder named.
std::string id_in(const Call& call, std::string_view folder, std::string* key = nullptr) {
  const auto slash = call.rest.find('/');
  auto id = call.rest.substr(0, slash);
  if (slash == std::string::npos) {
    if (folder.empty()) return id;
  } else if (const auto rest = std::string_view(call.rest).substr(slash + 1); rest == folder) {
    return id;
  } else if (key != nullptr && rest.starts_with(std::string(folder) + "/")) {
    *key = rest.substr(folder.size() + 1);
    return id;
  }
  throw Error(ErrorKind::not_found, "no '{}' of logged models", printable(call.rest));
}

Answer create(Call& call) {
  run::NewLoggedModel wanted{
      .experiment = call.text("experiment_id").empty() ? 0 : call.experiment(),
      .name = call.text("name"),
      .kind = call.text("model_type"),
      .run = {},
      .params = pairs(call, "params", "param", kLongestParam),
      .tags = pairs(call, "tags", "tag", kLongestTag)};
  if (const auto run = call.text("source_run_id"); !run.empty()) {
    const auto id = run::parse_run_id(run);
    if (!id) throw Error(ErrorKind::not_found, "no run with id '{}'", printable(run));
    wanted.run = *id;
  }
  return answer(call, run::begin_model(call.repository, wanted));
}

Answer get(Call& call) {
  return answer(call, run::need_logged_model(call.repository, id_in(call, "")));
}

/// PATCH m-1f… says how it ended; PATCH m-1f…/tags sets tags.
Answer patch(Call& call) {
  if (call.rest.find('/') != std::string::npos) {
    const auto tags = pairs(call, "tags", "tag", kLongestTag);
    return answer(call, run::edit_logged_model(call.repository, id_in(call, "tags"),
                                               [&](ledger::LoggedModel& model) {
                                                 for (const auto& [key, value] : tags.as_object())
                                                   model.tags.set(key, value);
                                               }));
  }
  const auto status = call.required("status");
  const auto* known =
      std::ranges::find(kStatuses, status, &std::pair<std::string_view, std::string_view>::first);
  if (known == kStatuses.end())
    throw Error(ErrorKind::bad_input, "invalid status '{}'", printable(status));
  return answer(call,
                run::finish_model(call.repository, id_in(call, ""), std::string(known->second)));
}

Answer remove(Call& call) {
  std::string key;
  if (call.rest.find('/') == std::string::npos) {
    run::edit_logged_model(call.repository, id_in(call, ""),
                           [](ledger::LoggedModel& model) { model.deleted = true; });
    return {};
  }
  const auto id = id_in(call, "tags", &key);
  run::edit_logged_model(call.repository, id, [&](ledger::LoggedModel& model) {
    model.tags = without(model.tags, key);
  });
  return {};
}

Answer add_params(Call& call) {
  const auto params = pairs(call, "params", "param", kLongestParam);
  run::edit_logged_model(call.repository, id_in(call, "params"), [&](ledger::LoggedModel& model) {
    for (const auto& [key, value] : params.as_object()) model.params.set(key, value);
  });
  return {};
}

Answer search(Call& call) {
  run::LoggedModelQuestion question{
      .filter = call.text("filter"), .offset = call.offset(), .most = call.most(100, 1000)};
  for (const auto& id : call.texts("experiment_ids"))
    question.experiments.push_back(
        Call(call.repository, Json::object({{"experiment_id", id}}), "").experiment());
  for (const auto& item : call.items("order_by")) {
    const auto* ascending = item.find("ascending");
    question.order_by.push_back(item.string_or("field_name", "") +
                                (ascending != nullptr && !ascending->as_bool() ? " DESC" : ""));
  }
  const auto found = run::search_logged_models(call.repository, question);
  Json list = Json::array();
  for (const auto& model : found) list.add(json_of(call.repository, model));
  auto body = Json::object({{"models", std::move(list)}});
  add_token(body, call, static_cast<std::int64_t>(found.size()), question.most);
  return {.body = std::move(body)};
}

constexpr std::array<Route, 6> kRoutes{{{"POST", "logged-models", create},
                                        {"POST", "logged-models/search", search},
                                        {"GET", "logged-models/", get},
                                        {"PATCH", "logged-models/", patch},
                                        {"DELETE", "logged-models/", remove},
                                        {"POST", "logged-models/", add_params}}};

}  // namespace

std::span<const Route> logged_model_routes() {
  return kRoutes;
}

}  // namespace mlo::serve::tracking
