#include "ledger/signing.h"

#include <algorithm>
#include <array>
#include <span>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include "mlo/core/error.h"

namespace mlo::ledger {
namespace {

constexpr std::size_t kMaxPemBytes = 16'384;
constexpr std::size_t kEd25519Bytes = 32;

using Bio = std::unique_ptr<BIO, decltype(&BIO_free_all)>;
using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

EVP_PKEY* key(const std::shared_ptr<void>& handle) {
  return static_cast<EVP_PKEY*>(handle.get());
}

std::shared_ptr<void> own(EVP_PKEY* handle) {
  return {handle, [](void* owned) { EVP_PKEY_free(static_cast<EVP_PKEY*>(owned)); }};
}

const unsigned char* raw_bytes(BytesView bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

unsigned char* raw_bytes(Bytes& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

Bio reading(std::string_view pem) {
  if (pem.size() > kMaxPemBytes)
    throw Error(ErrorKind::bad_input, "a key of {} bytes is no key of ours", pem.size());
  return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free_all};
}

Bio writing() {
  return {BIO_new(BIO_s_mem()), BIO_free_all};
}

std::string text_in(BIO* bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

/// OpenSSL itself never asks: a command must not hang in a script.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*user*/) {
  return -1;
}
int given_passphrase(char* buffer, int size, int /*writing*/, void* user) {
  const auto& passphrase = *static_cast<const std::string*>(user);
  if (passphrase.empty() || passphrase.size() > static_cast<std::size_t>(size)) return -1;
  std::ranges::copy(passphrase, buffer);
  return static_cast<int>(passphrase.size());
}

bool is_ours(EVP_PKEY* handle) {
  if (EVP_PKEY_get_id(handle) == EVP_PKEY_ED25519) return true;
  std::array<char, 64> group{};
  return EVP_PKEY_get_id(handle) == EVP_PKEY_EC &&
         EVP_PKEY_get_group_name(handle, group.data(), group.size(), nullptr) == 1 &&
         std::string_view(group.data()) == "prime256v1";
}

std::shared_ptr<void> checked(EVP_PKEY* handle, std::string_view what) {
  if (handle == nullptr) {
    ERR_clear_error();
    throw Error(ErrorKind::bad_input, "malformed {}", what)
        .hint("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem");
  }
  auto owned = own(handle);
  if (!is_ours(handle))
    throw Error(ErrorKind::bad_input, "the {} is neither ECDSA P-256 nor Ed25519", what)
        .hint("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem");
  return owned;
}

Algorithm algorithm_of(EVP_PKEY* handle) {
  return EVP_PKEY_get_id(handle) == EVP_PKEY_ED25519 ? Algorithm::ed25519 : Algorithm::ecdsa_p256;
}

std::string public_pem(EVP_PKEY* handle) {
  const auto bio = writing();
  invariant(PEM_write_bio_PUBKEY(bio.get(), handle) == 1, "a public key can be written");
  return text_in(bio.get());
}

// OpenSSL 3 looks for whatever could read or write a key whenever it is to read or write one: a
// millisecond each time, and every command that writes has two keys. In their usual form they are
// taken apart here; any other form goes the long way.

/// RFC 5480 and RFC 8410: what stands before the bytes of a public key in its DER.
constexpr std::string_view kEcdsaDer = "3059301306072a8648ce3d020106082a8648ce3d030107034200";
constexpr std::string_view kEd25519Der = "302a300506032b6570032100";
constexpr std::size_t kPointBytes = 65;  // 0x04 || x || y

/// The 32 bytes of RFC 8032; empty when it is no Ed25519 key.
Bytes ed25519_bytes(EVP_PKEY* handle) {
  Bytes bytes(kEd25519Bytes);
  std::size_t size = bytes.size();
  if (EVP_PKEY_get_raw_public_key(handle, raw_bytes(bytes), &size) != 1 || size != kEd25519Bytes)
    return {};
  return bytes;
}

/// 0x04 || x || y; empty for a key that came in another form, as it is written so again, and its id
/// is of that.
Bytes uncompressed_point(EVP_PKEY* handle) {
  std::array<char, 32> form{};
  if (EVP_PKEY_get_utf8_string_param(handle, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                     form.data(), form.size(), nullptr) != 1 ||
      std::string_view(form.data()) != "uncompressed")
    return {};
  unsigned char* encoded = nullptr;
  const auto size = EVP_PKEY_get1_encoded_public_key(handle, &encoded);
  const auto* first = reinterpret_cast<const std::byte*>(encoded);
  Bytes bytes;
  if (size == kPointBytes) bytes.assign(first, first + size);
  OPENSSL_free(encoded);
  return bytes;
}

/// The bytes of a public key as it stands in its DER; empty for a form that is not the usual one.
Bytes usual_bytes(EVP_PKEY* handle) {
  return algorithm_of(handle) == Algorithm::ed25519 ? ed25519_bytes(handle)
                                                    : uncompressed_point(handle);
}

/// A P-256 key of its parts; `secret` is null for a public one.
EVP_PKEY* ecdsa_key(BytesView point, const BIGNUM* secret) {
  using Builder = std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)>;
  using Parts = std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)>;
  using Maker = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;
  const Builder builder(OSSL_PARAM_BLD_new(), OSSL_PARAM_BLD_free);
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                   point.size());
  if (secret != nullptr) OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, secret);
  const Parts parts(OSSL_PARAM_BLD_to_param(builder.get()), OSSL_PARAM_free);
  const Maker maker(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr), EVP_PKEY_CTX_free);
  EVP_PKEY* made = nullptr;
  const auto kind = secret == nullptr ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR;
  if (EVP_PKEY_fromdata_init(maker.get()) != 1 ||
      EVP_PKEY_fromdata(maker.get(), &made, kind, parts.get()) != 1)
    ERR_clear_error();
  return made;
}

