#include <algorithm>

#include <fmt/format.h>

#include "ledger/record_kind.h"
#include "ledger/records/fields.h"
#include "ledger/records/run_edit.h"
#include "ledger/records/run_index.h"
#include "ledger/records/run_statement.h"
#include "mlo/core/error.h"
#include "mlo/ledger/records.h"
#include "mlo/ledger/step_outputs.h"

namespace mlo::ledger {
namespace {

constexpr std::string_view kArtifacts = "artifacts/";  // files that a tracking client sent
constexpr std::size_t kBriefId = 12;  // enough to find it again; all of it crowds out the rest

constexpr auto kInsertRun = R"sql(
  INSERT INTO run (entry, id, name, status, started_at, finished_at, trigger_kind, params, metrics,
                   tags, git_commit, git_branch, experiment, user_name, deleted)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
)sql";

constexpr auto kInsertPart = "INSERT INTO run_part (entry, run, part) VALUES (?1, ?2, ?3)";

constexpr auto kInsertStep = R"sql(
  INSERT INTO run_step (entry, position, run, name, status, fingerprint, duration_ms, exit_code)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
)sql";

constexpr auto kInsertFile = R"sql(
  INSERT INTO run_file (entry, position, run, role, step, path, digest)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
)sql";

constexpr auto kParts = R"sql(
  SELECT entry.number, leaf, envelope FROM run_part JOIN entry ON entry.number = entry
  WHERE run = ?1 ORDER BY part
)sql";

constexpr auto kNewest = "SELECT id FROM run WHERE deleted = 0 ORDER BY entry DESC LIMIT ?1";

constexpr auto kNoLonger = "DELETE FROM live_tracked_run WHERE id = ?1";

constexpr auto kEdits = R"sql(
  SELECT entry.number, leaf, envelope
  FROM subject JOIN act ON act.entry = subject.entry JOIN entry ON entry.number = subject.entry
  WHERE subject.digest = ?1 AND act.predicate_type = ?2 AND entry.number > ?3 ORDER BY entry.number
)sql";

constexpr auto kEntryOf = "SELECT entry FROM run WHERE id = ?1";

constexpr auto kByPrefix = R"sql(
  SELECT id FROM run WHERE id >= ?1 AND id < ?1 || char(0x10FFFF) ORDER BY id LIMIT 2
)sql";

constexpr auto kCachedStep = R"sql(
  SELECT entry, position FROM run_step
  WHERE fingerprint = ?1 AND status IN ('ran', 'cached') ORDER BY entry DESC LIMIT 1
)sql";

// What came here by a clone whose ledger did not, and was restored by its mlo.lock.
constexpr auto kRestoredStep = R"sql(
  SELECT entry, position FROM run_step
  WHERE fingerprint = ?1 AND status = 'restored' ORDER BY entry DESC LIMIT 1
)sql";

constexpr auto kRanSteps = R"sql(
  SELECT entry, position FROM run_step WHERE fingerprint = ?1 AND status = 'ran'
)sql";

constexpr auto kOutputs = R"sql(
  SELECT path, digest FROM run_file
  WHERE entry = ?1 AND step = ?2 AND role = 'output' ORDER BY position
)sql";

/// Writes the rows of one entry's files, counting their places.
class FileRows {
 public:
  FileRows(Database& database, const Entry& entry, const std::string& run)
      : database_(database), entry_(entry), run_(run) {}

  void write(std::string_view role, const Artifact& file,
             std::optional<std::int64_t> step = std::nullopt) {
    database_.run(kInsertFile, entry_.index, position_++, run_, role, step, file.path, file.digest);
  }

 private:
  Database& database_;
  const Entry& entry_;
  const std::string& run_;
  std::int64_t position_ = 0;
};

