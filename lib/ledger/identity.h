#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/signing.h"
#include "mlo/core/world.h"
#include "mlo/ledger/ledger.h"

namespace mlo::ledger {

/// Who signs: a name and an ECDSA P-256 key. The same name with another key is another identity.
struct Identity {
  std::string name;
  PrivateKey key;
  Digest key_id = {};  ///< of its public half
};

/// The user's identity; its key is made at the first use, in the user's config folder (PEM PKCS#8,
/// 0600) and never in a repository. MLO_KEY holds another key itself (PEM), MLO_KEY_FILE names its
/// file, which must exist. An encrypted key takes MLO_KEY_PASSPHRASE (on a terminal a command
/// asks). Throws not_allowed when others may read the key or its passphrase is wrong, bad_input on
/// a malformed name or key.
Identity load_identity(const World& world);
/// Where that key lies; nothing when it comes from MLO_KEY.
std::optional<std::filesystem::path> key_file(const World& world);
/// The same; throws usage for a key that comes from MLO_KEY, with a hint for who keeps it.
std::filesystem::path own_key_file(const World& world, std::string_view hint);
/// Copies a key that the entry replaces to where it is kept: other ledgers may know no other.
std::filesystem::path keep_former_key(const std::filesystem::path& file, std::int64_t entry,
                                      const World& world);
/// Keys that are kept so beside the user's, the latest first.
std::vector<std::filesystem::path> former_key_files(const World& world);
/// Writes a key for its owner alone, encrypted when there is a passphrase.
void write_key(const std::filesystem::path& file, const PrivateKey& key,
               const std::string& passphrase, const World& world);
/// Reads one, encrypted or not.
PrivateKey read_own_key(const std::filesystem::path& file, const World& world);
/// The passphrase that opens `pem`: none for one that is not encrypted.
std::string passphrase_for(std::string_view pem, const World& world);

/// The key that signs checkpoints, `folder`/keys/log.pem; `make_log_key` keeps one that is there.
PrivateKey make_log_key(const std::filesystem::path& folder, const World& world);
PrivateKey load_log_key(const std::filesystem::path& folder);
bool has_log_key(const std::filesystem::path& folder);

/// The statement (`urn:mlo:identity:v1`) that introduces a signer to a ledger.
Statement statement_of(const std::string& name, const PublicKey& key);

/// The name itself when it can be one: a name is also a file name and a word in one line of a log.
/// Throws bad_input.
std::string checked_name(const std::string& name);

/// This machine's name, for people.
std::string host_name();

}  // namespace mlo::ledger
