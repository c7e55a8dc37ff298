#include "mlo/ledger/ledger.h"

#include <algorithm>
#include <chrono>
#include <iterator>

#include <fmt/format.h>
#include <unistd.h>

#include "ledger/checkpoint.h"
#include "ledger/dsse.h"
#include "ledger/identity.h"
#include "ledger/memory.h"
#include "ledger/records/repository.h"
#include "ledger/schema.h"
#include "ledger/signer.h"
#include "ledger/statement.h"
#include "ledger/stored_tree.h"
#include "ledger/verification.h"
#include "ledger/writer.h"
#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/ledger/copies.h"

namespace mlo::ledger {
namespace {

constexpr std::size_t kIdBytes = 16;
constexpr std::chrono::seconds kBetweenMemories{1};

// A commit that we report is on the disk, also after a power cut.
constexpr auto kDurable = "PRAGMA synchronous = FULL";

// The log is taken into the database by whoever closes it last; a commit does so only from 16 MiB
// on, or that of a run of a thousand steps would wait for it twice.
constexpr int kLongLogPages = 4096;
// Who appends again and again takes it in from 2 MiB on, and then writes over what is there: to
// sync a file that grows takes twice as long as to sync one that keeps its size.
constexpr int kShortLogPages = 512;
constexpr int kManyAppends = 16;

constexpr auto kEntries = R"sql(
  SELECT number, leaf, envelope FROM entry WHERE number >= ?1 AND number < ?2 ORDER BY number
)sql";
constexpr auto kEnvelope = "SELECT envelope FROM entry WHERE number = ?1";
constexpr auto kSize = "SELECT coalesce(max(number) + 1, 0) FROM entry";

std::filesystem::path database_file(const std::filesystem::path& folder) {
  return folder / "mlo.db";
}

/// Takes the log into the database at the commit that makes it longer than `pages`; 0: at none.
void checkpoint_from(Database& database, int pages) {
  database.execute(fmt::format("PRAGMA wal_autocheckpoint = {}", pages));
}

/// In a folder that may not be written to, SQLite cannot make the files that a shared database
/// needs; where the last writer left none behind, all is in the file, and reading it needs nothing
/// else.
Database connect_unwritable(const std::filesystem::path& file) {
  const auto pending = status_of(file.string() + "-wal");
  if (pending && pending->size_bytes > 0)
    throw Error(ErrorKind::not_allowed,
                "the ledger '{}' has changes that are not in it yet, and its folder cannot be "
                "written to",
                file.string())
        .hint("run mlo status once as its owner, or copy the whole folder and work there");
  return {file, Database::Mode::immutable};
}

Database connect(const std::filesystem::path& file, Database::Mode mode) {
  const bool writable = access(file.parent_path().c_str(), W_OK) == 0;
  auto database = writable ? Database(file, mode) : connect_unwritable(file);
  if (mode == Database::Mode::create) database.execute("PRAGMA journal_mode = WAL");
  if (writable) {
    database.execute(kDurable);
    checkpoint_from(database, kLongLogPages);
  }
  migrate(database, file);
  return database;
}

/// On a full disk SQLite cannot make these files either: what is in the database can be read, and
/// `full` says why nothing can be added.
Database connect_full(const std::filesystem::path& file, std::optional<Error>& full) {
  try {
    return connect(file, Database::Mode::read_write);
  } catch (const Error& error) {
    const auto pending = status_of(file.string() + "-wal");
    if (error.kind() != ErrorKind::unavailable || (pending && pending->size_bytes > 0)) throw;
    full = error;
  }
  auto database = connect_unwritable(file);
  migrate(database, file);
  return database;
}

Database open_database(const std::filesystem::path& folder, Database::Mode mode,
                       std::optional<Error>& full) {
  const auto file = database_file(folder);
  if (mode != Database::Mode::create && !std::filesystem::exists(file))
    throw Error(ErrorKind::integrity, "the ledger '{}' is missing", file.string())
        .hint("restore it from a backup, or move .mlo away and begin anew: mlo init");
  return mode == Database::Mode::read_write ? connect_full(file, full) : connect(file, mode);
}

std::string text_at_0(const Row& row) {
  return row.get<std::string>(0);
}

/// In WAL mode `synchronous = NORMAL` leaves the sync of a commit to the next one that is FULL, but
/// still syncs the head of a log that begins. That is for a log that begins anew over older frames,
/// which could else be taken for new ones after a power cut. Of an empty log nothing can be: then
/// nothing is synced, until the log is taken into the database, which syncs it first, and so must
/// not be done by the commit itself, as it is of a log that has grown.
class DeferredSync {
 public:
  DeferredSync(Database& database, const std::filesystem::path& folder, Durability durability,
               int log_pages)
      : database_(durability == Durability::with_the_next ? &database : nullptr),
        log_(database_file(folder).string() + "-wal"),
        log_pages_(log_pages) {
    if (database_ == nullptr) return;
    none_ = is_empty();
    database_->execute(none_ ? "PRAGMA synchronous = OFF" : "PRAGMA synchronous = NORMAL");
    if (none_) checkpoint_from(database, 0);
  }
  ~DeferredSync() {
    try {
      if (database_ == nullptr) return;
      database_->execute(kDurable);
      checkpoint_from(*database_, log_pages_);
    } catch (const Error&) {
      // It only fails where the connection is of no more use.
      database_ = nullptr;
    }
  }
  DeferredSync(const DeferredSync&) = delete;
  DeferredSync& operator=(const DeferredSync&) = delete;