/// The run's row, which the rows of its facts replace those of a live run with.
void project_facts(Database& database, const Entry& entry, const RunPart& part) {
  const auto& run = part.run;
  const RunFacts facts{
      .params = run.params, .tags = run.tags, .metrics = run.metrics, .tracking = run.tracking};
  if (part.part == 0) {
    forget_run_facts(database, run.id);
    database.run(kNoLonger, run.id);
    const auto* deleted = run.tracking.find("deleted");
    database.run(kInsertRun, entry.index, run.id, run.name, run.status, run.started_at,
                 run.finished_at, run.trigger, run.params.canonical(), run.metrics.canonical(),
                 run.tags.canonical(), run.git_commit, run.git_branch,
                 integer_or_nothing(run.tracking["experiment"]).value_or(0),
                 run.tracking.string_or("user", ""),
                 deleted != nullptr && deleted->as_bool() ? entry.time.microseconds : 0);
  } else {
    merge_run_facts(database, run.id, facts);
  }
  index_run_facts(database, entry, run.id, facts);
}

void project_run(Database& database, const Entry& entry) {
  const auto part = read_run_part(entry);
  const auto& run = part.run;
  project_facts(database, entry, part);
  database.run(kInsertPart, entry.index, run.id, part.part);
  FileRows files(database, entry, run.id);
  const auto node = run_digest(run.id);
  for (const auto& material : run.materials) {
    files.write("material", material);
    write_arrow(database, entry,
                {.source = material.digest, .target = node, .relation = "material"});
  }
  for (const auto& product : run.products) {
    files.write("product", product);
    if (product.path.starts_with(kArtifacts))
      index_artifact(database, entry, run.id,
                     {.path = product.path.substr(kArtifacts.size()), .digest = product.digest});
    write_arrow(database, entry, {.source = node, .target = product.digest, .relation = "product"});
  }
  auto position = part.first_step;
  for (const auto& step : run.steps) {
    database.run(kInsertStep, entry.index, position, run.id, step.name, step.status,
                 step.fingerprint, step.duration_ms, step.exit_code);
    for (const auto& output : step.outputs) files.write("output", output, position);
    ++position;
  }
  if (part.part == 0) write_thing(database, entry, {.digest = node, .kind = "run", .name = run.id});
}

std::string describe_run(const Entry& entry) {
  const auto run = read_run_part(entry).run;
  const auto ran = std::ranges::count(run.steps, "ran", &RunStep::status);
  const auto brief = run.id.substr(0, kBriefId);
  const auto label = run.name.empty() ? brief : fmt::format("{} ({})", brief, run.name);
  return fmt::format("run {} {}: {} of {} step{} ran", label, run.status, ran, run.steps.size(),
                     run.steps.size() == 1 ? "" : "s");
}

std::string describe_part(const Entry& entry) {
  const auto part = read_run_part(entry);
  return fmt::format("run {}, continued: {} more step{}", part.run.id.substr(0, kBriefId),
                     part.run.steps.size(), part.run.steps.size() == 1 ? "" : "s");
}

const bool kRunRegistered = record_kinds().add(
    kProvenanceType,
    {.word = "run", .project = project_run, .describe = describe_run, .actions = {"train"}});
const bool kPartRegistered = record_kinds().add(
    kRunPartType,
    {.word = "run", .project = project_run, .describe = describe_part, .actions = {"train"}});

void add_tracking(Json& whole, const Json& more) {
  for (const auto& [name, values] : more.as_object()) {
    const auto* present = whole.find(name);
    auto all = present == nullptr ? Json() : *present;
    if (values.is_array())
      for (const auto& item : values.as_array()) all.add(item);
    else
      for (const auto& [key, item] : values.as_object()) all.set(key, item);
    whole.set(name, std::move(all));
  }
}

/// A run from the entries that tell it.
Run joined(std::vector<RunPart> parts) {
  Run run = std::move(parts.front().run);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    auto& more = parts[i].run;
    std::ranges::move(more.steps, std::back_inserter(run.steps));
    std::ranges::move(more.materials, std::back_inserter(run.materials));
    std::ranges::move(more.products, std::back_inserter(run.products));
    for (auto Run::*group : {&Run::params, &Run::tags, &Run::metrics})
      for (const auto& [name, value] : (more.*group).as_object()) (run.*group).set(name, value);
    if (!more.tracking.is_null()) add_tracking(run.tracking, more.tracking);
  }
  return run;
}

