#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "serve/tracking/call.h"
#include "serve/tracking/step_binding.h"

namespace mlo::serve::tracking {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t kLongestTag = 8000;
constexpr std::size_t kLongestDigest = 36;
constexpr auto kNameTag = "mlflow.runName";

Pairs pairs_of(const Json& tags) {
  Pairs pairs;
  for (const auto& [key, value] : tags.as_object()) pairs.emplace_back(key, value.as_string());
  return pairs;
}

/// The words that make names people can say: adjective-noun-number, as clients of old expect.
std::string made_up_name(const World& world) {
  constexpr std::array<std::string_view, 16> kFirst{
      "able", "brisk", "calm",  "deft",  "eager", "fond",  "grand", "hardy",
      "keen", "light", "merry", "noble", "proud", "quick", "sound", "warm"};
  constexpr std::array<std::string_view, 16> kSecond{
      "ant",  "bear", "crane", "dove", "elk",  "finch", "goose", "hare",
      "ibis", "jay",  "koi",   "lynx", "mole", "newt",  "owl",   "pike"};
  std::array<std::byte, 4> bytes{};
  world.fill_random(bytes);
  const auto at = [&](std::size_t i) { return std::to_integer<std::size_t>(bytes[i]); };
  return fmt::format("{}-{}-{}", kFirst[at(0) % kFirst.size()], kSecond[at(1) % kSecond.size()],
                     (at(2) * 256 + at(3)) % 1000);
}

Answer create(Call& call) {
  auto tags = tags_of(call, "tags", kLongestTag);
  run::NewRun wanted{.experiment = call.text("experiment_id").empty() ? 0 : call.experiment(),
                     .name = call.text("run_name"),
                     .user = call.text("user_id"),
                     .started_at = call.repository.world().now(),
                     .tags = {}};
  if (const auto at = call.integer("start_time")) wanted.started_at = from_milliseconds(*at);
  const auto named = tags.string_or(kNameTag, "");
  if (wanted.name.empty()) wanted.name = named;
  if (!named.empty() && wanted.name != named)
    throw Error(ErrorKind::bad_input, "run_name '{}' and the tag {} '{}' differ", wanted.name,
                kNameTag, named);
  if (wanted.name.empty()) wanted.name = made_up_name(call.repository.world());
  tags.set(kNameTag, wanted.name);
  add_parent(call.step, tags);
  wanted.tags = pairs_of(tags);
  const auto begun = run::begin_run(call.repository, wanted);
  note_child(call.step, begun.id);
  return {.body = Json::object({{"run", run_json(call, begun)}})};
}

run::TrackedRun find(Call& call) {
  const auto id = call.run();
  if (auto run = run::tracked_run(call.repository, id)) return std::move(*run);
  throw Error(ErrorKind::not_found, "no run with id '{}'", run::hex_of_run(id));
}

Answer get(Call& call) {
  settle_experiment(call.repository, call.step, call.run());
  return {.body = Json::object({{"run", run_json(call, find(call))}})};
}

Answer update(Call& call) {
  run::RunUpdate update;
  if (const auto status = call.maybe_text("status")) {
    update.status = run::status_from_client(*status);
    if (!update.status)
      throw Error(ErrorKind::bad_input,
                  "invalid status '{}': RUNNING, SCHEDULED, FINISHED, FAILED or KILLED",
                  printable(*status));
  }
  if (const auto at = call.integer("end_time")) update.finished_at = from_milliseconds(*at);
  if (const auto name = call.text("run_name"); !name.empty()) update.name = name;
  const auto id = call.run();
  if (update.name)
    run::log(call.repository, id, {.tags = {{kNameTag, *update.name}}}, run::Durability::disk);
  // A step's own run ends when `mlo train` has seen all its steps.
  if (is_own_run(call.step, id)) update.status.reset();
  const auto updated = run::update_run(call.repository, id, update);
  return {.body = Json::object({{"run_info", run_info(updated)}})};
}

Answer hide(Call& call, bool hidden) {
  const auto id = call.run();
  if (hidden && is_own_run(call.step, id))
    throw Error(ErrorKind::bad_input, "the run '{}' is going on", run::hex_of_run(id));
  run::hide_run(call.repository, id, hidden);
  return {};
}

Answer remove(Call& call) {
  return hide(call, true);
}

Answer restore(Call& call) {
  return hide(call, false);
}

Answer set_tag(Call& call) {
  const auto key = call.required("key");
  check_key("tag", key);
  const auto value = call.text("value");
  check_length("tag", value, kLongestTag);
  const run::Logged logged{.tags = {{key, value}}};
  run::log(call.repository, call.run(), logged, run::Durability::disk);
  record(call.step, call.run(), logged);
  if (key == kNameTag && !value.empty() && !is_own_run(call.step, call.run()))
    run::update_run(call.repository, call.run(), {.name = value});
  return {};
}

Answer delete_tag(Call& call) {
  run::remove_tag(call.repository, call.run(), call.required("key"));
  return {};
}

run::DatasetInput dataset_of(const Json& item) {
  const auto& dataset = item["dataset"];
  run::DatasetInput input{.name = dataset.string_or("name", ""),
                          .digest = dataset.string_or("digest", "")};
  if (input.name.empty() || input.digest.empty())
    throw Error(ErrorKind::bad_input, "a dataset needs a name and a digest");
  check_length("dataset's name", input.name, 500);
  check_length("dataset's digest", input.digest, kLongestDigest);
  check_length("dataset's source", dataset.string_or("source", ""), 65'535);
  check_length("dataset's schema", dataset.string_or("schema", ""), 1'048'575);
  check_length("dataset's profile", dataset.string_or("profile", ""), 16'777'215);
  for (const auto* const name : {"source_type", "source", "schema", "profile"})
    if (const auto* value = dataset.find(name)) input.details.set(name, *value);
  if (const auto* tags = item.find("tags"))
    for (const auto& tag : tags->as_array())
      input.tags.set(tag.string_or("key", ""), tag.string_or("value", ""));
  return input;
}

std::vector<run::ModelLink> links_of(const Call& call, std::string_view direction) {
  std::vector<run::ModelLink> links;
  for (const auto& item : call.items("models")) {
    const auto* step = item.find("step");
    links.push_back({.model = item.at("model_id").as_string(),
                     .direction = std::string(direction),
                     .step = step == nullptr ? 0 : step->as_integer()});
  }
  return links;
}

Answer log_inputs(Call& call) {
  std::vector<run::DatasetInput> datasets;
  for (const auto& item : call.items("datasets")) datasets.push_back(dataset_of(item));
  run::log_inputs(call.repository, call.run(), datasets, links_of(call, "input"));
  return {};
}

Answer log_outputs(Call& call) {
  run::log_inputs(call.repository, call.run(), {}, links_of(call, "output"));
  return {};
}

Answer search(Call& call) {
  run::TrackedQuestion question{.filter = call.text("filter"),
                                .order_by = call.texts("order_by"),
                                .shown = shown(call, "run_view_type"),
                                .offset = call.offset(),
                                .most = call.most(1000, 50'000)};
  for (const auto& id : call.texts("experiment_ids"))
    question.experiments.push_back(
        Call(call.repository, Json::object({{"experiment_id", id}}), "").experiment());
  const auto found = run::search_runs(call.repository, question);
  Json list = Json::array();
  for (const auto& run : found) list.add(run_json(call, run));
  auto body = Json::object({{"runs", std::move(list)}});
  add_token(body, call, static_cast<std::int64_t>(found.size()), question.most);
  return {.body = std::move(body)};
}

constexpr std::array<Route, 10> kRoutes{{{"POST", "runs/create", create},
                                         {"GET", "runs/get", get},
                                         {"POST", "runs/update", update},
                                         {"POST", "runs/delete", remove},
                                         {"POST", "runs/restore", restore},
                                         {"POST", "runs/set-tag", set_tag},
                                         {"POST", "runs/delete-tag", delete_tag},
                                         {"POST", "runs/log-inputs", log_inputs},
                                         {"POST", "runs/outputs", log_outputs},
                                         {"POST", "runs/search", search}}};

}  // namespace

std::span<const Route> run_routes() {
  return kRoutes;
}

}  // namespace mlo::serve::tracking
