#include "run/search/trials.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::run {
namespace {

constexpr auto kTrials = R"sql(
  SELECT id, name, status, params, metrics, tags, (finished_at - started_at) / 1000
  FROM runs
  WHERE json_extract(tags, '$.search') = ?1 AND json_extract(tags, '$.search_key') = ?2
    AND json_extract(tags, '$.trial') IS NOT NULL
  ORDER BY entry
)sql";

constexpr auto kTrial = R"sql(
  SELECT id, name, status, params, metrics, tags, (finished_at - started_at) / 1000
  FROM runs WHERE id = ?1
)sql";

constexpr auto kNewestKey = R"sql(
  SELECT json_extract(tags, '$.search_key') FROM runs
  WHERE json_extract(tags, '$.search') = ?1 AND json_extract(tags, '$.trial') IS NOT NULL
  ORDER BY entry DESC LIMIT 1
)sql";

std::int64_t number_of(const Json& tags) {
  const auto text = tags.string_or("trial", "");
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc() && end == text.data() + text.size() ? number : 0;
}

/// What a trial says of the searched params: steps may declare them alone or as a group.
Json searched_params(const workspace::SearchSpec& spec, const Json& used) {
  Json params = Json::object();
  for (const auto& param : spec.params)
    if (const auto* value = workspace::find_param(used, param.name)) params.set(param.name, *value);
  return params;
}

Trial read_trial(const Row& row, const workspace::SearchSpec& spec) {
  const auto tags = Json::parse(row.get<std::string>(5));
  const auto metrics = Json::parse(row.get<std::string>(4));
  Trial trial{.number = number_of(tags),
              .run = row.get<std::string>(0),
              .run_name = row.get<std::string>(1),
              .status = row.get<std::string>(2),
              .params = searched_params(spec, Json::parse(row.get<std::string>(3))),
              .duration_ms = row.get<std::int64_t>(6)};
  if (tags.find("stopped_by") != nullptr) trial.status = "stopped";
  if (const auto* value = metrics.find(spec.metric); value != nullptr && value->is_number())
    trial.value = value->as_number();
  return trial;
}

}  // namespace

Json tags_of_trial(const workspace::SearchSpec& spec, const std::string& key, std::int64_t number) {
  return Json::object(
      {{"search", spec.name}, {"trial", std::to_string(number)}, {"search_key", key}});
}

std::vector<Trial> ended_trials(workspace::Repository& repository,
                                const workspace::SearchSpec& spec, const std::string& key) {
  std::map<std::int64_t, Trial> ended;
  const std::vector<Bound> bound{std::string_view(spec.name), std::string_view(key)};
  repository.ledger().database().each(kTrials, bound, [&](const Row& row) {
    auto trial = read_trial(row, spec);
    if (trial.number > 0 && trial.status != "interrupted")
      ended.insert_or_assign(trial.number, std::move(trial));
  });
  std::vector<Trial> trials;
  trials.reserve(ended.size());
  for (auto& [number, trial] : ended) trials.push_back(std::move(trial));
  return trials;
}

std::optional<Trial> trial_of(workspace::Repository& repository, const workspace::SearchSpec& spec,
                              const std::string& run) {
  return repository.ledger().database().one(
      kTrial, [&](const Row& row) { return read_trial(row, spec); }, run);
}

std::string newest_key(workspace::Repository& repository, const std::string& search) {
  return repository.ledger()
      .database()
      .one(
          kNewestKey, [](const Row& row) { return row.get<std::string>(0); }, search)
      .value_or("");
}

const workspace::SearchSpec& search_named(const workspace::Project& project,
                                          const std::string& name) {
  std::vector<std::string> known;
  for (const auto& spec : project.searches) {
    if (spec.name == name || (name.empty() && project.searches.size() == 1)) return spec;
    known.push_back(spec.name);
  }
  if (known.empty())
    throw Error(ErrorKind::not_found, "mlo.yaml has no search")
        .hint(
            "write under 'search:'  tune: {{maximize: accuracy, params: {{depth: {{min: 2, max: "
            "8}}}}, trials: 20}}");
  if (name.empty())
    throw Error(ErrorKind::usage, "which search?").hint("searches: {}", join(known, ", "));
  Error problem(ErrorKind::not_found, "no search '{}' in mlo.yaml", name);
  problem.hint("searches: {}", join(known, ", "));
  throw problem;
}

Searched sum_up(const workspace::SearchSpec& spec, std::vector<Trial> trials) {
  Searched searched{.name = spec.name,
                    .metric = spec.metric,
                    .maximize = spec.maximize,
                    .trials = std::move(trials)};
  std::ranges::sort(searched.trials, {}, &Trial::number);
  for (std::size_t i = 0; i < searched.trials.size(); ++i) {
    const auto& trial = searched.trials[i];
    if (trial.status != "finished" || !trial.value) continue;
    const auto* best = searched.best ? &searched.trials[*searched.best] : nullptr;
    if (best == nullptr ||
        (spec.maximize ? *trial.value > *best->value : *trial.value < *best->value))
      searched.best = i;
  }
  return searched;
}

Searched searched(workspace::Repository& repository, const std::string& name) {
  const auto& spec = search_named(repository.project(), name);
  const auto key = newest_key(repository, spec.name);
  if (key.empty())
    throw Error(ErrorKind::not_found, "search '{}' has no trials yet", spec.name)
        .hint("mlo search {}", spec.name);
  auto found = sum_up(spec, ended_trials(repository, spec, key));
  found.ended = "told";
  return found;
}

}  // namespace mlo::run
