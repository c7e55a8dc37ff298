#include "mlo/ledger/rebuild.h"

#include <algorithm>
#include <future>
#include <thread>

#include <fmt/format.h>

#include "ledger/checkpoint.h"
#include "ledger/entry_stream.h"
#include "ledger/merkle.h"
#include "ledger/record_kind.h"
#include "ledger/records/repository.h"
#include "ledger/schema.h"
#include "ledger/stored_tree.h"
#include "ledger/view_comparison.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::ledger {
namespace {

constexpr auto kSchema = R"sql(
  SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid
)sql";
// Triggers on our tables are never ours.
constexpr auto kObjectsOf = R"sql(
  SELECT type, name FROM sqlite_schema
  WHERE (type = 'trigger' AND tbl_name = ?1) OR (name = ?1 AND type IN ('table', 'view'))
)sql";
constexpr auto kIsThere = "SELECT 1 FROM sqlite_schema WHERE type = ?1 AND name = ?2";
constexpr auto kInsertNode = "INSERT INTO node (level, position, hash) VALUES (?1, ?2, ?3)";
constexpr auto kNote = "SELECT note FROM checkpoint";

/// What holds the record itself, and is not made of it.
bool is_record(std::string_view table) {
  return table == "entry" || table == "checkpoint" || table == "node";
}

/// Made of entries alone. What is neither this nor the record is durable before an entry tells it:
/// live runs and the points of their metrics.
bool is_view_table(std::string_view table) {
  return std::ranges::find(view_tables(), table) != view_tables().end();
}

struct SchemaObject {
  std::string type;
  std::string name;
  std::string table;
  std::string sql;
};

std::vector<SchemaObject> schema_of(Database& fresh) {
  return fresh.all(kSchema, [](const Row& row) {
    return SchemaObject{row.get<std::string>(0), row.get<std::string>(1), row.get<std::string>(2),
                        row.get<std::string>(3)};
  });
}

/// All that is made of entries.
std::vector<std::string_view> tables_made() {
  std::vector<std::string_view> tables(view_tables().begin(), view_tables().end());
  tables.emplace_back("node");
  return tables;
}

using Contents = std::vector<std::optional<TableContent>>;  // in the order of tables_made()

Contents contents_in(Database& database) {
  const ReadSnapshot snapshot(database);
  Contents contents;
  for (const auto table : tables_made()) contents.push_back(content_of(database, table));
  return contents;
}

class Rebuild {
 public:
  Rebuild(Database& database, const std::filesystem::path& file)
      : database_(database),
        earlier_(file, Database::Mode::read_only),
        entries_(file, Database::Mode::read_only),
        fresh_(":memory:", Database::Mode::create) {
    migrate(fresh_, ":memory:");
    schema_ = schema_of(fresh_);
  }

  Rebuilt run() {
    database_.execute("PRAGMA wal_autocheckpoint = 0");
    // Rows refer to entries and to each other in the order in which they are written again.
    database_.execute("PRAGMA foreign_keys = OFF");
    Transaction transaction(database_);
    set_aside();
    drop_all();
    create("table");
    plant();
    project_all();
    // What was there is read by another connection, which does not see this transaction, while
    // there is one thread's work left.
    auto before = std::async(std::launch::async, [this] { return contents_in(earlier_); });
    insert_nodes();
    require_checkpoint();
    put_back();
    create("index");
    create("view");
    const auto held = before.get();
    transaction.commit();
    database_.execute("PRAGMA foreign_keys = ON");
    // The log is taken into the file while what is in it now is read.
    auto log = std::async(std::launch::async,
                          [this] { database_.execute("PRAGMA wal_checkpoint(PASSIVE)"); });
    report_changes(held, contents_in(earlier_));
    log.get();
    return std::move(result_);
  }