/// A private key in what PKCS #8 holds of Ed25519 (RFC 8410 §7) or P-256 (RFC 5915 with its public
/// half); null for another form.
EVP_PKEY* usual_private_key(const PKCS8_PRIV_KEY_INFO* info) {
  constexpr std::array<unsigned char, 2> kRawHead{0x04, 0x20};
  constexpr std::array<unsigned char, 7> kHead{0x30, 0x6B, 0x02, 0x01, 0x01, 0x04, 0x20};
  constexpr std::array<unsigned char, 5> kPointHead{0xA1, 0x44, 0x03, 0x42, 0x00};
  constexpr std::size_t kSecretBytes = 32;
  const ASN1_OBJECT* type = nullptr;
  const X509_ALGOR* algorithm = nullptr;
  const unsigned char* data = nullptr;
  int size = 0;
  if (PKCS8_pkey_get0(&type, &data, &size, &algorithm, info) != 1) return nullptr;
  const std::span<const unsigned char> bytes(data, static_cast<std::size_t>(size));
  const auto stands_at = [&](std::size_t place, const auto& head) {
    return std::ranges::equal(bytes.subspan(place, head.size()), head);
  };
  if (OBJ_obj2nid(type) == NID_ED25519 && bytes.size() == kRawHead.size() + kSecretBytes &&
      stands_at(0, kRawHead))
    return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, data + kRawHead.size(),
                                        kSecretBytes);
  const void* curve = nullptr;
  int curve_type = 0;
  X509_ALGOR_get0(nullptr, &curve_type, &curve, algorithm);
  constexpr auto kPoint = kHead.size() + kSecretBytes;
  if (OBJ_obj2nid(type) != NID_X9_62_id_ecPublicKey || curve_type != V_ASN1_OBJECT ||
      OBJ_obj2nid(static_cast<const ASN1_OBJECT*>(curve)) != NID_X9_62_prime256v1 ||
      bytes.size() != kPoint + kPointHead.size() + kPointBytes || !stands_at(0, kHead) ||
      !stands_at(kPoint, kPointHead))
    return nullptr;
  using Secret = std::unique_ptr<BIGNUM, decltype(&BN_clear_free)>;
  const Secret secret(BN_bin2bn(data + kHead.size(), kSecretBytes, nullptr), BN_clear_free);
  return ecdsa_key(std::as_bytes(bytes.last(kPointBytes)), secret.get());
}

