#include "mlo/run/logged_models.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/run/search_filter.h"
#include "run/tracking/rows.h"

namespace mlo::run {
namespace {

const ledger::Act kAct{"track", ""};

constexpr auto kFiles = R"sql(
  SELECT path, digest FROM artifact WHERE owner = ?1 AND entry IS NULL ORDER BY path
)sql";
constexpr auto kMetric = R"sql(
  INSERT OR REPLACE INTO logged_model_metric (model, run, key, value, not_a_number, step, at,
                                              dataset_name, dataset_digest)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
)sql";
constexpr auto kMetrics = R"sql(
  SELECT run, key, value, not_a_number, step, at, dataset_name, dataset_digest
  FROM logged_model_metric WHERE model = ?1 ORDER BY key, dataset_name, run
)sql";

struct Column {
  std::string_view name;
  std::string_view sql;
  bool number = false;
};
constexpr std::array<Column, 9> kColumns{{{"name", "name"},
                                          {"model_id", "id"},
                                          {"model_type", "kind"},
                                          {"source_run_id", "run"},
                                          {"status", "upper(status)"},
                                          {"creation_timestamp", "(created_at / 1000)", true},
                                          {"creation_time", "(created_at / 1000)", true},
                                          {"last_updated_timestamp", "(updated_at / 1000)", true},
                                          {"last_updated_time", "(updated_at / 1000)", true}}};

/// Where a word of a question lies.
std::pair<std::string, bool> column(const std::string& group, const std::string& key,
                                    BoundSql& sql) {
  if (group == "tags" || group == "params")
    return {fmt::format("(SELECT value FROM json_each({}) WHERE key = {})", group, sql.bind(key)),
            false};
  if (group == "metrics")
    return {fmt::format("(SELECT max(value) FROM logged_model_metric WHERE model = id AND key = {} "
                        "AND not_a_number = 0)",
                        sql.bind(key)),
            true};
  const auto* known = std::ranges::find(kColumns, key, &Column::name);
  if (group != "attributes" || known == kColumns.end())
    throw Error(ErrorKind::bad_input,
                "invalid attribute '{}': there are name, model_id, model_type, source_run_id, "
                "status, creation_timestamp and last_updated_timestamp",
                printable(key));
  return {std::string(known->sql), known->number};
}

}  // namespace

ledger::LoggedModel begin_model(workspace::Repository& repository, const NewLoggedModel& wanted) {
  constexpr std::size_t kIdBytes = 16;
  auto& ledger = repository.ledger();
  if (!ledger::find_experiment(ledger, wanted.experiment))
    throw Error(ErrorKind::not_found, "no experiment with id {}", wanted.experiment);
  const auto now = repository.world().now();
  ledger::LoggedModel model{.id = "m-" + random_hex(repository.world(), kIdBytes),
                            .experiment = wanted.experiment,
                            .name = wanted.name,
                            .kind = wanted.kind,
                            .run = wanted.run,
                            .status = "pending",
                            .created_at = now,
                            .updated_at = now,
                            .params = wanted.params,
                            .tags = wanted.tags};
  if (model.name.empty()) model.name = "model-" + model.id.substr(2, 8);
  if (model.name.find_first_of("/:.%\"'") != std::string::npos)
    throw Error(ErrorKind::bad_input, "invalid model name '{}': it has none of / : . % \" '",
                printable(model.name));
  ledger.append(ledger::statement_of(model), kAct);
  return model;
}

ledger::LoggedModel need_logged_model(workspace::Repository& repository, std::string_view id) {
  auto model = ledger::find_logged_model(repository.ledger(), id);
  if (!model || model->deleted)
    throw Error(ErrorKind::not_found, "no logged model '{}'", printable(id));
  return std::move(*model);
}

ledger::LoggedModel edit_logged_model(workspace::Repository& repository, std::string_view id,
                                      const std::function<void(ledger::LoggedModel&)>& change) {
  const auto lock = tracking_lock(repository);
  auto model = need_logged_model(repository, id);
  change(model);
  model.updated_at = repository.world().now();
  repository.ledger().append(ledger::statement_of(model), kAct);
  return model;
}

