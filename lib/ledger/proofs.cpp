#include "mlo/ledger/proofs.h"

#include <optional>
#include <span>

#include <fcntl.h>
#include <fmt/format.h>

#include "ledger/bundle.h"
#include "ledger/cosignature.h"
#include "ledger/identity.h"
#include "ledger/proof.h"
#include "ledger/schema.h"
#include "ledger/stored_tree.h"
#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/text.h"

namespace mlo::ledger {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kMaxFileBytes = 4ULL << 30U;
constexpr std::uint64_t kMaxConsistencyBytes = 65'536;
constexpr auto kImported = "imported";  ///< holds the name of the bundle, for people
constexpr auto kSigners = "SELECT name, key, public_key FROM identity ORDER BY entry";
constexpr std::string_view kHint =
    "a bundle (mlo audit export), a proof (mlo audit prove), or a folder of tiles";

/// A proof is a bundle of one entry.
Bundle bundle_of(const ProofFile& proof) {
  Bundle bundle{.checkpoint = proof.checkpoint, .from = size_in_note(proof.checkpoint)};
  bundle.proven.push_back({.index = proof.index, .envelope = proof.entry, .path = proof.path});
  return bundle;
}

void read_key(const fs::path& file, Trusted& trusted) {
  const auto text = read_file(file, 65'536);
  if (text.starts_with("-----BEGIN PUBLIC KEY-----")) {
    trusted.signers.push_back(text);
    return;
  }
  const auto line = std::string(trim(text));
  read_verifier_key(line, name_in_verifier_key(line));
  if (!trusted.log_key.empty() && trusted.log_key != line)
    throw Error(ErrorKind::bad_input, "there are two keys of logs: only one can be trusted");
  trusted.log_key = line;
}

struct Read {
  std::string kind;
  Bundle bundle;
};

Read read_outside(const fs::path& place) {
  if (fs::is_directory(place)) return {.kind = "tiles", .bundle = read_tiles(place)};
  const auto text = read_file(place, kMaxFileBytes);
  if (text.starts_with(kProofHeader))
    return {.kind = "proof", .bundle = bundle_of(read_proof(text))};
  if (text.starts_with(kBundleStart)) return {.kind = "bundle", .bundle = read_bundle(text)};
  throw Error(ErrorKind::bad_input, "'{}' is nothing that can be verified", place.string())
      .hint("{}", kHint);
}

/// Nothing when `place` holds something else.
std::optional<std::string> consistency_in(const fs::path& place) {
  if (fs::is_directory(place)) return std::nullopt;
  std::string start(kConsistencyStart.size(), '\0');
  auto file = File::open(place, O_RDONLY);
  if (file.read(std::as_writable_bytes(std::span(start))) != start.size() ||
      start != kConsistencyStart)
    return std::nullopt;
  return read_file(place, kMaxConsistencyBytes);
}

/// Why the proof does not show that its log went on from a checkpoint that was kept; empty: it
/// does.
std::string problem_in(const ConsistencyFile& proof, const Trusted& trusted) {
  if (trusted.log_key.empty()) return "no key of the log was given, so anybody could have made it";
  const auto newest = open_checkpoint(proof.checkpoint, trusted.log_key);
  for (const auto& note : trusted.checkpoints) {
    const auto older = open_checkpoint(note, trusted.log_key);
    if (older.size != proof.old_size) continue;
    const bool proven = proves_consistency({.size = older.size, .root = older.root},
                                           {.size = newest.size, .root = newest.root}, proof.path);
    return proven ? "" : "the log did not go on from the checkpoint that was kept";
  }
  return fmt::format("no checkpoint of {} entries was given to hold it against (--checkpoint)",
                     format_count(proof.old_size));
}

OutsideVerification verify_consistency(const std::string& text, const Trusted& trusted) {
  const auto proof = read_consistency(text);
  const auto size = size_in_note(proof.checkpoint);
  OutsideVerification outside{
      .kind = "consistency",
      .ledger = trusted.log_key.empty() ? "" : name_in_verifier_key(trusted.log_key),
      .size = size,
      .found = {},
      .unjudged = {}};
  if (auto problem = problem_in(proof, trusted); !problem.empty())
    outside.found.problems.push_back({.problem = std::move(problem)});
  return outside;
}

}  // namespace

std::string prove(Ledger& ledger, std::int64_t entry) {
  const ReadSnapshot snapshot(ledger.database());
  auto note = ledger.checkpoint();
  const auto size = open_checkpoint(note, ledger.verifier_key()).size;
  auto envelope = ledger.envelope(entry);
  if (!envelope || entry >= size)
    throw Error(ErrorKind::not_found, "no ledger entry {}: there are {}", entry, size)
        .hint("mlo audit log");
  return write_proof({.entry = std::move(*envelope),
                      .index = entry,
                      .path = inclusion_path(entry, size, hashes_in(ledger.database())),
                      .checkpoint = std::move(note)});
}

std::string prove_since(Ledger& ledger, std::string_view note) {
  const ReadSnapshot snapshot(ledger.database());
  auto newest_note = ledger.checkpoint();
  const auto newest = open_checkpoint(newest_note, ledger.verifier_key());
  const auto older = open_checkpoint(note, ledger.verifier_key());
  if (const auto problem = contradiction(ledger.database(), older, newest); !problem.empty())
    throw Error(ErrorKind::integrity, "the ledger does not go on from that checkpoint: {}", problem)
        .hint("mlo audit verify");
  return write_consistency(
      {.old_size = older.size,
       .path = consistency_path(older.size, newest.size, hashes_in(ledger.database())),
       .checkpoint = std::move(newest_note)});
}

OutsideVerification verify_outside(const fs::path& place, const Trusted& trusted) {
  return in_context("verifying '" + place.string() + "'", [&] {
    if (const auto text = consistency_in(place)) return verify_consistency(*text, trusted);
    const auto [kind, bundle] = read_outside(place);
    const auto key = trusted.log_key.empty() ? bundle.log_key : trusted.log_key;
    OutsideVerification outside{.kind = kind,
                                .ledger = key.empty() ? "" : name_in_verifier_key(key),
                                .size = size_in_note(bundle.checkpoint),
                                .found = {},
                                .unjudged = {}};
    // A proof is whole when its one entry is, but who signed it must be said from outside.
    outside.found = verify_bundle(bundle, trusted, outside.unjudged);
    return outside;
  });
}

std::string claimed_log_key(const fs::path& place) {
  if (fs::is_directory(place)) return {};
  const auto text = read_file(place, kMaxFileBytes);
  return text.starts_with(kBundleStart) ? read_bundle(text).log_key : "";
}

std::int64_t import_bundle(const fs::path& file, const Trusted& trusted, const fs::path& folder,
                           const World& world) {
  const auto [kind, bundle] = read_outside(file);
  if (kind == "proof" || !bundle.whole())
    throw Error(ErrorKind::bad_input, "'{}' holds a part of a ledger only", file.string())
        .hint(
            "mlo audit verify '{}' checks it; mlo audit export without --from or --model writes "
            "all",
            file.string());
  std::vector<Unjudged> none;  // of a whole ledger
  const auto verification = verify_bundle(bundle, trusted, none);
  if (!verification.verified())
    throw Error(ErrorKind::integrity, "'{}' does not verify: {}", file.string(),
                verification.problems.front().problem)
        .hint("mlo audit verify '{}'", file.string());
  const auto database_file = folder / "mlo.db";
  if (fs::exists(database_file))
    throw Error(ErrorKind::conflict, "there is a ledger in '{}' already", folder.string());
  Database database(database_file, Database::Mode::create);
  database.execute("PRAGMA journal_mode = WAL");
  migrate(database, database_file);
  fill(database, bundle);
  write_durably(folder / kImported, bytes_of(file.filename().string() + "\n"), world,
                "import.rename");
  return verification.entries;
}

bool is_imported(const fs::path& folder) {
  return fs::exists(folder / kImported) && !has_log_key(folder);
}

Trusted read_trusted(const std::vector<fs::path>& keys, const std::vector<fs::path>& checkpoints) {
  Trusted trusted;
  for (const auto& place : keys)
    for (const auto& file :
         fs::is_directory(place) ? folder_entries(place) : std::vector<fs::path>{place})
      in_context("reading the key '" + file.string() + "'", [&] { read_key(file, trusted); });
  for (const auto& file : checkpoints) trusted.checkpoints.push_back(read_file(file, 65'536));
  return trusted;
}

std::vector<KeyFile> public_keys(Ledger& ledger) {
  std::vector<KeyFile> files{{.name = "log.key", .content = ledger.verifier_key() + "\n"}};
  ledger.database().each(kSigners, {}, [&](const Row& row) {
    files.push_back(
        {.name = fmt::format("{}-{}.pem", row.get<std::string>(0), row.get<Digest>(1).brief()),
         .content = row.get<std::string>(2)});
  });
  return files;
}

Verification verify_since(Ledger& ledger, std::string_view note) {
  const auto older = open_checkpoint(note, ledger.verifier_key());
  const auto newest = open_checkpoint(ledger.checkpoint(), ledger.verifier_key());
  const auto problem = contradiction(ledger.database(), older, newest);
  if (!problem.empty())
    return {.entries = newest.size, .root = newest.root, .problems = {{.problem = problem}}};
  const auto bundle = read_bundle(export_bundle(ledger, {.from = older.size}));
  std::vector<Unjudged> only_by_all;  // which is what --since leaves out
  return verify_bundle(
      bundle, {.log_key = ledger.verifier_key(), .checkpoints = {std::string(note)}}, only_by_all);
}

HeldCheckpoint hold_against(Ledger& ledger, std::string_view note, std::string source,
                            const std::vector<std::string>& witnesses) {
  HeldCheckpoint held{.source = std::move(source)};
  try {
    held.size = size_in_note(note);
    const auto older = open_checkpoint(note, ledger.verifier_key());
    const auto newest = open_checkpoint(ledger.checkpoint(), ledger.verifier_key());
    held.problem = contradiction(ledger.database(), older, newest);
    for (const auto& text : witnesses) {
      const auto witness = read_witness_key(text);
      if (held.problem.empty() && !cosigned_at(note, witness))
        held.problem = fmt::format("the witness '{}' did not see it", witness.name);
    }
  } catch (const Error& error) {
    held.problem = error.message();
  }
  return held;
}

}  // namespace mlo::ledger
