#include "mlo/run/import_runs.h"

#include <algorithm>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/text.h"
#include "mlo/store/object_store.h"
#include "run/import/foreign_run.h"

namespace mlo::run {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kPointsAtOnce = 10'000;

/// Writes the runs that a reader hands over.
class Importer {
 public:
  Importer(workspace::Repository& repository, const ImportOptions& options, Progress& progress,
           std::stop_token stop)
      : repository_(repository), options_(options), progress_(progress), stop_(std::move(stop)) {}

  void take(const ForeignRun& run) {
    if (stop_.stop_requested())
      throw Error(ErrorKind::interrupted, "interrupted: what was imported so far is complete")
          .hint("run the command again: it goes on with the others");
    const auto id = id_of(run.id);
    if (!run.left_out.empty()) {
      if (out_of_reach_.empty()) out_of_reach_ = run.left_out;
      ++without_files_;
    }
    const auto present = tracked_run(repository_, id);
    if (present && !present->live) {
      ++imported_.known;
      // Left out before for want of the folder's name.
      if (!options_.artifacts.empty() && !present->deleted)
        files_added_ += store_artifacts(id, run.artifacts);
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
  void leave_out(const std::string& run, const Error& problem) {
    ++imported_.left_out;
    progress_.warn(
        fmt::format("run '{}' is left out: {}{}", printable(run), problem.message(),
                    problem.context().empty() ? "" : ", while " + problem.context().front()));
  }
  ImportedRuns done(std::string kind) {
    imported_.kind = std::move(kind);
    if (without_files_ > 0)
      progress_.warn(fmt::format(
          "the files of {} are left out, as they lie elsewhere (the first in '{}'): to take them, "
          "run this again with --artifacts DIR",
          format_count(without_files_, "run"), printable(out_of_reach_.string())));
    if (files_added_ > 0)
      progress_.say(fmt::format("{} of runs that were here already {} kept now",
                                format_count(files_added_, "file"),
                                files_added_ == 1 ? "is" : "are"));
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
      if (!entry.is_symlink() && entry.is_regular_file()) {
        const auto path = entry.path().lexically_relative(folder).generic_string();
        if (!find_artifact(repository_, id, path))
          files.push_back({path, batch.add_file(entry.path())});
      }
    batch.commit();
    for (const auto& file : files) keep_artifact(repository_, id, file);
    return static_cast<std::int64_t>(files.size());
  }

  workspace::Repository& repository_;
  const ImportOptions& options_;
  Progress& progress_;
  std::stop_token stop_;
  ImportedRuns imported_;
  std::int64_t without_files_ = 0;
  fs::path out_of_reach_;  ///< of the first such run
  std::int64_t files_added_ = 0;
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

ImportedRuns import_runs(workspace::Repository& repository, const ImportOptions& options,
                         Progress& progress, const std::stop_token& stop) {
  const auto& place = options.place;
  Importer importer(repository, options, progress, stop);
  const auto from = [&](const fs::path& folder) {
    return Intake{.reach = Reach(folder, options.artifacts),
                  .take = [&](const ForeignRun& run) { importer.take(run); },
                  .leave_out = [&](const std::string& run,
                                   const Error& problem) { importer.leave_out(run, problem); }};
  };
  if (!fs::exists(place))
    throw Error(ErrorKind::not_found, "no file or folder '{}'", place.string())
        .hint("mlo runs import mlruns");
  if (!options.artifacts.empty() && !fs::is_directory(options.artifacts))
    throw Error(ErrorKind::not_found, "no folder '{}'", options.artifacts.string())
        .hint("--artifacts DIR is where the runs' files lie");
  if (is_sqlite(place)) {
    read_mlflow_sqlite(place, from(fs::absolute(place).parent_path()));
    return importer.done("sqlite");
  }
  const auto folder = place.filename() == "dvc.lock" ? place.parent_path() : place;
  if (fs::exists(folder / "mlruns") && !fs::exists(folder / "dvc.lock")) {
    read_mlruns(folder / "mlruns", from(folder / "mlruns"));
    return importer.done("mlruns");
  }
  if (holds_experiments(folder)) {
    read_mlruns(folder, from(folder));
    return importer.done("mlruns");
  }
  if (fs::exists(folder / "dvc.lock") || fs::exists(folder / "dvclive") ||
      fs::exists(folder / "plots" / "metrics")) {
    read_dvc(folder, from(folder));
    return importer.done("dvc");
  }
  throw Error(ErrorKind::bad_input, "'{}' holds no runs that mlo can read", place.string())
      .hint("MLflow's mlruns folder or SQLite file, or a folder with dvc.lock or dvclive");
}

}  // namespace mlo::run