 private:
  /// Rows that no entry tells yet, of tables that can still be read.
  void set_aside() {
    for (const auto table : view_tables()) {
      if (columns_of(database_, table) != columns_of(fresh_, table)) continue;
      try {
        database_.execute(fmt::format(
            "CREATE TEMP TABLE kept_{0} AS SELECT * FROM main.{0} WHERE entry IS NULL", table));
        kept_.push_back(table);
      } catch (const Error& error) {
        // Corruption is for the caller; in what only goes by the table's name nothing was kept.
        if (error.kind() != ErrorKind::bad_input) throw;
      }
    }
  }
  void put_back() {
    for (const auto table : kept_) {
      database_.execute(
          fmt::format("INSERT OR IGNORE INTO main.{0} SELECT * FROM kept_{0}", table));
      database_.execute(fmt::format("DROP TABLE kept_{}", table));
    }
  }
  /// What a new ledger has from the start, made by no act.
  void plant() {
    for (const auto table : view_tables()) {
      auto columns = columns_of(fresh_, table);
      for (auto& column : columns) column = fmt::format("quote({})", in_quotes(column));
      const auto rows =
          fresh_.all(fmt::format("SELECT {} FROM {}", join(columns, "||','||"), table),
                     [](const Row& row) { return row.get<std::string>(0); });
      for (const auto& row : rows)
        database_.execute(fmt::format("INSERT INTO {} VALUES ({})", table, row));
    }
  }
  void drop_all() {
    struct Found {
      std::string type;
      std::string name;
    };
    for (const auto& object : schema_) {
      if (object.type == "index") continue;
      const auto read = [](const Row& row) {
        return Found{row.get<std::string>(0), row.get<std::string>(1)};
      };
      for (const auto& found : database_.all(kObjectsOf, read, object.name))
        if (found.type == "trigger" || found.type == "view" || is_view_table(found.name))
          database_.execute(fmt::format("DROP {} IF EXISTS {}", found.type, in_quotes(found.name)));
    }
    database_.execute("DELETE FROM node");
  }
  void create(std::string_view type) {
    for (const auto& object : schema_)
      if (object.type == type && !is_record(object.table) && !is_there(object))
        database_.execute(object.sql);
  }
  [[nodiscard]] bool is_there(const SchemaObject& object) {
    return database_
        .one(
            kIsThere, [](const Row&) { return true; }, object.type, object.name)
        .has_value();
  }
  void project_all() {
    // Writing is the long part, and has a processor for itself.
    const auto threads = static_cast<int>(std::max(2U, std::thread::hardware_concurrency())) - 1;
    KeyRing keys;
    each_candidate(entries_, threads, Signatures::leave, keys, [this](Candidate& candidate) {
      if (!candidate.entry || candidate.entry->index != candidate.number ||
          candidate.number != result_.entries)
        throw Error(
            ErrorKind::integrity, "entry {} cannot be read: {}", candidate.number,
            candidate.problem.empty() ? "it is not the one of its place" : candidate.problem)
            .hint("mlo audit verify; views can be made again only from entries that are whole");
      frontier_.append(candidate.computed_leaf, [this](const Node& node) {
        const auto level = static_cast<std::size_t>(node.level);
        if (nodes_.size() < level) nodes_.resize(level);
        nodes_[level - 1].push_back(node.hash);
      });
      project(database_, *candidate.entry);
      ++result_.entries;
    });
  }
  /// In the order of their key, in which a row goes where the last one went.
  void insert_nodes() {
    for (std::size_t level = 0; level < nodes_.size(); ++level)
      for (std::size_t position = 0; position < nodes_[level].size(); ++position)
        database_.run(kInsertNode, level + 1, position, nodes_[level][position]);
  }
  void require_checkpoint() {
    const auto note = database_.one(kNote, [](const Row& row) { return row.get<std::string>(0); });
    const auto beginning = find_beginning(database_);
    if (!note || !beginning)
      throw Error(ErrorKind::integrity, "the ledger has lost its {}",
                  note ? "beginning" : "checkpoint")
          .hint("restore it from a backup");
    const auto checkpoint = read_checkpoint(
        *note, beginning->origin, read_verifier_key(beginning->log_key, beginning->origin));
    if (checkpoint.size != frontier_.size() || checkpoint.root != frontier_.root())
      throw Error(ErrorKind::integrity,
                  "the entries are not those that the checkpoint commits to: {} of {}",
                  frontier_.size(), checkpoint.size)
          .hint("mlo audit verify, and restore the ledger from a backup");
  }
  void report_changes(const Contents& before, const Contents& now) {
    const auto tables = tables_made();
    for (std::size_t i = 0; i < tables.size(); ++i) {
      invariant(now[i].has_value(), "a table that was just made can be read");
      result_.rows += now[i]->rows;
      if (now[i] != before[i]) result_.changed.emplace_back(tables[i]);
    }
  }

  Database& database_;
  Database earlier_;  ///< the same file, to read what it held and what it holds then
  Database entries_;  ///< the same again, so that entries push no page of a view out of memory
  Database fresh_;    ///< a ledger without entries
  std::vector<SchemaObject> schema_;
  std::vector<std::string_view> kept_;  ///< tables with rows set aside
  Frontier frontier_;
  std::vector<std::vector<Digest>> nodes_;  // of level 1, 2, … in the order of their positions
  Rebuilt result_;
};

}  // namespace

Rebuilt rebuild_views(const std::filesystem::path& folder) {
  const auto file = folder / "mlo.db";
  if (!std::filesystem::exists(file))
    throw Error(ErrorKind::integrity, "the ledger '{}' is missing", file.string())
        .hint("restore it from a backup");
  Database database(file, Database::Mode::read_write);
  database.execute("PRAGMA synchronous = FULL");
  migrate(database, file);
  // Pages that do not fit are written twice and read again.
  database.execute("PRAGMA cache_size = -65536");  // KiB
  return Rebuild(database, file).run();
}

}  // namespace mlo::ledger
