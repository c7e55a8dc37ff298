#include "mlo/core/mac.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "mlo/core/error.h"

namespace mlo {
namespace {

using Algorithm = std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)>;
using Context = std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)>;

const unsigned char* raw(BytesView bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace

struct Mac::State {
  Algorithm algorithm{EVP_MAC_fetch(nullptr, "GMAC", nullptr), EVP_MAC_free};
  Context context{EVP_MAC_CTX_new(algorithm.get()), EVP_MAC_CTX_free};
};

Mac::Mac(const Key& key, const Nonce& nonce) : state_(std::make_unique<State>()) {
  std::string cipher = "AES-256-GCM";
  auto start = nonce;  // OpenSSL asks for a pointer to what it does not change
  const std::array parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_IV, start.data(), start.size()),
      OSSL_PARAM_construct_end()};
  invariant(EVP_MAC_init(state_->context.get(), raw(key), key.size(), parameters.data()) == 1,
            "GMAC is there");
}
Mac::~Mac() = default;
Mac::Mac(Mac&&) noexcept = default;
Mac& Mac::operator=(Mac&&) noexcept = default;

void Mac::update(BytesView piece) {
  EVP_MAC_update(state_->context.get(), raw(piece), piece.size());
}

Mac::Tag Mac::finish() {
  Tag tag{};
  std::size_t size = 0;
  invariant(EVP_MAC_final(state_->context.get(), reinterpret_cast<unsigned char*>(tag.data()),
                          &size, tag.size()) == 1 &&
                size == tag.size(),
            "a GMAC has 16 bytes");
  return tag;
}

}  // namespace mlo