EVP_PKEY* usual_private_key(std::string_view pem) {
  using Info = std::unique_ptr<PKCS8_PRIV_KEY_INFO, decltype(&PKCS8_PRIV_KEY_INFO_free)>;
  if (!pem.starts_with("-----BEGIN PRIVATE KEY-----")) return nullptr;
  const auto bio = reading(pem);
  const Info info(PEM_read_bio_PKCS8_PRIV_KEY_INFO(bio.get(), nullptr, no_passphrase, nullptr),
                  PKCS8_PRIV_KEY_INFO_free);
  auto* made = info == nullptr ? nullptr : usual_private_key(info.get());
  if (made == nullptr) ERR_clear_error();
  return made;
}

/// scrypt of 2^14 rounds takes some 30 ms a guess.
bool write_encrypted(BIO* bio, EVP_PKEY* handle, const std::string& passphrase) {
  using Info = std::unique_ptr<PKCS8_PRIV_KEY_INFO, decltype(&PKCS8_PRIV_KEY_INFO_free)>;
  using Sealed = std::unique_ptr<X509_SIG, decltype(&X509_SIG_free)>;
  constexpr std::uint64_t kRounds = 1U << 14U;
  const Info info(EVP_PKEY2PKCS8(handle), PKCS8_PRIV_KEY_INFO_free);
  auto* scheme = PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), nullptr, 0, nullptr, kRounds, 8, 1);
  if (info == nullptr || scheme == nullptr) return false;
  // Takes the scheme over.
  const Sealed sealed(
      PKCS8_set0_pbe(passphrase.data(), static_cast<int>(passphrase.size()), info.get(), scheme),
      X509_SIG_free);
  return sealed != nullptr && PEM_write_bio_PKCS8(bio, sealed.get()) == 1;
}

/// Chance of SP 800-90A from SHA-256, which is at hand: for its usual AES-256-CTR OpenSSL goes
/// through all its ciphers first, a third of what a first signature takes.
void draw_from_sha256() {
  static const bool kChosen =
      RAND_set_DRBG_type(nullptr, "HASH-DRBG", nullptr, nullptr, "SHA256") == 1;
  // Whoever drew before us has made it already, and that one is as good.
  if (!kChosen) ERR_clear_error();
}

/// Ed25519 hashes by itself and takes no digest.
const EVP_MD* digest_for(EVP_PKEY* handle) {
  return algorithm_of(handle) == Algorithm::ed25519 ? nullptr : EVP_sha256();
}

}  // namespace

PublicKey PublicKey::from_pem(std::string_view pem) {
  const auto bio = reading(pem);
  return PublicKey(
      checked(PEM_read_bio_PUBKEY(bio.get(), nullptr, no_passphrase, nullptr), "public key"));
}

PublicKey PublicKey::from_ed25519(BytesView raw) {
  if (raw.size() != kEd25519Bytes)
    throw Error(ErrorKind::bad_input, "an Ed25519 key has 32 bytes, not {}", raw.size());
  return PublicKey(
      checked(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw_bytes(raw), raw.size()),
              "public key"));
}

PublicKey PublicKey::half_of(const std::shared_ptr<void>& handle) {
  const auto bytes = usual_bytes(key(handle));
  if (bytes.empty()) return from_pem(public_pem(key(handle)));
  if (algorithm_of(key(handle)) == Algorithm::ed25519) return from_ed25519(bytes);
  return PublicKey(checked(ecdsa_key(bytes, nullptr), "public key"));
}

Algorithm PublicKey::algorithm() const {
  return algorithm_of(key(handle_));
}

std::string PublicKey::pem() const {
  return public_pem(key(handle_));
}

