// The ledger beside its raw limits, in one process and in turn. Prints "<name> <ours> <peer>" in
// microseconds.
//
//   bench_ledger make FOLDER COUNT    a ledger of about COUNT entries: data, runs, models, …
//   bench_ledger append FOLDER TURNS  one signed durable entry; a row of its bytes, committed
//   bench_ledger policy FOLDER TURNS  what judging an entry costs under a policy of 100 people
//   bench_ledger access FOLDER TURNS  what telling of a read adds to a command that reads
//   bench_ledger verify FOLDER        the whole ledger; how many entries
//   bench_ledger rebuild FOLDER       all views anew; the same rows inserted into empty tables
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "ledger/policy/judge.h"
#include "ledger/record_kind.h"
#include "ledger/schema.h"
#include "mlo/core/text.h"
#include "mlo/ledger/approvals.h"
#include "mlo/ledger/policy.h"
#include "mlo/ledger/rebuild.h"
#include "mlo/ledger/records.h"

namespace fs = std::filesystem;
using namespace mlo;
using namespace mlo::ledger;

namespace {

const World& world() {
  static const World real = system_world();
  return real;
}

template <typename Work>
double microseconds(Work&& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin)
      .count();
}

double median(std::vector<double> times) {
  std::ranges::sort(times);
  return times[times.size() / 2];
}

void print(const char* name, double ours, double peer) {
  std::printf("%s %.1f %.1f\n", name, ours, peer);
}

Digest content(std::int64_t number) {
  return Digest::of("content " + std::to_string(number));
}

DatasetVersion dataset(std::int64_t number) {
  return {.path = "data/raw",
          .digest = content(number),
          .size_bytes = 1234,
          .rows = 100,
          .columns = 5,
          .profile = content(1),
          .source = "warehouse",
          .license = "internal"};
}

/// Ten entries of a model's life.
std::vector<Statement> episode(std::int64_t number) {
  const auto digest = content(1'000'000 + number);
  const auto id =
      "01JRUN" + std::string(20 - std::to_string(number).size(), '0') + std::to_string(number);
  const auto name = "churn@" + std::to_string(number);
  const Run run{.id = id,
                .name = "nightly",
                .status = "finished",
                .params = Json::object({{"seed", 7}}),
                .metrics = Json::object({{"accuracy", 0.95}}),
                .git_commit = std::string(40, '0'),
                .steps = {{.name = "fit",
                           .status = "ran",
                           .fingerprint = content(number),
                           .outputs = {{.path = "model.onnx", .digest = digest}}}},
                .materials = {{.path = "data/raw", .digest = content(number)}},
                .products = {{.path = "model.onnx", .digest = digest}}};
  const ModelVersion version{.model = "churn",
                             .number = number,
                             .digest = digest,
                             .path = "model.onnx",
                             .size_bytes = 4096,
                             .run = id,
                             .datasets = {{.path = "data/raw", .digest = content(number)}}};
  const Evidence evidence{.subject = {name, digest},
                          .target = name,
                          .passed = true,
                          .checks = {{.name = "accuracy",
                                      .kind = "metrics",
                                      .target = name,
                                      .passed = true,
                                      .value = 0.95,
                                      .threshold = ">= 0.9"}}};
  const GateDecision decision{
      .model = "churn", .number = number, .digest = digest, .stage = "production", .passed = true};
  const StageMove move{.model = "churn", .number = number, .digest = digest, .stage = "production"};
  const Deployment deployment{.model = "churn",
                              .number = number,
                              .digest = digest,
                              .stage = "production",
                              .target = "serve",
                              .status = "live"};
  const MonitorWindow window{.model = "churn",
                             .number = number,
                             .digest = digest,
                             .stage = "production",
                             .rows = 50,
                             .drifted = true,
                             .drifted_share = 0.5};
  const Alert alert{.model = "churn", .digest = digest, .kind = "drift", .message = "radius moved"};
  return {statement_of(dataset(number)), statements_of(run).front(),
          statement_of(version),         statement_of(evidence),
          statement_of(decision),        statement_of(move),
          statement_of(deployment),      statement_of(window),
          statement_of(alert),           statement_of(dataset(number + 10'000'000))};
}

