#include "run/journal.h"

namespace mlo::run {
namespace {

constexpr auto kTables = R"sql(
  CREATE TABLE IF NOT EXISTS step_result (
    fingerprint BLOB PRIMARY KEY CHECK (length(fingerprint) = 32),
    step        TEXT NOT NULL,
    run         TEXT NOT NULL,     -- the run that made it
    outputs     TEXT NOT NULL,     -- JSON: [{"path", "digest", "folder"}]
    duration_ms INTEGER NOT NULL,
    finished_at INTEGER NOT NULL,  -- UTC microseconds
    told        INTEGER NOT NULL   -- 0; of older mlo 1, when a finished run accounted for it
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS step_result_untold ON step_result (fingerprint) WHERE told = 0;
  CREATE INDEX IF NOT EXISTS step_result_by_run ON step_result (run);
  CREATE TABLE IF NOT EXISTS step_pending (  -- its objects may not be durable yet
    fingerprint BLOB PRIMARY KEY CHECK (length(fingerprint) = 32),
    step        TEXT NOT NULL,
    run         TEXT NOT NULL,
    outputs     TEXT NOT NULL,
    duration_ms INTEGER NOT NULL,
    finished_at INTEGER NOT NULL,
    text        TEXT NOT NULL      -- what the fingerprint is of
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS live_run (
    id         TEXT PRIMARY KEY,
    process    INTEGER NOT NULL,
    host       TEXT NOT NULL,
    started_at INTEGER NOT NULL,   -- UTC microseconds
    facts      TEXT NOT NULL       -- JSON: what its ledger entry will say
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS open_job (
    key         TEXT PRIMARY KEY,
    run         TEXT NOT NULL,
    step        TEXT NOT NULL,
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
    executor    TEXT NOT NULL,
    attempts    INTEGER NOT NULL,
    opened_at   INTEGER NOT NULL   -- UTC microseconds
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS left_behind (  -- by failed steps, where their outputs were to be
    path   TEXT PRIMARY KEY,
    digest BLOB NOT NULL CHECK (length(digest) = 32)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS interpreter (
    path        TEXT PRIMARY KEY,
    modified_ns INTEGER NOT NULL,
    version     TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
)sql";

constexpr auto kColumns = "fingerprint, step, run, outputs, duration_ms, finished_at";

Json to_json(const std::vector<StoredOutput>& outputs) {
  Json list = Json::array();
  for (const auto& output : outputs)
    list.add(Json::object({{"path", output.path.text()},
                           {"digest", output.digest.text()},
                           {"folder", output.folder}}));
  return list;
}

std::vector<StoredOutput> outputs_from(const Json& list) {
  std::vector<StoredOutput> outputs;
  for (const auto& item : list.as_array())
    outputs.push_back({RepoPath::parse(item.at("path").as_string()),
                       Digest::parse(item.at("digest").as_string()), item.at("folder").as_bool()});
  return outputs;
}

StepResult read_result(const Row& row) {
  return {row.get<Digest>(0),       row.get<std::string>(1),
          row.get<std::string>(2),  outputs_from(Json::parse(row.get<std::string>(3))),
          row.get<std::int64_t>(4), row.get<Timestamp>(5)};
}

std::string select(std::string_view condition) {
  return std::string("SELECT ") + kColumns + " FROM step_result WHERE " + std::string(condition);
}

}  // namespace

Journal::Journal(Database& database) : database_(database) {
  database_.execute(kTables);
}

bool Journal::has_live_runs(Database& database) {
  const auto read = [](const Row& row) { return row.get<std::int64_t>(0); };
  return database.one("SELECT 1 FROM sqlite_schema WHERE name = 'live_run'", read) &&
         database.one("SELECT 1 FROM live_run LIMIT 1", read);
}

void Journal::begin(const LiveRun& live) {
  const auto facts = live.facts.dump();
  database_.run("INSERT INTO live_run VALUES (?1, ?2, ?3, ?4, ?5)", live.id, live.process,
                live.host, live.started_at, facts);
}

std::vector<LiveRun> Journal::live_runs() {
  return database_.all(
      "SELECT id, process, host, started_at, facts FROM live_run ORDER BY id", [](const Row& row) {
        return LiveRun{row.get<std::string>(0), row.get<std::int64_t>(1), row.get<std::string>(2),
                       row.get<Timestamp>(3), Json::parse(row.get<std::string>(4))};
      });
}

void Journal::close(const std::string& run, std::span<const Digest> told) {
  // Should a power cut undo it: the run has its entry in the ledger, and is closed again by it.
  const RelaxedSync relaxed(database_);
  Transaction transaction(database_);
  // The ledger answers for them from now on: a copy here could say something else.
  for (const auto& fingerprint : told)
    database_.run("DELETE FROM step_result WHERE fingerprint = ?1", fingerprint);
  database_.run("DELETE FROM step_result WHERE told = 1");  // left by an older mlo
  database_.run("DELETE FROM live_run WHERE id = ?1", run);
  transaction.commit();
}

void Journal::add(const StepResult& result) {
  const auto outputs = to_json(result.outputs).dump();
  database_.run("INSERT OR REPLACE INTO step_result VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)",
                result.fingerprint, result.step, result.run, outputs, result.duration_ms,
                result.finished_at);
}

void Journal::add_pending(const PendingResult& pending) {
  const auto& result = pending.result;
  const auto outputs = to_json(result.outputs).dump();
  // One sync a step would cost more than most steps: killed processes lose nothing of what the
  // system was given, and after a power cut the step runs again.
  const RelaxedSync relaxed(database_);
  database_.run("INSERT OR REPLACE INTO step_pending VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                result.fingerprint, result.step, result.run, outputs, result.duration_ms,
                result.finished_at, pending.fingerprint_text);
}

std::vector<PendingResult> Journal::pending() {
  return database_.all(
      std::string("SELECT ") + kColumns + ", text FROM step_pending ORDER BY finished_at",
      [](const Row& row) {
        return PendingResult{read_result(row), row.get<std::string>(6)};
      });
}

void Journal::accept_pending(const std::string& run) {
  Transaction transaction(database_);
  database_.run(std::string("INSERT OR REPLACE INTO step_result SELECT ") + kColumns +
                    ", 0 FROM step_pending WHERE run = ?1",
                run);
  database_.run("DELETE FROM step_pending WHERE run = ?1", run);
  transaction.commit();
}

void Journal::drop_pending(const Digest& fingerprint) {
  database_.run("DELETE FROM step_pending WHERE fingerprint = ?1", fingerprint);
}

std::optional<StepResult> Journal::find(const Digest& fingerprint) {
  return database_.one(select("fingerprint = ?1 AND told = 0 AND run IN (SELECT id FROM live_run)"),
                       read_result, fingerprint);
}

std::vector<StepResult> Journal::results_of(const std::string& run) {
  return database_.all(select("run = ?1 ORDER BY finished_at"), read_result, run);
}

std::vector<StepResult> Journal::results() {
  return database_.all(select("TRUE"), read_result);
}

std::set<Digest> Journal::untold() {
  std::set<Digest> fingerprints;
  database_.each("SELECT fingerprint FROM step_result WHERE told = 0", {},
                 [&](const Row& row) { fingerprints.insert(row.get<Digest>(0)); });
  return fingerprints;
}

void Journal::open_jobs(std::span<const OpenJob> jobs) {
  Transaction transaction(database_);
  for (const auto& job : jobs)
    database_.run("INSERT OR REPLACE INTO open_job VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", job.key,
                  job.run, job.step, job.fingerprint, job.executor, std::int64_t{job.attempts},
                  job.opened_at);
  transaction.commit();
}

std::vector<OpenJob> Journal::jobs() {
  return database_.all(
      "SELECT key, run, step, fingerprint, executor, attempts, opened_at FROM open_job "
      "ORDER BY opened_at, key",
      [](const Row& row) {
        return OpenJob{row.get<std::string>(0), row.get<std::string>(1),
                       row.get<std::string>(2), row.get<Digest>(3),
                       row.get<std::string>(4), static_cast<int>(row.get<std::int64_t>(5)),
                       row.get<Timestamp>(6)};
      });
}

void Journal::close_job(const std::string& key) {
  database_.run("DELETE FROM open_job WHERE key = ?1", key);
}

void Journal::leave_behind(const RepoPath& path, const Digest& digest) {
  // Should a power cut undo it, the content is kept once too often.
  const RelaxedSync relaxed(database_);
  database_.run("INSERT OR REPLACE INTO left_behind VALUES (?1, ?2)", path.text(), digest);
}

bool Journal::take_left_behind(const RepoPath& path, const Digest& digest) {
  const RelaxedSync relaxed(database_);
  return database_
      .one(
          "DELETE FROM left_behind WHERE path = ?1 RETURNING digest = ?2",
          [](const Row& row) { return row.get<bool>(0); }, path.text(), digest)
      .value_or(false);
}

std::optional<std::string> Journal::interpreter(const std::string& path, std::int64_t modified_ns) {
  return database_.one(
      "SELECT version FROM interpreter WHERE path = ?1 AND modified_ns = ?2",
      [](const Row& row) { return row.get<std::string>(0); }, path, modified_ns);
}

void Journal::remember_interpreter(const std::string& path, std::int64_t modified_ns,
                                   const std::string& version) {
  database_.run("INSERT OR REPLACE INTO interpreter VALUES (?1, ?2, ?3)", path, modified_ns,
                version);
}

}  // namespace mlo::run
