#include "mlo/core/database.h"

#include <string>
#include <unordered_map>

#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include "mlo/core/error.h"

namespace mlo {
namespace {

constexpr int kBusyMs = 10'000;
// Statements that a question was put together for may be of any number and length.
constexpr std::size_t kMostKept = 512;
constexpr std::size_t kLongestKept = 4096;

ErrorKind kind_of(int code) {
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return ErrorKind::conflict;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return ErrorKind::integrity;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH: return ErrorKind::not_allowed;
    case SQLITE_CANTOPEN: return ErrorKind::not_found;
    case SQLITE_FULL:
    case SQLITE_IOERR: return ErrorKind::unavailable;
    case SQLITE_CONSTRAINT: return ErrorKind::integrity;
    default: return ErrorKind::bad_input;
  }
}

sqlite3_stmt* statement(void* pointer) {
  return static_cast<sqlite3_stmt*>(pointer);
}

/// To look for a statement by a view of its text.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};

}  // namespace

struct Database::State {
  sqlite3* handle = nullptr;
  std::filesystem::path path;
  std::unordered_map<std::string, sqlite3_stmt*, TextHash, std::equal_to<>> statements;

  State() = default;
  ~State() {
    for (const auto& [sql, prepared] : statements) sqlite3_finalize(prepared);
    sqlite3_close(handle);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  [[nodiscard]] Error problem(int code, std::string_view sql) const {
    // "unable to open" is also what SQLite says of a file that is there and closed to us.
    const bool closed = code == SQLITE_CANTOPEN && ::access(path.c_str(), F_OK) == 0;
    const auto kind = closed ? ErrorKind::not_allowed : kind_of(code);
    Error error(kind, "database '{}': {}", path.string(), sqlite3_errmsg(handle));
    if (kind == ErrorKind::conflict) error.hint("another mlo is writing: run the command again");
    if (kind == ErrorKind::integrity)
      error.hint("keep the file and look at it: sqlite3 '{}' 'PRAGMA integrity_check'",
                 path.string());
    if (kind == ErrorKind::unavailable)
      error.hint("free some space and run the command again: nothing that was stored is lost");
    if (kind == ErrorKind::not_allowed)
      error.hint("see who may: namei -l '{0}'; and whether the disk is full: df '{0}'",
                 path.string());
    if (kind == ErrorKind::bad_input) error.while_doing(fmt::format("running SQL: {}", sql));
    return error;
  }

  sqlite3_stmt* prepared(std::string_view sql) {
    const auto found = statements.find(sql);
    if (found != statements.end()) return found->second;
    auto* fresh = prepare(sql, SQLITE_PREPARE_PERSISTENT);
    if (statements.size() >= kMostKept) forget_idle();
    statements.emplace(sql, fresh);
    return fresh;
  }

  sqlite3_stmt* prepare(std::string_view sql, unsigned flags) {
    sqlite3_stmt* fresh = nullptr;
    const int code = sqlite3_prepare_v3(handle, sql.data(), static_cast<int>(sql.size()), flags,
                                        &fresh, nullptr);
    if (code != SQLITE_OK) throw problem(code, sql);
    return fresh;
  }

  /// Those that are being stepped further up the stack stay.
  void forget_idle() {
    std::erase_if(statements, [](const auto& kept) {
      const bool idle = sqlite3_stmt_busy(kept.second) == 0;
      if (idle) sqlite3_finalize(kept.second);
      return idle;
    });
  }
};

namespace {

void bind(sqlite3_stmt* prepared, const std::vector<Bound>& bound) {
  int index = 0;
  for (const auto& value : bound) {
    ++index;
    const auto size = static_cast<int>(value.text.size());
    switch (value.type) {
      case Bound::Type::null: sqlite3_bind_null(prepared, index); break;
      case Bound::Type::integer: sqlite3_bind_int64(prepared, index, value.integer); break;
      case Bound::Type::real: sqlite3_bind_double(prepared, index, value.real); break;
      case Bound::Type::text:
        // An empty view may hold a null pointer, which SQLite would take for NULL.
        sqlite3_bind_text(prepared, index, size == 0 ? "" : value.text.data(), size, SQLITE_STATIC);
        break;
      case Bound::Type::blob:
        if (size == 0)
          sqlite3_bind_zeroblob(prepared, index, 0);
        else
          sqlite3_bind_blob(prepared, index, value.text.data(), size, SQLITE_STATIC);
        break;
    }
  }
}

/// Resets a statement that is kept on every way out, so that it holds no lock; ends any other.
struct Running {
  sqlite3_stmt* prepared;
  bool kept;
  Running(sqlite3_stmt* running, bool is_kept) : prepared(running), kept(is_kept) {}
  ~Running() {
    if (!kept) {
      sqlite3_finalize(prepared);
      return;
    }
    sqlite3_reset(prepared);
    sqlite3_clear_bindings(prepared);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
};

int open_flags(Database::Mode mode) {
  // A connection is used by one thread at a time: SQLite need not lock it at every call.
  constexpr int kAlways = SQLITE_OPEN_NOMUTEX;
  switch (mode) {
    case Database::Mode::read_only: return kAlways | SQLITE_OPEN_READONLY;
    case Database::Mode::immutable: return kAlways | SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
    case Database::Mode::read_write: return kAlways | SQLITE_OPEN_READWRITE;
    case Database::Mode::create: return kAlways | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  }
  return kAlways | SQLITE_OPEN_READONLY;
}

/// What sqlite3_open_v2 is to open; a URI names the path with its own signs escaped.
std::string open_name(const std::filesystem::path& path, Database::Mode mode) {
  if (mode != Database::Mode::immutable) return path.string();
  std::string escaped;
  for (const char c : std::filesystem::absolute(path).string()) {
    if (c == '%' || c == '?' || c == '#')
      escaped += fmt::format("%{:02x}", static_cast<unsigned char>(c));
    else
      escaped += c;
  }
  return fmt::format("file://{}?immutable=1", escaped);
}

}  // namespace

Database::Database(const std::filesystem::path& path, Mode mode)
    : state_(std::make_unique<State>()) {
  // Nobody asks SQLite how much memory it uses, and to count it takes a lock at each allocation.
  // Too late, once something has used SQLite, it counts on.
  static const int kUncounted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(kUncounted);
  state_->path = path;
  const int code =
      sqlite3_open_v2(open_name(path, mode).c_str(), &state_->handle, open_flags(mode), nullptr);
  if (code != SQLITE_OK) throw state_->problem(code, "open");
  sqlite3_busy_timeout(state_->handle, kBusyMs);
  // A database from a stranger may hold triggers and views: they may not call what we did not mean.
  sqlite3_db_config(state_->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(state_->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_exec(state_->handle, "PRAGMA foreign_keys = ON", nullptr, nullptr, nullptr);
}

Database::~Database() = default;
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;

void Database::execute(std::string_view script) {
  const int code =
      sqlite3_exec(state_->handle, std::string(script).c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) throw state_->problem(code, script);
}

std::int64_t Database::changes() const {
  return sqlite3_changes64(state_->handle);
}
std::int64_t Database::last_id() const {
  return sqlite3_last_insert_rowid(state_->handle);
}
bool Database::in_transaction() const {
  return sqlite3_get_autocommit(state_->handle) == 0;
}

void Database::each(std::string_view sql, const std::vector<Bound>& bound,
                    const std::function<void(const Row&)>& visit) {
  const bool kept = sql.size() <= kLongestKept;
  auto* prepared = kept ? state_->prepared(sql) : state_->prepare(sql, 0);
  // A statement that is being stepped further up the stack must not be reset under its reader.
  invariant(sqlite3_stmt_busy(prepared) == 0, "a query is not started again while it is read");
  const Running running(prepared, kept);
  bind(prepared, bound);
  int code = sqlite3_step(prepared);
  for (; code == SQLITE_ROW; code = sqlite3_step(prepared)) visit(Row(prepared));
  if (code != SQLITE_DONE) throw state_->problem(code, sql);
}

template <>
std::int64_t Row::read<std::int64_t>(int column) const {
  return sqlite3_column_int64(statement(statement_), column);
}
template <>
int Row::read<int>(int column) const {
  return sqlite3_column_int(statement(statement_), column);
}
template <>
bool Row::read<bool>(int column) const {
  return sqlite3_column_int64(statement(statement_), column) != 0;
}
template <>
double Row::read<double>(int column) const {
  return sqlite3_column_double(statement(statement_), column);
}
template <>
std::string Row::read<std::string>(int column) const {
  const auto* text = sqlite3_column_text(statement(statement_), column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement(statement_), column));
  return text == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(text), size);
}
template <>
Bytes Row::read<Bytes>(int column) const {
  const auto* blob =
      static_cast<const std::byte*>(sqlite3_column_blob(statement(statement_), column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement(statement_), column));
  return blob == nullptr ? Bytes() : Bytes(blob, blob + size);
}
template <>
Digest Row::read<Digest>(int column) const {
  return Digest::from_bytes(read<Bytes>(column));
}
template <>
Timestamp Row::read<Timestamp>(int column) const {
  return {read<std::int64_t>(column)};
}

bool Row::is_null(int column) const {
  return sqlite3_column_type(statement(statement_), column) == SQLITE_NULL;
}

Bound Row::value(int column) const {
  auto* row = statement(statement_);
  const auto bytes = [&](const void* data) {
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(row, column));
    return std::string_view(static_cast<const char*>(data), size);
  };
  switch (sqlite3_column_type(row, column)) {
    case SQLITE_INTEGER: return std::int64_t{sqlite3_column_int64(row, column)};
    case SQLITE_FLOAT: return sqlite3_column_double(row, column);
    case SQLITE_TEXT: return bytes(sqlite3_column_text(row, column));
    case SQLITE_BLOB: return bytes_of(bytes(sqlite3_column_blob(row, column)));
    default: return nullptr;
  }
}

std::string sqlite_version() {
  return sqlite3_libversion();
}

Transaction::Transaction(Database& database) : database_(database) {
  invariant(!database.in_transaction(), "transactions do not nest");
  database_.run("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  if (!open_) return;
  try {
    if (database_.in_transaction()) database_.execute("ROLLBACK");
  } catch (const Error&) {
    // SQLite rolls back by itself when the connection closes.
    open_ = false;
  }
}

void Transaction::commit() {
  database_.run("COMMIT");
  open_ = false;
}

RelaxedSync::RelaxedSync(Database& database, bool relaxed)
    : database_(relaxed ? &database : nullptr) {
  if (database_ != nullptr) database_->execute("PRAGMA synchronous = NORMAL");
}

RelaxedSync::~RelaxedSync() {
  try {
    if (database_ != nullptr) database_->execute("PRAGMA synchronous = FULL");
  } catch (const Error&) {
    // It only fails where the connection is of no more use.
    database_ = nullptr;
  }
}

}  // namespace mlo
