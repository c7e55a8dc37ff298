#include "mlo/run/import_runs.h"

#include <algorithm>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/store/object_store.h"
#include "run/import/foreign_run.h"

namespace mlo::run {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kPointsAtOnce = 10'000;

/// Writes the runs that a reader hands over.
class Importer {
 public:
  Importer(workspace::Repository& repository, Progress& progress, std::stop_token stop)
      : repository_(repository), progress_(progress), stop_(std::move(stop)) {}

  void take(const ForeignRun& run) {
    if (stop_.stop_requested())
      throw Error(ErrorKind::interrupted, "interrupted: what was imported so far is complete")
          .hint("run the command again: it goes on with the others");
    const auto id = id_of(run.id);
    const auto present = tracked_run(repository_, id);
    if (present && !present->live) {
      ++imported_.known;
      return;
    }
    if (!present) begin(id, run);
    log_points(id, run.facts.metrics);
    const auto artifacts = store_artifacts(id, run.artifacts);
    const bool open = run.status == "running" || run.status == "scheduled";
    update_run(repository_, id,
               {.status = open ? "interrupted" : run.status, .finished_at = run.finished_at});
    if (run.deleted) hide_run(repository_, id, true);
    imported_.runs.push_back({.id = id,
                              .name = run.name,
                              .status = open ? "interrupted" : run.status,
                              .points = static_cast<std::int64_t>(run.facts.metrics.size()),
                              .artifacts = artifacts});
    progress_.advance("importing runs", imported_.runs.size(), 0);
  }
  ImportedRuns done(std::string kind) {
    imported_.kind = std::move(kind);
    return std::move(imported_);
  }

 private:
  static std::string id_of(const std::string& foreign) {
    if (auto id = parse_run_id(foreign)) return *id;
    return *parse_run_id(Digest::of("urn:mlo:foreign-run:" + foreign).hex().substr(0, 32));
  }

  std::int64_t experiment_of(const std::string& name) {
    const auto known = ledger::find_experiment(repository_.ledger(), name);
    if (known && !known->deleted) return known->number;
    if (known) return edit_experiment(repository_, known->number, {.deleted = false}).number;
    return create_experiment(repository_, name, Json::object()).number;
  }

  void begin(const std::string& id, const ForeignRun& run) {
    begin_run(repository_, {.experiment = experiment_of(run.experiment),
                            .name = run.name,
                            .user = run.user,
                            .started_at = run.started_at,
                            .tags = run.facts.tags,
                            .id = id});
    log(repository_, id, {.params = run.facts.params}, Durability::process);
  }

  void log_points(const std::string& id, const std::vector<MetricPoint>& points) {
    for (std::size_t begin = 0; begin < points.size(); begin += kPointsAtOnce) {
      const auto end = std::min(begin + kPointsAtOnce, points.size());
      Logged logged;
      logged.metrics.assign(points.begin() + static_cast<std::ptrdiff_t>(begin),
                            points.begin() + static_cast<std::ptrdiff_t>(end));
      log(repository_, id, logged, Durability::process);
    }
  }

  std::int64_t store_artifacts(const std::string& id, const fs::path& folder) {
    if (folder.empty()) return 0;
    std::vector<ledger::Artifact> files;
    store::Batch batch(repository_.store());
    for (const auto& entry : fs::recursive_directory_iterator(folder))
      // A link could lead anywhere on this machine.
      if (!entry.is_symlink() && entry.is_regular_file())
        files.push_back({entry.path().lexically_relative(folder).generic_string(),
                         batch.add_file(entry.path())});
    batch.commit();
    for (const auto& file : files) keep_artifact(repository_, id, file);
    return static_cast<std::int64_t>(files.size());
  }

  workspace::Repository& repository_;
  Progress& progress_;
  std::stop_token stop_;
  ImportedRuns imported_;
};

bool is_sqlite(const fs::path& file) {
  const auto status = status_of(file);
  if (!status || status->type != FileStatus::Type::file) return false;
  auto opened = File::open(file, 0);
  std::array<std::byte, 16> head{};
  return opened.read(head) == head.size() &&
         text_of(head).starts_with(std::string_view("SQLite format 3"));
}

bool holds_experiments(const fs::path& folder) {
  return std::ranges::any_of(folder_entries(folder),
                             [](const fs::path& entry) { return fs::exists(entry / "meta.yaml"); });
}

}  // namespace

ImportedRuns import_runs(workspace::Repository& repository, const fs::path& place,
                         Progress& progress, const std::stop_token& stop) {
  Importer importer(repository, progress, stop);
  const TakeRun take = [&](const ForeignRun& run) { importer.take(run); };
  if (!fs::exists(place))
    throw Error(ErrorKind::not_found, "no file or folder '{}'", place.string())
        .hint("mlo runs import mlruns");
  if (is_sqlite(place)) {
    read_mlflow_sqlite(place, take);
    return importer.done("sqlite");
  }
  const auto folder = place.filename() == "dvc.lock" ? place.parent_path() : place;
  if (fs::exists(folder / "mlruns") && !fs::exists(folder / "dvc.lock")) {
    read_mlruns(folder / "mlruns", take);
    return importer.done("mlruns");
  }
  if (holds_experiments(folder)) {
    read_mlruns(folder, take);
    return importer.done("mlruns");
  }
  if (fs::exists(folder / "dvc.lock") || fs::exists(folder / "dvclive") ||
      fs::exists(folder / "plots" / "metrics")) {
    read_dvc(folder, take);
    return importer.done("dvc");
  }
  throw Error(ErrorKind::bad_input, "'{}' holds no runs that mlo can read", place.string())
      .hint("MLflow's mlruns folder or SQLite file, or a folder with dvc.lock or dvclive");
}

}  // namespace mlo::run