void make(const fs::path& folder, std::int64_t count) {
  Ledger::create(folder, world());
  Ledger ledger(folder, world());
  ledger.database().execute("PRAGMA synchronous = OFF");
  constexpr std::int64_t kEpisodesAnAppend = 100;
  for (std::int64_t next = 1; ledger.size() < count;) {
    std::vector<Statement> statements;
    for (std::int64_t i = 0; i < kEpisodesAnAppend; ++i)
      for (auto& one : episode(next++)) statements.push_back(std::move(one));
    ledger.append(statements, {"bench", "why"});
  }
}

void append(const fs::path& folder, int turns) {
  Ledger ledger(folder, world());
  Database peer(folder / "peer.db", Database::Mode::create);
  peer.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  peer.execute(
      "CREATE TABLE IF NOT EXISTS entry (number INTEGER PRIMARY KEY, leaf BLOB NOT NULL, envelope "
      "TEXT NOT NULL) STRICT");
  peer.execute("DELETE FROM entry");
  std::vector<double> ours;
  std::vector<double> theirs;
  for (int turn = 0; turn < turns; ++turn) {
    const auto statement = statement_of(dataset(turn));
    ours.push_back(microseconds([&] { ledger.append(statement, {"track", "why"}); }));
    const auto envelope = ledger.envelope(ledger.size() - 1).value();
    theirs.push_back(microseconds([&] {
      Transaction transaction(peer);
      peer.run("INSERT INTO entry VALUES (?1, ?2, ?3)", turn, content(turn), envelope);
      transaction.commit();
    }));
  }
  print("append", median(ours), median(theirs));
}

Policy large_policy(const std::string& me) {
  Policy policy{.roles = {{"scientist", {"track", "train", "validate:churn", "promote:staging"}}}};
  for (int i = 0; i < 100; ++i) policy.people["person-" + std::to_string(i)] = {"scientist"};
  policy.people[me] = {"scientist"};
  policy.admins = {.members = {me}, .count = 1};
  policy.data = {{.pattern = "data/raw", .read = {"scientist"}, .write = {}}};
  return policy;
}

/// What one decision adds: opening the policy, the key's state, the permission.
void judge(const fs::path& folder, int turns) {
  Ledger ledger(folder, world());
  const auto entry = ledger.append(statement_of(dataset(-1)), {"track", "why"});
  propose_policy(ledger, large_policy(ledger.actor()), "bench");
  std::vector<double> ours;
  for (int turn = 0; turn < turns; ++turn)
    ours.push_back(microseconds([&] {
      Judge fresh({.views = ledger.database(), .entries = ledger.database()});
      fresh.require(entry);
    }));
  print("policy", median(ours), 1000);
}

void tell(const fs::path& folder, int turns) {
  Ledger ledger(folder, world());
  if (!policy_in_force(ledger)) propose_policy(ledger, large_policy(ledger.actor()), "bench");
  std::vector<double> ours;
  for (int turn = 0; turn < turns; ++turn)
    ours.push_back(microseconds([&] {
      record_access(ledger, "export",
                    {{.kind = "dataset", .name = "data/raw", .digest = content(turn)}});
    }));
  print("access", median(ours), 0);
}

struct Value {
  std::string type;
  std::int64_t integer = 0;
  double real = 0;
  std::string text;
  [[nodiscard]] Bound bound() const {
    if (type == "integer") return integer;
    if (type == "real") return real;
    if (type == "text") return text;
    if (type == "blob") return bytes_of(text);
    return nullptr;
  }
};
struct Rows {
  std::string insert;
  std::vector<std::vector<Value>> rows;
};