Digest PublicKey::id() const {
  if (const auto bytes = usual_bytes(key(handle_)); !bytes.empty()) {
    const bool ed25519 = algorithm() == Algorithm::ed25519;
    return Hasher().update(from_hex(ed25519 ? kEd25519Der : kEcdsaDer)).update(bytes).finish();
  }
  const auto bio = writing();
  invariant(i2d_PUBKEY_bio(bio.get(), key(handle_)) == 1, "a public key can be encoded");
  return Digest::of(text_in(bio.get()));
}

Bytes PublicKey::point() const {
  return uncompressed_point(key(handle_));
}

Bytes PublicKey::raw() const {
  auto bytes = ed25519_bytes(key(handle_));
  invariant(!bytes.empty(), "an Ed25519 key has raw bytes");
  return bytes;
}

bool PublicKey::verify(BytesView message, BytesView signature) const {
  const Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  auto* handle = key(handle_);
  invariant(EVP_DigestVerifyInit(context.get(), nullptr, digest_for(handle), nullptr, handle) == 1,
            "a signature check can begin");
  const bool good = EVP_DigestVerify(context.get(), raw_bytes(signature), signature.size(),
                                     raw_bytes(message), message.size()) == 1;
  // A malformed signature leaves errors behind that nobody will ask for.
  if (!good) ERR_clear_error();
  return good;
}

PrivateKey::PrivateKey(std::shared_ptr<void> handle)
    : handle_(std::move(handle)), public_(PublicKey::half_of(handle_)) {
  draw_from_sha256();
}

PrivateKey PrivateKey::generate(Algorithm algorithm) {
  draw_from_sha256();
  auto* handle = algorithm == Algorithm::ed25519
                     ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                     : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
  if (handle == nullptr) throw Error(ErrorKind::unavailable, "OpenSSL cannot make a key");
  return PrivateKey(own(handle));
}

PrivateKey PrivateKey::from_pem(std::string_view pem, const std::string& passphrase) {
  if (auto* usual = usual_private_key(pem)) return PrivateKey(checked(usual, "private key"));
  const auto bio = reading(pem);
  auto given = passphrase;
  auto* handle = PEM_read_bio_PrivateKey(bio.get(), nullptr, given_passphrase, &given);
  if (handle == nullptr && is_encrypted(pem)) {
    ERR_clear_error();
    throw Error(ErrorKind::not_allowed, "{}",
                passphrase.empty() ? "the key needs its passphrase" : "the passphrase is wrong")
        .hint("export MLO_KEY_PASSPHRASE, or run it in a terminal, which asks");
  }
  return PrivateKey(checked(handle, "private key"));
}

bool PrivateKey::is_encrypted(std::string_view pem) {
  return pem.find("-----BEGIN ENCRYPTED PRIVATE KEY-----") != std::string_view::npos ||
         pem.find("Proc-Type: 4,ENCRYPTED") != std::string_view::npos;
}

std::string PrivateKey::pem(const std::string& passphrase) const {
  const auto bio = writing();
  if (passphrase.empty()) {
    invariant(PEM_write_bio_PKCS8PrivateKey(bio.get(), key(handle_), nullptr, nullptr, 0, nullptr,
                                            nullptr) == 1,
              "a private key can be written");
    return text_in(bio.get());
  }
  if (!write_encrypted(bio.get(), key(handle_), passphrase))
    throw Error(ErrorKind::unavailable, "OpenSSL cannot encrypt a key");
  return text_in(bio.get());
}

Bytes PrivateKey::sign(BytesView message) const {
  const Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  auto* handle = key(handle_);
  std::size_t size = 0;
  Bytes signature;
  bool good =
      EVP_DigestSignInit(context.get(), nullptr, digest_for(handle), nullptr, handle) == 1 &&
      EVP_DigestSign(context.get(), nullptr, &size, raw_bytes(message), message.size()) == 1;
  if (good) {
    signature.resize(size);
    good = EVP_DigestSign(context.get(), raw_bytes(signature), &size, raw_bytes(message),
                          message.size()) == 1;
  }
  if (!good) throw Error(ErrorKind::unavailable, "OpenSSL cannot sign");
  signature.resize(size);
  return signature;
}

}  // namespace mlo::ledger