Run read_run(Ledger& ledger, const std::string& id) {
  auto parts = read_records(ledger, read_run_part, kParts, id);
  invariant(!parts.empty(), "a run has a first part");
  Run run = joined(std::move(parts));
  // What became of it later: its name, tags, metrics that were computed afterwards.
  for (const auto& edit :
       read_records(ledger, read_run_edit, kEdits, run_digest(id), kRunEditType, run.origin.entry))
    apply(run, edit);
  return run;
}

std::string text_at_0(const Row& row) {
  return row.get<std::string>(0);
}

struct StepPlace {
  std::int64_t entry = 0;
  std::int64_t position = 0;
};

StepPlace step_place(const Row& row) {
  return {.entry = row.get<std::int64_t>(0), .position = row.get<std::int64_t>(1)};
}

std::vector<Artifact> outputs_of(Ledger& ledger, const StepPlace& step) {
  return ledger.database().all(
      kOutputs,
      [](const Row& row) {
        return Artifact{.path = row.get<std::string>(0), .digest = row.get<Digest>(1)};
      },
      step.entry, step.position);
}

}  // namespace

std::vector<Run> runs(Ledger& ledger, std::int64_t limit) {
  std::vector<Run> found;
  for (const auto& id : ledger.database().all(kNewest, text_at_0, limit))
    found.push_back(read_run(ledger, id));
  return found;
}

std::optional<Run> find_run(Ledger& ledger, std::string_view id_prefix) {
  if (id_prefix.empty()) return std::nullopt;
  const auto ids = ledger.database().all(kByPrefix, text_at_0, id_prefix);
  if (ids.empty()) return std::nullopt;
  if (ids.size() > 1 && ids.front() != id_prefix)
    throw Error(ErrorKind::bad_input, "'{}' could be several runs", id_prefix)
        .hint("mlo lineage {}", ids.front());
  return read_run(ledger, ids.front());
}

std::vector<Digest> late_points(Ledger& ledger, std::string_view run) {
  const auto told = ledger.database().one(
      kEntryOf, [](const Row& row) { return row.get<std::int64_t>(0); }, run);
  std::vector<Digest> objects;
  if (!told) return objects;
  for (const auto& edit :
       read_records(ledger, read_run_edit, kEdits, run_digest(run), kRunEditType, *told))
    if (edit.points) objects.push_back(*edit.points);
  return objects;
}

Run run_told_by(Ledger& ledger, std::int64_t number) {
  std::vector<RunPart> parts;
  for (auto entry = ledger.entry(number); entry; entry = ledger.entry(++number)) {
    const bool first = parts.empty();
    if (entry->predicate_type != (first ? kProvenanceType : kRunPartType)) break;
    auto part = read_run_part(*entry);
    if (!first && part.run.id != parts.front().run.id) break;
    parts.push_back(std::move(part));
  }
  if (parts.empty())
    throw Error(ErrorKind::integrity, "entry {} of the ledger tells no run", number);
  return joined(std::move(parts));
}

std::optional<std::vector<Artifact>> cached_outputs(Ledger& ledger, const Digest& fingerprint) {
  auto step = ledger.database().one(kCachedStep, step_place, fingerprint);
  if (!step) step = ledger.database().one(kRestoredStep, step_place, fingerprint);
  if (!step) return std::nullopt;
  return outputs_of(ledger, *step);
}

bool once_made(Ledger& ledger, const Digest& fingerprint, const std::vector<Artifact>& outputs) {
  const auto steps = ledger.database().all(kRanSteps, step_place, fingerprint);
  return std::ranges::any_of(steps, [&](const StepPlace& step) {
    const auto made = outputs_of(ledger, step);
    return std::ranges::all_of(outputs, [&](const Artifact& output) {
      const auto same = std::ranges::find(made, output.path, &Artifact::path);
      return same != made.end() && same->digest == output.digest;
    });
  });
}

}  // namespace mlo::ledger