  /// Asked by whoever holds the write lock: true when another process was faster, and the log is
  /// not empty any more.
  [[nodiscard]] bool outrun() const { return none_ && !is_empty(); }
  void tighten() {
    none_ = false;
    database_->execute("PRAGMA synchronous = NORMAL");
  }

 private:
  [[nodiscard]] bool is_empty() const {
    const auto status = status_of(log_);
    return status && status->size_bytes == 0;
  }

  Database* database_;
  std::filesystem::path log_;
  int log_pages_;
  bool none_ = false;
};

}  // namespace

Registry<CopyCheck>& copy_checks() {
  static Registry<CopyCheck> checks;
  return checks;
}

struct Ledger::State {
  std::filesystem::path folder;
  const World* world;
  std::optional<Error> full = {};  ///< why nothing can be added
  Database database = open_database(folder, Database::Mode::read_write, full);
  Beginning beginning;
  Memory memory;
  bool trusted = false;
  std::optional<Identity> identity = {};
  std::optional<PrivateKey> log_key = {};
  LastCheckpoint last = {};
  KnownPolicy policy = {};
  int appends = 0;
  int log_pages = kLongLogPages;
  std::optional<Memory::Seen> unsaid = {};  ///< what memory does not know yet
  std::chrono::steady_clock::time_point said_at = {};

  /// Keys are read at the first append: most commands only read the ledger.
  Signers signers() {
    if (!identity) identity = signer_for(database, *world).identity;
    if (!log_key) {
      log_key = load_log_key(folder);
      if (ledger::verifier_key(beginning.origin, log_key->public_key()) != beginning.log_key)
        throw Error(ErrorKind::integrity, "'{}' is not the key that this log began with",
                    (folder / "keys" / "log.pem").string())
            .hint("restore the key from a backup");
    }
    return {.identity = *identity, .log_key = *log_key, .last = last, .policy = policy};
  }

  /// Whether the actor has another key by now than the one in hand: a server keeps its key for as
  /// long as it runs, and `identity rotate` elsewhere may have ended it meanwhile.
  bool renew_identity() {
    const auto held = std::exchange(identity, std::nullopt)->key_id;
    identity = signer_for(database, *world).identity;
    return identity->key_id != held;
  }

  std::vector<Entry> append(std::span<const Statement> statements, const Act& act,
                            Durability durability);

  void shorten_log() {
    if (++appends == kManyAppends) checkpoint_from(database, log_pages = kShortLogPages);
  }

  /// Who appends all the time need not write a file each time: an older memory is as true.
  void remember(std::string note) {
    unsaid = Memory::Seen{.log_key = beginning.log_key, .note = std::move(note)};
    if (const auto now = std::chrono::steady_clock::now(); now - said_at >= kBetweenMemories) {
      say();
      said_at = now;
    }
  }
  void say() noexcept {
    if (unsaid) memory.remember(*unsaid);
    unsaid.reset();
  }

  /// Nothing is added to a ledger that is not the one that this user saw here last.
  void require_trust() {
    if (std::exchange(trusted, true)) return;
    if (const auto problem = memory.look(database, beginning.log_key)) throw distrust(*problem);
  }
};

