#include "mlo/workspace/track.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/process.h"
#include "mlo/core/text.h"
#include "mlo/data/contract.h"
#include "mlo/data/profile.h"
#include "mlo/workspace/lock_file.h"
#include "mlo/workspace/snapshot.h"

namespace mlo::workspace {
namespace fs = std::filesystem;
namespace {

/// The step that writes `path` or something in it, or whose output holds it.
const StepSpec* writer_of(const Project& project, const RepoPath& path) {
  for (const auto& step : project.steps)
    for (const auto& output : step.outputs) {
      const auto written = RepoPath::parse(output);
      if (path.is_within(written) || written.is_within(path)) return &step;
    }
  return nullptr;
}

/// True for a table, and for a folder of which every file is one.
bool holds_tables(const fs::path& place) {
  if (!fs::is_directory(place)) return data::Table::is_table(place);
  bool any = false;
  for (const auto& item : fs::recursive_directory_iterator(place)) {
    if (item.path().filename().string().starts_with('.') || item.is_directory()) continue;
    if (!data::Table::is_table(item.path())) return false;
    any = true;
  }
  return any;
}

std::string schema_path(const Project& project, const RepoPath& path) {
  const auto* spec = project.find_data(path.text());
  if (spec != nullptr && !spec->schema.empty()) return spec->schema;
  return fmt::format("schemas/{}.yaml", fs::path(path.text()).stem().string());
}

/// One path on its way to becoming a version.
class Tracker {
 public:
  Tracker(Repository& repository, const TrackOptions& options, Progress& progress,
          const std::stop_token& stop)
      : repository_(repository),
        options_(options),
        batch_(repository.store()),
        progress_(progress),
        stop_(stop),
        profile_limit_(parse_bytes(
            repository.setting("data.profile_limit").value_or(std::string(kProfileLimit)))) {}

  Tracked track(const RepoPath& path) {
    const auto content = store_snapshot(repository_, path, stop_, progress_);
    Tracked tracked{.version = describe(path, content)};
    if (const auto before = ledger::latest_dataset(repository_.ledger(), path.text())) {
      tracked.changed = before->digest != content.digest;
      tracked.version.parent = before->digest;
      if (!tracked.changed) tracked.version = *before;
    }
    if (!holds_tables(path.under(repository_.root()))) return tracked;
    tracked.too_large = tracked.version.size_bytes > profile_limit_;
    if (!tracked.too_large) look_into(path, tracked);
    return tracked;
  }
  /// What `track` would make of it, looking only.
  Tracked preview(const RepoPath& path) {
    Tracked tracked{.version = describe(path, snapshot(repository_, path, stop_))};
    tracked.version.number = 1;
    if (const auto before = ledger::latest_dataset(repository_.ledger(), path.text())) {
      tracked.changed = before->digest != tracked.version.digest;
      tracked.version.number = before->number + (tracked.changed ? 1 : 0);
    }
    if (!holds_tables(path.under(repository_.root()))) return tracked;
    tracked.schema_file = schema_path(repository_.project(), path);
    tracked.schema_written =
        !status_of(RepoPath::parse(tracked.schema_file).under(repository_.root()));
    return tracked;
  }
  void commit() { batch_.commit(); }

 private:
  [[nodiscard]] ledger::DatasetVersion describe(const RepoPath& path, const Snapshot& content) {
    ledger::DatasetVersion version{.path = path.text(),
                                   .digest = content.digest,
                                   .folder = content.folder,
                                   .size_bytes = content.size_bytes,
                                   .files = content.files,
                                   .source = options_.source,
                                   .license = options_.license,
                                   .imported = options_.imported};
    if (const auto* spec = repository_.project().find_data(path.text())) {
      if (version.source.empty()) version.source = spec->source;
      if (version.license.empty()) version.license = spec->license;
    }
    return version;
  }

