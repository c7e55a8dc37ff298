#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/world.h"
#include "mlo/ledger/ledger.h"

// What leaves the repository so that others can check it, and how they do: with nothing but the
// file and public keys. Formats: lib/ledger/PROOFS.md.

namespace mlo::ledger {

/// The proof that an entry is in the tree of the newest checkpoint, with the entry itself (C2SP
/// tlog-proof). Throws not_found when there is no such entry.
std::string prove(Ledger& ledger, std::int64_t entry);
/// The proof that the ledger goes on from the checkpoint `note`, which was kept elsewhere (C2SP
/// tlog-witness). Throws integrity when it does not.
std::string prove_since(Ledger& ledger, std::string_view note);

/// What a bundle holds of a ledger.
struct BundleScope {
  std::int64_t from = 0;  ///< entries from here on; of those before, what they are judged by
  std::string model;      ///< only what concerns this model, each entry with its proof
};
/// The ledger's newest checkpoint with entries, and all that is needed to check them.
std::string export_bundle(Ledger& ledger, const BundleScope& scope);

struct TilesWritten {
  std::int64_t entries = 0;
  std::int64_t files = 0;  ///< that were not there before
};
/// Writes the log as C2SP tlog-tiles: `folder`/checkpoint and `folder`/tile/…, which any web server
/// can serve. What is there of an earlier export stays; throws integrity when it says otherwise.
TilesWritten export_tiles(Ledger& ledger, const std::filesystem::path& folder, const World& world);

/// What the verifier trusts, and where it came by it.
struct Trusted {
  std::string log_key;                   ///< C2SP verifier key
  std::vector<std::string> signers;      ///< PEM; empty: those that the ledger itself introduces
  std::vector<std::string> checkpoints;  ///< signed notes that were kept elsewhere
};

/// Reads files, and those of folders, by what is in them: a verifier key, public keys in PEM.
/// `checkpoints` are files with signed notes. Throws bad_input for anything else.
Trusted read_trusted(const std::vector<std::filesystem::path>& keys,
                     const std::vector<std::filesystem::path>& checkpoints);

/// The public keys that a verifier elsewhere needs.
struct KeyFile {
  std::string name;  ///< log.key, or <actor>-<beginning of the key's id>.pem
  std::string content;
};
std::vector<KeyFile> public_keys(Ledger& ledger);

/// What a part of a ledger cannot tell of whether it was allowed.
struct Unjudged {
  std::int64_t entry = -1;  ///< -1: all of them
  std::string why;
};

/// A verification of something that came from elsewhere.
struct OutsideVerification {
  std::string kind;       ///< bundle, proof, tiles, consistency
  std::string ledger;     ///< its log's name
  std::int64_t size = 0;  ///< of the tree that the checkpoint commits to
  Verification found;     ///< `entries`: those that were checked
  std::vector<Unjudged> unjudged;
};
/// Checks a bundle, a proof, a folder of tiles, or that the log went on from one of
/// `trusted.checkpoints`, offline. `trusted.log_key` may be empty only to
/// see what is inside: then that is a problem. Throws bad_input when it is none of them.
OutsideVerification verify_outside(const std::filesystem::path& place, const Trusted& trusted);
/// The verifier key that a bundle names for itself; empty when it is something else.
std::string claimed_log_key(const std::filesystem::path& place);

/// Makes `folder` (a `.mlo`) of a bundle of the whole ledger: all can be read there, nothing added.
/// Throws integrity when the bundle does not verify, conflict when there is a ledger already.
std::int64_t import_bundle(const std::filesystem::path& file, const Trusted& trusted,
                           const std::filesystem::path& folder, const World& world);
/// Whether the ledger in `folder` came so: then there is no log key, and content only by chance.
bool is_imported(const std::filesystem::path& folder);

/// A checkpoint that was kept elsewhere, held against the ledger.
struct HeldCheckpoint {
  std::string source;  ///< where it was kept
  std::int64_t size = 0;
  std::string problem;  ///< empty: the ledger goes on from it
};
/// `witnesses` are C2SP keys of those that must have cosigned it.
HeldCheckpoint hold_against(Ledger& ledger, std::string_view note, std::string source,
                            const std::vector<std::string>& witnesses = {});
/// Checks only the entries that came after `note`'s checkpoint, and that they go on from it.
Verification verify_since(Ledger& ledger, std::string_view note);

}  // namespace mlo::ledger
