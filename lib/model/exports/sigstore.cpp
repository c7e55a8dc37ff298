#include <filesystem>

#include "mlo/core/digest.h"
#include "mlo/ledger/attestation.h"
#include "model/exports/export.h"

// OpenSSF Model Signing v1.0 with a key: an in-toto statement over the files of the model, in a
// Sigstore bundle v0.3. What `model_signing verify key` reads.

namespace mlo::model {
namespace {

/// The subject's digest is over the resources' digests, in the order of their names.
Json manifest_of(const ledger::ModelVersion& version) {
  const auto resource =
      Json::object({{"name", std::filesystem::path(version.path).filename().string()},
                    {"algorithm", "sha256"},
                    {"digest", version.digest.hex()}});
  const auto manifest = Hasher().update(version.digest.bytes()).finish();
  return Json::object(
      {{"_type", "https://in-toto.io/Statement/v1"},
       {"subject",
        Json::array({Json::object(
            {{"name", version.model}, {"digest", Json::object({{"sha256", manifest.hex()}})}})})},
       {"predicateType", "https://model_signing/signature/v1.0"},
       {"predicate",
        Json::object({{"serialization", Json::object({{"method", "files"},
                                                      {"hash_type", "sha256"},
                                                      {"allow_symlinks", false},
                                                      {"ignore_paths", Json::array()}})},
                      {"resources", Json::array({resource})}})}});
}

std::string write(workspace::Repository& repository, const CatalogueEntry& entry) {
  const auto attestation = ledger::attest(manifest_of(entry.version), repository.world());
  const auto hint = Digest::of(attestation.public_key).hex();
  return Json::object(
             {{"mediaType", "application/vnd.dev.sigstore.bundle.v0.3+json"},
              {"verificationMaterial", Json::object({{"publicKey", Json::object({{"hint", hint}})},
                                                     {"tlogEntries", Json::array()}})},
              {"dsseEnvelope", attestation.envelope}})
             .pretty() +
         "\n";
}

const bool kRegistered = exports().add("sigstore", {.write = write});

}  // namespace
}  // namespace mlo::model