std::vector<Rows> rows_of(Database& database) {
  std::vector<Rows> all;
  for (const auto table : view_tables()) {
    const auto names = database.all(
        "SELECT name FROM pragma_table_info(?1) ORDER BY cid",
        [](const Row& row) { return row.get<std::string>(0); }, table);
    std::vector<std::string> asked;
    std::vector<std::string> marks;
    for (const auto& name : names) {
      asked.push_back("typeof(\"" + name + "\"), \"" + name + "\"");
      marks.emplace_back("?");
    }
    Rows rows{.insert = "INSERT INTO " + std::string(table) + " VALUES (" + join(marks, ", ") + ")",
              .rows = {}};
    database.each("SELECT " + join(asked, ", ") + " FROM " + std::string(table), {},
                  [&](const Row& row) {
                    std::vector<Value> values(names.size());
                    for (int i = 0; i < static_cast<int>(names.size()); ++i) {
                      auto& value = values[static_cast<std::size_t>(i)];
                      value.type = row.get<std::string>(2 * i);
                      if (value.type == "integer") value.integer = row.get<std::int64_t>(2 * i + 1);
                      if (value.type == "real") value.real = row.get<double>(2 * i + 1);
                      if (value.type == "text") value.text = row.get<std::string>(2 * i + 1);
                      if (value.type == "blob") value.text = text_of(row.get<Bytes>(2 * i + 1));
                    }
                    rows.rows.push_back(std::move(values));
                  });
    all.push_back(std::move(rows));
  }
  return all;
}

double insert_all(const fs::path& file, const std::vector<Rows>& all) {
  fs::remove(file);
  Database database(file, Database::Mode::create);
  database.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  migrate(database, file);
  database.execute("PRAGMA foreign_keys = OFF");
  // What a new ledger has from the start is among the rows.
  for (const auto table : view_tables()) database.execute("DELETE FROM " + std::string(table));
  return microseconds([&] {
    Transaction transaction(database);
    for (const auto& table : all)
      for (const auto& row : table.rows) {
        std::vector<Bound> bound;
        bound.reserve(row.size());
        for (const auto& value : row) bound.push_back(value.bound());
        database.each(table.insert, bound, [](const Row&) {});
      }
    transaction.commit();
  });
}

void rebuild(const fs::path& folder) {
  std::vector<Rows> rows;
  {
    Database database(folder / "mlo.db", Database::Mode::read_write);
    rows = rows_of(database);
  }
  std::vector<double> ours;
  std::vector<double> theirs;
  for (int turn = 0; turn < 3; ++turn) {
    ours.push_back(microseconds([&] { rebuild_views(folder); }));
    theirs.push_back(insert_all(folder / "peer.db", rows));
  }
  print("rebuild", median(ours), median(theirs));
}

void verify(const fs::path& folder) {
  Ledger ledger(folder, world());
  Verification found;
  const auto spent = microseconds([&] { found = ledger.verify(); });
  if (!found.verified())
    std::fprintf(stderr, "not verified: %s\n", found.problems.front().problem.c_str());
  print("verify", spent, static_cast<double>(found.entries));
}

}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  const auto number = words.size() > 2 ? std::atoi(words[2].c_str()) : 0;
  if (words.size() == 3 && words[0] == "make") return make(words[1], number), 0;
  if (words.size() == 3 && words[0] == "append") return append(words[1], number), 0;
  if (words.size() == 3 && words[0] == "policy") return judge(words[1], number), 0;
  if (words.size() == 3 && words[0] == "access") return tell(words[1], number), 0;
  if (words.size() == 2 && words[0] == "verify") return verify(words[1]), 0;
  if (words.size() == 2 && words[0] == "rebuild") return rebuild(words[1]), 0;
  std::fputs("bench_ledger make|append|policy|access FOLDER COUNT | verify|rebuild FOLDER\n",
             stderr);
  return 2;
}