void Ledger::create(const std::filesystem::path& folder, const World& world) {
  std::filesystem::create_directories(folder);
  std::optional<Error> full;
  auto database = open_database(folder, Database::Mode::create, full);
  // One that stopped half-way has no beginning yet and is completed here.
  if (find_beginning(database))
    throw Error(ErrorKind::conflict, "there is a ledger in '{}' already", folder.string());
  const auto identity = load_identity(world);
  const auto log_key = make_log_key(folder, world);
  Beginning beginning{.id = random_hex(world, kIdBytes)};
  beginning.origin = "mlo/" + beginning.id;
  beginning.log_key = ledger::verifier_key(beginning.origin, log_key.public_key());
  LastCheckpoint no_checkpoint;
  KnownPolicy no_policy;
  Writer writer(
      database, beginning,
      {.identity = identity, .log_key = log_key, .last = no_checkpoint, .policy = no_policy},
      world);
  writer.append(statement_of(beginning, log_key.public_key()), {.command = "init"});
  // Whatever was remembered of this place: the user has begun anew.
  Memory(folder, world).remember({.log_key = beginning.log_key, .note = writer.commit()});
}

Ledger::Ledger(const std::filesystem::path& folder, const World& world)
    : state_(std::make_unique<State>(State{
          .folder = folder, .world = &world, .beginning = {}, .memory = Memory(folder, world)})) {
  auto beginning = find_beginning(state_->database);
  if (!beginning)
    throw Error(ErrorKind::integrity, "the ledger '{}' has no beginning",
                database_file(folder).string())
        .hint("restore it from a backup");
  state_->beginning = std::move(*beginning);
}

Ledger::~Ledger() {
  if (state_) state_->say();
}
Ledger::Ledger(Ledger&&) noexcept = default;
Ledger& Ledger::operator=(Ledger&& other) noexcept {
  // What was ours goes with the other.
  state_.swap(other.state_);
  return *this;
}

std::vector<Entry> Ledger::State::append(std::span<const Statement> statements, const Act& act,
                                         Durability durability) {
  shorten_log();
  DeferredSync deferred(database, folder, durability, log_pages);
  std::optional<Writer> writer;
  const auto begin = [&] { writer.emplace(database, beginning, signers(), *world); };
  begin();
  if (deferred.outrun()) {
    writer.reset();
    deferred.tighten();
    begin();
  }
  std::vector<Entry> entries;
  for (const auto& statement : statements) entries.push_back(writer->append(statement, act));
  auto note = writer->commit();
  // What is not synced yet may be gone after a power cut, and must not be missed then.
  if (durability == Durability::at_once)
    remember(std::move(note));
  else
    say();
  return entries;
}

std::vector<Entry> Ledger::append(std::span<const Statement> statements, const Act& act,
                                  Durability durability) {
  if (statements.empty()) return {};
  if (state_->full) throw Error(*state_->full);
  state_->require_trust();
  const bool held = state_->identity.has_value();
  try {
    return state_->append(statements, act, durability);
  } catch (const Error& refused) {
    if (refused.kind() != ErrorKind::not_allowed || !held || !state_->renew_identity()) throw;
  }
  return state_->append(statements, act, durability);
}

Entry Ledger::append(const Statement& statement, const Act& act) {
  return std::move(append(std::span(&statement, 1), act).front());
}

std::vector<Entry> Ledger::entries(std::int64_t from, std::int64_t to) {
  return state_->database.all(kEntries, read_entry, from, to);
}

std::optional<Entry> Ledger::entry(std::int64_t index) {
  return state_->database.one(kEntries, read_entry, index, index + 1);
}

std::int64_t Ledger::size() {
  return *state_->database.one(kSize, [](const Row& row) { return row.get<std::int64_t>(0); });
}

std::optional<std::string> Ledger::envelope(std::int64_t index) {
  return state_->database.one(kEnvelope, text_at_0, index);
}

Verification Ledger::verify() {
  auto verification = verify_ledger(state_->database);
  if (!verification.verified()) return verification;
  const ReadSnapshot snapshot(state_->database);
  for (const auto& name : copy_checks().names())
    std::ranges::move((*copy_checks().find(name))(*this, state_->folder, *state_->world),
                      std::back_inserter(verification.problems));
  return verification;
}

std::string Ledger::checkpoint() {
  return newest_note(state_->database);
}

std::string Ledger::verifier_key() {
  return state_->beginning.log_key;
}

std::string Ledger::actor() const {
  return actor_name(*state_->world);
}

void Ledger::forget_key() {
  state_->identity.reset();
}

Database& Ledger::database() {
  return state_->database;
}

}  // namespace mlo::ledger