  /// Profile and contract of a table. Unchanged content with a contract in place is not read again.
  void look_into(const RepoPath& path, Tracked& tracked) {
    tracked.schema_file = schema_path(repository_.project(), path);
    const auto schema = RepoPath::parse(tracked.schema_file).under(repository_.root());
    const bool has_schema = status_of(schema).has_value();
    if (!tracked.changed && has_schema) return;
    throw_if_stopped(stop_);
    data::ReadOptions reading{.stop = stop_, .progress = &progress_};
    std::string contract;
    if (has_schema) {
      contract = read_file(schema, kMaxContractBytes);
      const auto name = fs::path(path.text()).stem().string();
      reading.types =
          readable_types(path, data::parse_contract(contract, tracked.schema_file, name).types());
    }
    const auto table = data::Table::open(path.under(repository_.root()), reading);
    const auto profile = data::profile(table);
    if (!has_schema) {
      contract = data::format_contract(
          data::infer_contract(profile, fs::path(path.text()).stem().string()));
      fs::create_directories(schema.parent_path());
      write_durably(schema, bytes_of(contract), repository_.world(), "schema.rename");
      tracked.schema_written = true;
    }
    tracked.version.rows = profile.rows;
    tracked.version.columns = static_cast<std::int64_t>(profile.columns.size());
    tracked.version.profile = batch_.add(data::to_json(profile).canonical());
    tracked.version.schema = batch_.add(contract);
  }

  /// The contract's types as far as the data fits them: that it does not is for `validate` to say.
  std::map<std::string, data::ColumnType> readable_types(
      const RepoPath& path, std::map<std::string, data::ColumnType> types) const {
    try {
      static_cast<void>(data::Table::open(path.under(repository_.root()), {.types = types}));
      return types;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::bad_input) throw;
      return {};
    }
  }

  /// Profiling takes longer than storing: beyond this it is done when it is asked for.
  static constexpr std::string_view kProfileLimit = "64 MB";
  static constexpr std::uint64_t kMaxContractBytes = 16U << 20U;
  Repository& repository_;
  const TrackOptions& options_;
  store::Batch batch_;
  Progress& progress_;
  std::stop_token stop_;
  std::uint64_t profile_limit_;
};

void refuse_outputs(const Project& project, const std::vector<RepoPath>& paths) {
  for (const auto& path : paths)
    if (const auto* step = writer_of(project, path))
      throw Error(ErrorKind::conflict, "'{}' is written by step '{}' of the pipeline", path.text(),
                  step->name)
          .hint("mlo train records it: outputs need no track");
}

}  // namespace

std::vector<Tracked> preview_track(Repository& repository, const TrackOptions& options,
                                   const std::stop_token& stop) {
  refuse_outputs(repository.project(), options.paths);
  Tracker tracker(repository, options, no_progress(), stop);
  std::vector<Tracked> all;
  for (const auto& path : options.paths) all.push_back(tracker.preview(path));
  return all;
}

std::vector<Tracked> track(Repository& repository, const TrackOptions& options, Progress& progress,
                           const std::stop_token& stop) {
  const auto lock = repository.lock();
  refuse_outputs(repository.project(), options.paths);
  Tracker tracker(repository, options, progress, stop);
  std::vector<Tracked> all;
  for (const auto& path : options.paths) {
    if (options.paths.size() > 1) progress.advance("tracking", all.size(), options.paths.size());
    all.push_back(tracker.track(path));
  }
  tracker.commit();
  std::vector<ledger::Statement> statements;
  for (const auto& tracked : all)
    if (tracked.changed) statements.push_back(ledger::statement_of(tracked.version));
  if (!statements.empty()) repository.ledger().append(statements, {"track", options.reason});
  // After the ledger: a crash in between leaves a version that tracking again completes.
  auto locked = read_lock_file(repository.root());
  for (auto& tracked : all) {
    const auto& version = tracked.version;
    locked.data.erase(version.path + (version.folder ? "" : "/"));
    locked.data[version.path + (version.folder ? "/" : "")] = version.digest;
  }
  write_lock_file(repository.root(), locked, repository.world());
  for (auto& tracked : all)
    if (const auto recorded = ledger::latest_dataset(repository.ledger(), tracked.version.path))
      tracked.version = *recorded;
  return all;
}

}  // namespace mlo::workspace
