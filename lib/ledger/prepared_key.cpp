#include "ledger/prepared_key.h"

#include <algorithm>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>

#include "mlo/core/error.h"

namespace mlo::ledger {
namespace {

template <auto Free>
struct Freeing {
  template <typename T>
  void operator()(T* owned) const {
    Free(owned);
  }
};
using Number = std::unique_ptr<BIGNUM, Freeing<BN_free>>;
using Workspace = std::unique_ptr<BN_CTX, Freeing<BN_CTX_free>>;
using Reduction = std::unique_ptr<BN_MONT_CTX, Freeing<BN_MONT_CTX_free>>;
using Group = std::unique_ptr<EC_GROUP, Freeing<EC_GROUP_free>>;
using Point = std::unique_ptr<EC_POINT, Freeing<EC_POINT_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Freeing<ECDSA_SIG_free>>;

const unsigned char* raw_bytes(BytesView bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

void require(int result) {
  invariant(result == 1, "OpenSSL can calculate");
}

/// DER has one spelling for each signature; OpenSSL takes no other one either.
Signature read_signature(BytesView der) {
  const auto* start = raw_bytes(der);
  Signature signature(d2i_ECDSA_SIG(nullptr, &start, static_cast<long>(der.size())));
  if (!signature) ERR_clear_error();
  std::vector<unsigned char> again(der.size() + 16);
  auto* end = again.data();
  if (!signature || i2d_ECDSA_SIG(signature.get(), nullptr) != static_cast<int>(der.size()) ||
      i2d_ECDSA_SIG(signature.get(), &end) != static_cast<int>(der.size()) ||
      !std::equal(again.data(), end, raw_bytes(der)))
    return nullptr;
  return signature;
}

bool is_in_range(const BIGNUM* number, const BIGNUM* order) {
  return BN_is_zero(number) == 0 && BN_is_negative(number) == 0 && BN_cmp(number, order) < 0;
}

}  // namespace

struct PreparedKey::State {
  Group curve;
  Group own;  ///< the same curve with the key for its generator, as OpenSSL makes tables for that
  const BIGNUM* order = nullptr;
  Reduction reduction;

  /// A signature whose numbers are in range, and 1/s in Montgomery form.
  struct Checkable {
    std::size_t place;
    Signature signature;
    Number inverse;
  };

  [[nodiscard]] std::vector<Checkable> checkable(std::span<const SignedDigest> batch) const {
    std::vector<Checkable> found;
    for (std::size_t place = 0; place < batch.size(); ++place) {
      auto signature = read_signature(batch[place].signature);
      if (!signature || !is_in_range(ECDSA_SIG_get0_r(signature.get()), order) ||
          !is_in_range(ECDSA_SIG_get0_s(signature.get()), order))
        continue;
      found.push_back({place, std::move(signature), Number(BN_new())});
    }
    return found;
  }

  void multiply(BIGNUM* result, const BIGNUM* left, const BIGNUM* right, BN_CTX* work) const {
    require(BN_mod_mul_montgomery(result, left, right, reduction.get(), work));
  }

  /// One inversion of the product of all s; walking back divides it by all but one of them.
  void invert(std::vector<Checkable>& all, BN_CTX* work) const {
    const Number product(BN_new());
    require(BN_to_montgomery(product.get(), BN_value_one(), reduction.get(), work));
    const Number factor(BN_new());
    for (auto& one : all) {
      BN_copy(one.inverse.get(), product.get());  // of those before it
      require(BN_to_montgomery(factor.get(), ECDSA_SIG_get0_s(one.signature.get()), reduction.get(),
                               work));
      multiply(product.get(), product.get(), factor.get(), work);
    }
    require(BN_from_montgomery(product.get(), product.get(), reduction.get(), work));
    invariant(BN_mod_inverse(product.get(), product.get(), order, work) != nullptr,
              "numbers below a prime have inverses");
    require(BN_to_montgomery(product.get(), product.get(), reduction.get(), work));
    for (auto next = all.size(); next-- > 0;) {
      auto& one = all[next];
      require(BN_to_montgomery(factor.get(), ECDSA_SIG_get0_s(one.signature.get()), reduction.get(),
                               work));
      multiply(one.inverse.get(), one.inverse.get(), product.get(), work);
      multiply(product.get(), product.get(), factor.get(), work);
    }
  }

