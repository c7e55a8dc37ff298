#include "ledger/stored_tree.h"

#include <charconv>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::ledger {
namespace {

constexpr auto kLeaf = "SELECT leaf FROM entry WHERE number = ?1";
constexpr auto kNode = "SELECT hash FROM node WHERE level = ?1 AND position = ?2";
constexpr auto kNote = "SELECT note FROM checkpoint";

}  // namespace

ReadSnapshot::ReadSnapshot(Database& database)
    : database_(database.in_transaction() ? nullptr : &database) {
  if (database_ != nullptr) database_->execute("BEGIN");
}

ReadSnapshot::~ReadSnapshot() {
  try {
    if (database_ != nullptr) database_->execute("ROLLBACK");
  } catch (const Error&) {
    // SQLite has rolled back by itself.
    static_cast<void>(0);
  }
}

HashAt hashes_in(Database& database) {
  return [&database](int level, std::int64_t position) {
    const auto digest = [](const Row& row) { return row.get<Digest>(0); };
    const auto hash = level == 0 ? database.one(kLeaf, digest, position)
                                 : database.one(kNode, digest, level, position);
    if (!hash)
      throw Error(ErrorKind::integrity, "the tree's node at level {}, position {} is missing",
                  level, position)
          .hint("mlo audit verify");
    return *hash;
  };
}

std::string newest_note(Database& database) {
  const auto note = database.one(kNote, [](const Row& row) { return row.get<std::string>(0); });
  if (!note)
    throw Error(ErrorKind::integrity, "the checkpoint is missing")
        .hint("restore .mlo/mlo.db from a backup: without it nobody can tell what was there");
  return *note;
}

std::string contradiction(Database& database, const Checkpoint& older, const Checkpoint& newest) {
  if (older.origin != newest.origin)
    return fmt::format("it is of another ledger, '{}'", older.origin);
  if (older.size > newest.size)
    return fmt::format(
        "it commits to {} entries, but the ledger has {}: it was cut off, or an "
        "older copy was put in its place",
        format_count(older.size), format_count(newest.size));
  const auto root =
      older.size == newest.size ? newest.root : root_of_first(older.size, hashes_in(database));
  if (root != older.root)
    return fmt::format(
        "it commits to other entries than the ledger's first {}: history was "
        "rewritten, or it went on from there in two ways",
        format_count(older.size));
  return {};
}

std::string name_in_verifier_key(std::string_view text) {
  const auto plus = text.find('+');
  if (plus == std::string_view::npos || plus == 0)
    throw Error(ErrorKind::bad_input, "'{}' is no verifier key", printable(text.substr(0, 100)))
        .hint("it reads NAME+HASH+KEY, as mlo audit checkpoint --key prints it");
  return std::string(text.substr(0, plus));
}

std::int64_t size_in_note(std::string_view note) {
  const auto lines = split(note, '\n');
  std::int64_t size = -1;
  if (lines.size() > 2) {
    const auto& text = lines[1];
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
    if (error != std::errc() || end != text.data() + text.size()) size = -1;
  }
  if (size < 0) throw Error(ErrorKind::bad_input, "it is no checkpoint of a log");
  return size;
}

Checkpoint open_checkpoint(std::string_view note, std::string_view verifier_key) {
  const auto origin = name_in_verifier_key(verifier_key);
  return read_checkpoint(note, origin, read_verifier_key(verifier_key, origin));
}

}  // namespace mlo::ledger
