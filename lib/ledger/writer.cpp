#include "ledger/writer.h"

#include "ledger/dsse.h"
#include "ledger/record_kind.h"
#include "ledger/records/acceptance.h"
#include "ledger/records/gate_decision.h"
#include "ledger/statement.h"
#include "mlo/core/error.h"

namespace mlo::ledger {
namespace {

constexpr auto kSize = "SELECT coalesce(max(number) + 1, 0) FROM entry";
constexpr auto kLeaf = "SELECT leaf FROM entry WHERE number = ?1";
constexpr auto kNode = "SELECT hash FROM node WHERE level = ?1 AND position = ?2";
constexpr auto kNote = "SELECT note FROM checkpoint";
constexpr auto kLast = "SELECT entry, at FROM act ORDER BY entry DESC LIMIT 1";
constexpr auto kKnownSigner = "SELECT 1 FROM identity WHERE name = ?1 AND key = ?2";
constexpr auto kInsertEntry = "INSERT INTO entry (number, leaf, envelope) VALUES (?1, ?2, ?3)";
constexpr auto kInsertNode = "INSERT INTO node (level, position, hash) VALUES (?1, ?2, ?3)";
constexpr auto kSetCheckpoint = R"sql(
  INSERT INTO checkpoint (only, size, root, note) VALUES (1, ?1, ?2, ?3)
  ON CONFLICT (only) DO UPDATE SET size = excluded.size, root = excluded.root, note = excluded.note
)sql";

Error tampered(std::string_view what) {
  Error error(ErrorKind::integrity, "the ledger was changed by something else than mlo: {}", what);
  error.hint("mlo audit verify");
  return error;
}

Frontier load_frontier(Database& database) {
  const auto digest = [](const Row& row) { return row.get<Digest>(0); };
  const auto size =
      database.one(kSize, [](const Row& row) { return row.get<std::int64_t>(0); }).value();
  return Frontier::load(size, [&](int level, std::int64_t position) {
    const auto hash = level == 0 ? database.one(kLeaf, digest, position)
                                 : database.one(kNode, digest, level, position);
    if (!hash) throw tampered("a part of its tree is missing");
    return *hash;
  });
}

/// Without this an append would put a fresh signature under a truncated or altered tree.
void require_checkpoint(Database& database, const Beginning& beginning, const Signers& signers,
                        const Frontier& frontier) {
  const auto note = database.one(kNote, [](const Row& row) { return row.get<std::string>(0); });
  if (!note && frontier.size() == 0) return;
  if (!note) throw tampered("its checkpoint is missing");
  const auto& checkpoint = signers.last.open(*note, beginning.origin, signers.log_key.public_key());
  if (checkpoint.size != frontier.size() || checkpoint.root != frontier.root())
    throw tampered("it is not what its checkpoint commits to");
}

}  // namespace

std::optional<Ahead> ahead_of(Database& database, Timestamp now) {
  const auto last = database.one(kLast, [](const Row& row) {
    return Ahead{.entry = row.get<std::int64_t>(0), .at = row.get<Timestamp>(1)};
  });
  if (!last || now.microseconds >= last->at.microseconds - kClockSlackMicroseconds)
    return std::nullopt;
  return last;
}

void require_clock(Database& database, Timestamp now) {
  if (const auto last = ahead_of(database, now))
    throw Error(ErrorKind::conflict, "the clock says {}, but the ledger's last entry is of {}",
                now.brief(), last->at.brief())
        .hint(
            "set the clock: sudo timedatectl set-ntp true; when it is right, and was wrong where "
            "that entry was made: mlo audit accept -m WHY");
}

Writer::Writer(Database& database, const Beginning& beginning, const Signers& signers,
               const World& world)
    : transaction_(database),
      database_(database),
      beginning_(beginning),
      signers_(signers),
      world_(world),
      host_(host_name()),
      now_(world.now()),
      is_behind_(ahead_of(database, now_).has_value()),
      frontier_(load_frontier(database)),
      judge_({.views = database, .entries = database}, &signers.policy) {
  require_checkpoint(database, beginning, signers, frontier_);
}

void Writer::introduce_signer(const Act& act) {
  if (std::exchange(introduced_, true)) return;
  const auto& [name, key, key_id] = signers_.identity;
  const auto known = [](const Row& row) { return row.get<bool>(0); };
  if (database_.one(kKnownSigner, known, name, key_id)) return;
  write(statement_of(name, key.public_key()), {.command = act.command, .reason = ""});
}

Entry Writer::append(const Statement& statement, const Act& act) {
  introduce_signer(act);
  return write(complete_decision(database_, statement, now_), act);
}

Entry Writer::write(const Statement& statement, const Act& act) {
  if (is_behind_) {
    if (!accepts_clock(statement.predicate_type, statement.predicate, frontier_.size()))
      require_clock(database_, now_);
    is_behind_ = false;
  }
  const auto text = statement_text(statement, {.entry = frontier_.size(),
                                               .repository = beginning_.id,
                                               .actor = signers_.identity.name,
                                               .key = signers_.identity.key_id,
                                               .time = now_,
                                               .act = act,
                                               .host = host_});
  const auto envelope = seal(text, signers_.identity.key, signers_.identity.key_id);
  // The views come from the statement as it will be read, so that a rebuild gives the same rows.
  auto entry = read_statement(text);
  entry.leaf = leaf_hash(bytes_of(envelope));
  judge_.require(entry);
  database_.run(kInsertEntry, entry.index, entry.leaf, envelope);
  frontier_.append(entry.leaf, [this](const Node& node) {
    database_.run(kInsertNode, node.level, node.position, node.hash);
  });
  project(database_, entry);
  return entry;
}

std::string Writer::commit() {
  Checkpoint checkpoint{
      .origin = beginning_.origin, .size = frontier_.size(), .root = frontier_.root()};
  auto note = write_checkpoint(checkpoint, signers_.log_key);
  database_.run(kSetCheckpoint, checkpoint.size, checkpoint.root, note);
  world_.before_step("ledger.commit");
  transaction_.commit();
  signers_.last.wrote(note, std::move(checkpoint));
  return note;
}

}  // namespace mlo::ledger