ledger::LoggedModel finish_model(workspace::Repository& repository, std::string_view id,
                                 const std::string& status) {
  const auto lock = tracking_lock(repository);
  auto model = need_logged_model(repository, id);
  model.status = status;
  model.updated_at = repository.world().now();
  const auto files = repository.ledger().database().all(
      kFiles,
      [](const Row& row) {
        return ledger::Artifact{row.get<std::string>(0), row.get<Digest>(1)};
      },
      id);
  auto statements = ledger::statements_of({.owner = model.id, .files = files});
  statements.push_back(ledger::statement_of(model));
  repository.ledger().append(statements, kAct);
  return model;
}

void note_model_metrics(workspace::Repository& repository,
                        const std::vector<ModelMetric>& metrics) {
  if (metrics.empty()) return;
  auto& database = repository.ledger().database();
  Transaction transaction(database);
  for (const auto& metric : metrics) {
    const auto& point = metric.point;
    const bool missing = std::isnan(point.value);
    database.run(kMetric, metric.model, metric.run, point.key, missing ? 0.0 : as_kept(point.value),
                 missing, point.step, point.at, metric.dataset_name, metric.dataset_digest);
  }
  transaction.commit();
}

std::vector<ModelMetric> metrics_of_model(workspace::Repository& repository, std::string_view id) {
  constexpr auto kMissing = std::numeric_limits<double>::quiet_NaN();
  return repository.ledger().database().all(
      kMetrics,
      [&](const Row& row) {
        return ModelMetric{.model = std::string(id),
                           .run = row.get<std::string>(0),
                           .point = {.key = row.get<std::string>(1),
                                     .value = row.get<bool>(3) ? kMissing : row.get<double>(2),
                                     .step = row.get<std::int64_t>(4),
                                     .at = row.get<Timestamp>(5)},
                           .dataset_name = row.get<std::string>(6),
                           .dataset_digest = row.get<std::string>(7)};
      },
      id);
}

std::vector<ledger::LoggedModel> search_logged_models(workspace::Repository& repository,
                                                      const LoggedModelQuestion& question) {
  BoundSql sql;
  sql.text = "SELECT id FROM logged_model WHERE deleted = 0";
  std::string experiments;
  for (const auto number : question.experiments)
    experiments += (experiments.empty() ? "" : ", ") + sql.bind(number);
  sql.text += fmt::format(" AND experiment IN ({})", experiments);
  for (auto condition : parse_filter(question.filter)) {
    const auto [place, number] = column(condition.group, condition.key, sql);
    if (condition.comparator.starts_with("IS") || condition.is_number != number)
      throw Error(ErrorKind::bad_input, "invalid filter: '{}' is not compared so",
                  printable(condition.key));
    if (condition.key == "source_run_id")
      for (auto& text : condition.texts) text = parse_run_id(text).value_or(text);
    sql.text += " AND " + sql.compare(place, condition);
  }
  sql.text += " ORDER BY ";
  for (const auto& text : question.order_by) {
    const auto ordering = parse_ordering(text);
    const auto place = column(ordering.group, ordering.key, sql).first;
    sql.text += fmt::format("{0} IS NULL, {0}{1}, ", place, ordering.descending ? " DESC" : "");
  }
  const auto most = sql.bind(question.most);
  sql.text +=
      fmt::format("created_at DESC, id LIMIT {} OFFSET {}", most, sql.bind(question.offset));
  std::vector<std::string> ids;
  repository.ledger().database().each(
      sql.text, sql.bound(), [&](const Row& row) { ids.push_back(row.get<std::string>(0)); });
  std::vector<ledger::LoggedModel> models;
  models.reserve(ids.size());
  for (const auto& id : ids) models.push_back(need_logged_model(repository, id));
  return models;
}

}  // namespace mlo::run
