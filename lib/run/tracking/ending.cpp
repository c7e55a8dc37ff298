#include <algorithm>
#include <cmath>

#include <fcntl.h>
#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/store/object_store.h"
#include "run/environment.h"
#include "run/tracking/points.h"
#include "run/tracking/rows.h"

namespace mlo::run {
namespace {

constexpr auto kTold = "SELECT told FROM live_tracked_run WHERE id = ?1";
constexpr auto kArtifacts = "SELECT path, digest FROM artifact WHERE owner = ?1 ORDER BY path";
constexpr auto kInputs = R"sql(
  SELECT name, digest, object, tags FROM run_input WHERE run = ?1 ORDER BY name, digest
)sql";
constexpr std::size_t kBuffered = 1U << 20U;

/// The points as one object in the form of `mlo record`; nothing when there are none.
std::optional<Digest> store_points(workspace::Repository& repository, store::Batch& batch,
                                   std::string_view run) {
  const TemporaryFolder folder(repository.folder() / "tmp", repository.world());
  const auto path = folder.path() / "points.jsonl";
  auto file = File::open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
  std::string lines;
  bool any = false;
  each_point(repository.ledger().database(), run, [&](const MetricPoint& point) {
    lines += points_text(std::span(&point, 1));
    any = true;
    if (lines.size() < kBuffered) return;
    file.write_all(bytes_of(lines));
    lines.clear();
  });
  if (!any) return std::nullopt;
  file.write_all(bytes_of(lines));
  file.close();
  return batch.add_file(path);
}

/// Every param by its name; those whose number is spelled otherwise than JSON does, beside.
void add_params(ledger::Run& run, Json& tracking, const TrackedRun& rows) {
  Json spelled = Json::object();
  for (const auto& [key, text] : rows.params) {
    auto value = typed_value(text);
    const bool as_written = value.is_string() || value.dump() == text;
    if (!as_written || (value.is_number() && !value.is_integer())) spelled.append(key, text);
    run.params.set(key, std::move(value));
  }
  if (spelled.size() > 0) tracking.set("spelled", std::move(spelled));
}

void add_metrics(ledger::Run& run, Json& tracking, const TrackedRun& rows) {
  Json metrics = Json::object();
  for (const auto& point : rows.metrics) {
    metrics.append(point.key, ledger::to_json(ledger::MetricFact{
                                  .value = point.value, .step = point.step, .at = point.at}));
    if (std::isfinite(point.value)) run.metrics.set(point.key, point.value);
  }
  if (metrics.size() > 0) tracking.set("metrics", std::move(metrics));
}

void add_links(workspace::Repository& repository, ledger::Run& run, Json& tracking) {
  Json inputs = Json::array();
  repository.ledger().database().each(kInputs, {Bound(run.id)}, [&](const Row& row) {
    const auto name = row.get<std::string>(0);
    const auto object = row.get<Digest>(2);
    inputs.add(Json::object({{"name", name},
                             {"digest", row.get<std::string>(1)},
                             {"object", object.text()},
                             {"tags", Json::parse(row.get<std::string>(3))}}));
    run.materials.push_back({fmt::format("datasets/{}", name), object});
  });
  if (inputs.size() > 0) tracking.set("inputs", std::move(inputs));
  Json models = Json::array();
  for (const auto& link : models_of(repository, run.id))
    models.add(Json::object({{"model", link.model},
                             {"direction", link.direction},
                             {"step", ledger::integer_fact(link.step)}}));
  if (models.size() > 0) tracking.set("models", std::move(models));
}

/// What the run was told to be before it went on.
ledger::Run told_before(workspace::Repository& repository, std::string_view id) {
  auto& ledger = repository.ledger();
  const auto told = ledger.database().one(
      kTold, [](const Row& row) { return row.get<std::optional<std::int64_t>>(0); }, id);
  if (!told || !*told) return {.trigger = "user"};
  auto run = ledger::run_told_by(ledger, **told);
  std::erase_if(run.products, [](const ledger::Artifact& product) {
    return product.path.starts_with("artifacts/") || product.path == kPointsName;
  });
  std::erase_if(run.materials, [](const ledger::Artifact& material) {
    return material.path.starts_with("datasets/");
  });
  return run;
}

std::string tag_or_nothing(const TrackedRun& run, std::string_view key) {
  for (const auto& [name, value] : run.tags)
    if (name == key) return value;
  return {};
}

}  // namespace

void add_tracked(workspace::Repository& repository, ledger::Run& run) {
  const auto row = tracked_row(repository.ledger().database(), run.id);
  if (!row || !row->live) return;
  const auto told = run_from_rows(repository, *tracked_run(repository, run.id));
  const auto add = [&](Json ledger::Run::*group) {
    for (const auto& [key, value] : (told.*group).as_object())
      if ((run.*group).find(key) == nullptr) (run.*group).set(key, value);
  };
  add(&ledger::Run::params);
  add(&ledger::Run::metrics);
  add(&ledger::Run::tags);
  run.tracking = told.tracking;
  const auto add_files = [&](std::vector<ledger::Artifact> ledger::Run::*files) {
    for (const auto& file : told.*files)
      if (std::ranges::find(run.*files, file.path, &ledger::Artifact::path) == (run.*files).end())
        (run.*files).push_back(file);
  };
  add_files(&ledger::Run::products);
  add_files(&ledger::Run::materials);
}

ledger::Run run_from_rows(workspace::Repository& repository, const TrackedRun& rows) {
  auto run = told_before(repository, rows.id);
  run.id = rows.id;
  run.name = rows.name;
  run.status = rows.status;
  run.started_at = rows.started_at;
  run.finished_at = rows.finished_at.value_or(repository.world().now());
  run.params = Json::object();
  run.metrics = Json::object();
  run.tags = Json::object();
  for (const auto& [key, value] : rows.tags) run.tags.append(key, value);
  if (run.git_commit.empty()) run.git_commit = tag_or_nothing(rows, "mlflow.source.git.commit");
  if (run.git_branch.empty()) run.git_branch = tag_or_nothing(rows, "mlflow.source.git.branch");
  if (run.environment.size() == 0) run.environment = Json::object({{"served_by", host_name()}});
  auto tracking = Json::object({{"experiment", rows.experiment}, {"user", rows.user}});
  if (rows.deleted) tracking.set("deleted", true);
  add_params(run, tracking, rows);
  add_metrics(run, tracking, rows);
  add_links(repository, run, tracking);
  run.tracking = std::move(tracking);
  repository.ledger().database().each(kArtifacts, {Bound(run.id)}, [&](const Row& row) {
    run.products.push_back({"artifacts/" + row.get<std::string>(0), row.get<Digest>(1)});
  });
  return run;
}

void tell_end(workspace::Repository& repository, const TrackedRun& rows) {
  auto run = run_from_rows(repository, rows);
  store::Batch batch(repository.store());
  if (const auto points = store_points(repository, batch, run.id)) {
    run.products.push_back({kPointsName, *points});
    batch.commit();
  }
  repository.world().before_step("tracking.end");
  repository.ledger().append(ledger::statements_of(run), {"track", ""});
}

}  // namespace mlo::run
