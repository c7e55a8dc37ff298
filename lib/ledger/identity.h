#pragma once

#include <filesystem>
#include <string>

#include "ledger/signing.h"
#include "mlo/core/world.h"
#include "mlo/ledger/ledger.h"

namespace mlo::ledger {

/// Who signs: a name and an ECDSA P-256 key. The same name with another key is another identity.
struct Identity {
  std::string name;
  PrivateKey key;
};

/// The user's identity; its key is made at the first use, in the user's config folder (PEM PKCS#8,
/// 0600) and never in a repository. MLO_KEY_FILE names another key file, which must exist.
/// Throws not_allowed when others may read the key, bad_input on a malformed name or key.
Identity load_identity(const World& world);

/// The key that signs checkpoints, `folder`/keys/log.pem; `make_log_key` keeps one that is there.
PrivateKey make_log_key(const std::filesystem::path& folder, const World& world);
PrivateKey load_log_key(const std::filesystem::path& folder);

/// The statement (`urn:mlo:identity:v1`) that introduces a signer to a ledger.
Statement statement_of(const std::string& name, const PublicKey& key);

/// This machine's name, for people.
std::string host_name();

}  // namespace mlo::ledger
