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
#include "mlo/workspace/pipeline_lock.h"
#include "mlo/workspace/references.h"
#include "mlo/workspace/settings.h"
#include "mlo/workspace/snapshot.h"
#include "workspace/recordable.h"

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

/// True when the contract speaks of columns and they are not those of `table`.
bool is_of_other_columns(const data::Contract& contract, const data::Table& table) {
  if (contract.columns.empty()) return false;
  return contract.columns.size() != table.columns().size() ||
         std::ranges::any_of(contract.columns, [&](const data::ColumnRule& rule) {
           return table.find(rule.name) == nullptr;
         });
}

/// Of each file: its size and when it was written. That it became a link to its object, as it may
/// while it is stored, is no change.
using Files = std::map<fs::path, std::pair<std::uintmax_t, fs::file_time_type>>;

Files files_at(const fs::path& place) {
  Files files;
  const auto add = [&](const fs::path& file) {
    std::error_code gone;
    const auto size_bytes = fs::file_size(file, gone);
    files[file] = {size_bytes, fs::last_write_time(file, gone)};
  };
  if (!fs::is_directory(place)) add(place);
  if (fs::is_directory(place))
    for (const auto& item : fs::recursive_directory_iterator(place))
      if (!item.is_directory()) add(item.path());
  return files;
}

/// One path on its way to becoming a version.
class Tracker {
 public:
  Tracker(Repository& repository, const TrackOptions& options, const LockFile& lock,
          Progress& progress, std::stop_token stop)
      : repository_(repository),
        options_(options),
        lock_(lock),
        batch_(repository.store()),
        progress_(progress),
        stop_(std::move(stop)),
        profile_limit_(parse_bytes(
            setting_or_default("data.profile_limit", repository.folder(), repository.world())
                .value)) {}

  Tracked track(const RepoPath& path) {
    const auto place = path.under(repository_.root());
    const bool is_table = holds_tables(place);
    const auto before_reading = is_table ? files_at(place) : Files();
    const auto content = store_snapshot(repository_, path, stop_, progress_);
    Tracked tracked{.version = describe(path, content)};
    if (const auto before = ledger::latest_dataset(repository_.ledger(), path.text())) {
      tracked.changed = before->digest != content.digest;
      tracked.version.parent = before->digest;
      if (!tracked.changed) tracked.version = *before;
    }
    if (!is_table) return tracked;
    tracked.too_large = tracked.version.size_bytes > profile_limit_;
    if (tracked.too_large) return tracked;
    look_into(path, tracked);
    // The profile is read from the files, and must tell of the bytes that are recorded.
    if (files_at(place) != before_reading)
      throw Error(ErrorKind::conflict, "'{}' changed while it was read", path.text())
          .hint("run the command again when nobody writes there");
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
  /// Once their versions are recorded: what was not tracked leaves nothing behind.
  void write_contracts() const {
    for (const auto& [file, text] : contracts_) {
      const auto place = RepoPath::parse(file).under(repository_.root());
      fs::create_directories(place.parent_path());
      write_durably(place, bytes_of(text), repository_.world(), "schema.rename");
    }
  }

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
    const auto made = contracts_.find(tracked.schema_file);
    const bool has_schema = made != contracts_.end() || status_of(schema).has_value();
    if (!tracked.changed && has_schema) return;
    throw_if_stopped(stop_);
    const auto name = fs::path(path.text()).stem().string();
    std::string text;
    data::Contract contract;
    if (has_schema) {
      text = made != contracts_.end() ? made->second : read_file(schema, kMaxContractBytes);
      contract = data::parse_contract(text, tracked.schema_file, {.likely = name});
    }
    const auto profile = profile_of(path, contract, tracked);
    if (!has_schema && profile) {
      text = data::format_contract(data::infer_contract(*profile, name));
      contracts_.emplace(tracked.schema_file, text);
      tracked.schema_written = true;
    }
    if (text.empty())
      tracked.schema_file.clear();
    else
      tracked.version.schema = batch_.add(text);
    if (!profile) return;
    tracked.version.rows = profile->rows;
    tracked.version.columns = static_cast<std::int64_t>(profile->columns.size());
    tracked.version.profile = batch_.add(data::canonical(*profile));
  }