  /// Whether r is the x of (e/s) G + (r/s) Q.
  [[nodiscard]] bool holds(const Checkable& one, const Digest& message, BN_CTX* work) const {
    const auto* r = ECDSA_SIG_get0_r(one.signature.get());
    const Number factor(
        BN_bin2bn(raw_bytes(message.bytes()), static_cast<int>(Digest::kSize), nullptr));
    require(BN_nnmod(factor.get(), factor.get(), order, work));
    multiply(factor.get(), factor.get(), one.inverse.get(), work);
    const Point sum(EC_POINT_new(curve.get()));
    const Point part(EC_POINT_new(curve.get()));
    require(EC_POINT_mul(curve.get(), sum.get(), factor.get(), nullptr, nullptr, work));
    multiply(factor.get(), r, one.inverse.get(), work);
    require(EC_POINT_mul(own.get(), part.get(), factor.get(), nullptr, nullptr, work));
    require(EC_POINT_add(curve.get(), sum.get(), sum.get(), part.get(), work));
    if (EC_POINT_is_at_infinity(curve.get(), sum.get()) == 1) return false;
    require(EC_POINT_get_affine_coordinates(curve.get(), sum.get(), factor.get(), nullptr, work));
    require(BN_nnmod(factor.get(), factor.get(), order, work));
    return BN_cmp(factor.get(), r) == 0;
  }
};

PreparedKey::PreparedKey(std::unique_ptr<State> state) : state_(std::move(state)) {}
PreparedKey::~PreparedKey() = default;
PreparedKey::PreparedKey(PreparedKey&&) noexcept = default;
PreparedKey& PreparedKey::operator=(PreparedKey&&) noexcept = default;

std::optional<PreparedKey> PreparedKey::of(const PublicKey& key) {
  if (key.algorithm() != Algorithm::ecdsa_p256) return std::nullopt;
  const auto encoded = key.point();
  if (encoded.empty()) return std::nullopt;
  auto state = std::make_unique<State>();
  state->curve.reset(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  state->order = EC_GROUP_get0_order(state->curve.get());
  state->own.reset(EC_GROUP_dup(state->curve.get()));
  state->reduction.reset(BN_MONT_CTX_new());
  const Workspace work(BN_CTX_new());
  const Point point(EC_POINT_new(state->curve.get()));
  // Refuses what is not on the curve.
  require(EC_POINT_oct2point(state->curve.get(), point.get(), raw_bytes(encoded), encoded.size(),
                             work.get()));
  require(BN_MONT_CTX_set(state->reduction.get(), state->order, work.get()));
  require(EC_GROUP_set_generator(state->own.get(), point.get(), state->order, BN_value_one()));
#pragma GCC diagnostic push
  // OpenSSL 3 means to do without tables for generators of one's own one day: then there are none.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  const bool prepared = EC_GROUP_precompute_mult(state->own.get(), work.get()) == 1 &&
                        EC_GROUP_have_precompute_mult(state->own.get()) == 1;
#pragma GCC diagnostic pop
  if (!prepared) return std::nullopt;
  return PreparedKey(std::move(state));
}

std::vector<bool> PreparedKey::verify(std::span<const SignedDigest> batch) const {
  std::vector<bool> good(batch.size());
  auto all = state_->checkable(batch);
  if (all.empty()) return good;
  const Workspace work(BN_CTX_new());
  state_->invert(all, work.get());
  for (const auto& one : all)
    good[one.place] = state_->holds(one, batch[one.place].message, work.get());
  return good;
}

}  // namespace mlo::ledger
