#include "fuzz/target.h"
#include "mlo/core/database.h"
#include "run/run_query.h"

namespace {

constexpr int kUses = 500;  // each statement is remembered by its text

mlo::Database made_runs() {
  mlo::Database made(":memory:", mlo::Database::Mode::create);
  made.execute(R"sql(
    CREATE TABLE runs (entry, id, name, status, started_at, finished_at, trigger_kind, params,
                       metrics, tags, git_commit, git_branch, actor, reason);
    INSERT INTO runs VALUES (1, '01J', 'demo-1', 'finished', 5, 9, 'user', '{"depth":5}',
                             '{"auc":0.5}', '{"owner":"ana"}', '', '', 'ana', '');
    CREATE TABLE run_metric (run, key, value, not_a_number);
    INSERT INTO run_metric VALUES ('01J', 'auc', 0.5, 0);
  )sql");
  return made;
}

/// What a question asks, without a repository around it.
mlo::Database& runs() {
  static mlo::Database database = made_runs();
  static int uses = 0;
  if (++uses % kUses == 0) database = made_runs();
  return database;
}

}  // namespace

MLO_FUZZ_TARGET(run_query) {
  // Whatever is no question is an Error; whatever is one, SQLite understands.
  const auto query = mlo::run::compile({.text = std::string(input)});
  try {
    runs().each("SELECT id FROM runs" + query.sql, query.bound, [](const mlo::Row&) {});
    if (!query.leading.empty())
      runs().each("SELECT id FROM " + query.leading, query.bound, [](const mlo::Row&) {});
  } catch (const mlo::Error& error) {
    mlo::invariant(false, "SQLite understands what was compiled");
  }
}