  /// Nothing, and a warning, for what cannot be read as a table: a broken delivery is a version
  /// too, the one that people have to talk about. `validate` refuses it.
  std::optional<data::Profile> profile_of(const RepoPath& path, const data::Contract& contract,
                                          Tracked& tracked) {
    try {
      const auto table = data::Table::open(path.under(repository_.root()),
                                           {.types = readable_types(path, contract),
                                            .dates = contract.dates(),
                                            .stop = stop_,
                                            .progress = &progress_});
      if (is_of_other_columns(contract, table)) warn_of_shared(path, tracked.schema_file);
      return data::profile(table);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::interrupted) throw;
      tracked.unreadable = error.message();
      progress_.warn(fmt::format("'{}' is recorded, but not profiled: {}{}", path.text(),
                                 error.message(),
                                 error.hint().empty() ? "" : " (" + error.hint() + ")"));
      return std::nullopt;
    }
  }

  /// Two files of one name in different folders have the same contract unless `mlo.yaml` says
  /// otherwise, which a second one with other columns did not ask for.
  void warn_of_shared(const RepoPath& path, const std::string& schema) const {
    std::vector<RepoPath> others = options_.paths;
    for (const auto& [text, digest] : lock_.data) others.push_back(RepoPath::parse(text));
    const auto shared = std::ranges::find_if(others, [&](const RepoPath& other) {
      return other != path && schema_path(repository_.project(), other) == schema;
    });
    if (shared == others.end()) return;
    auto own = fs::path(path.text()).replace_extension().string();
    std::ranges::replace(own, '/', '-');
    progress_.warn(fmt::format(
        "'{0}' has other columns than {1}, the contract that it shares with '{2}'; give it one of "
        "its own in mlo.yaml: data: {{{0}: {{schema: schemas/{3}.yaml}}}}",
        path.text(), schema, shared->text(), own));
  }

  /// The contract's types as far as the data fits them: that it does not is for `validate` to say.
  std::map<std::string, data::ColumnType> readable_types(const RepoPath& path,
                                                         const data::Contract& contract) const {
    auto types = contract.types();
    if (types.empty()) return types;
    try {
      static_cast<void>(data::Table::open(path.under(repository_.root()),
                                          {.types = types, .dates = contract.dates()}));
      return types;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::bad_input) throw;
      return {};
    }
  }

  static constexpr std::uint64_t kMaxContractBytes = 16U << 20U;
  Repository& repository_;
  const TrackOptions& options_;
  const LockFile& lock_;
  store::Batch batch_;
  Progress& progress_;
  std::stop_token stop_;
  /// Profiling takes longer than storing: beyond this it is done when it is asked for.
  std::uint64_t profile_limit_;
  std::map<std::string, std::string> contracts_ = {};  ///< new ones, by their place
};

/// What cannot be a dataset of its own.
void refuse(Repository& repository, const LockFile& lock, const std::vector<RepoPath>& paths) {
  TrackedPaths tracked(repository.root(), lock.data);
  for (const auto& path : paths) {
    refuse_project_files(repository.root(), path);
    if (const auto* step = writer_of(repository.project(), path))
      throw Error(ErrorKind::conflict, "'{}' is written by step '{}' of the pipeline", path.text(),
                  step->name)
          .hint("mlo train records it: outputs need no track");
    tracked.add(path);
  }
}

}  // namespace

std::string schema_path(const Project& project, const RepoPath& path) {
  const auto* spec = project.find_data(path.text());
  if (spec != nullptr && !spec->schema.empty()) return spec->schema;
  return fmt::format("schemas/{}.yaml", fs::path(path.text()).stem().string());
}

std::vector<Tracked> preview_track(Repository& repository, const TrackOptions& options,
                                   const std::stop_token& stop) {
  const auto locked = read_lock_file(repository.root());
  refuse(repository, locked, options.paths);
  Tracker tracker(repository, options, locked, no_progress(), stop);
  std::vector<Tracked> all;
  for (const auto& path : options.paths) all.push_back(tracker.preview(path));
  return all;
}

std::vector<Tracked> track(Repository& repository, const TrackOptions& options, Progress& progress,
                           const std::stop_token& stop) {
  const auto lock = lock_workspace(repository, progress);
  if (const auto remedy = remedy_for_lost_lock(repository))
    progress.warn(fmt::format("mlo.lock was not there: it names only this now ({})", *remedy));
  auto locked = read_lock_file(repository.root());
  refuse(repository, locked, options.paths);
  Tracker tracker(repository, options, locked, progress, stop);
  std::vector<Tracked> all;
  for (const auto& path : options.paths) {
    if (options.paths.size() > 1) progress.advance("tracking", all.size(), options.paths.size());
    all.push_back(tracker.track(path));
  }
  tracker.commit();
  throw_if_stopped(stop);
  std::vector<ledger::Statement> statements;
  for (const auto& tracked : all)
    if (tracked.changed) statements.push_back(ledger::statement_of(tracked.version));
  if (!statements.empty()) repository.ledger().append(statements, {"track", options.reason});
  // After the ledger: a crash in between leaves a version that tracking again completes.
  tracker.write_contracts();
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
