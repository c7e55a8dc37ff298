#include "ledger/prepared_key.h"

#include <algorithm>
#include <random>

#include <catch2/catch.hpp>

#include "mlo/core/bytes.h"

using namespace mlo;
using namespace mlo::ledger;

namespace {

// The order of P-256 (SEC 2 §2.4.2).
constexpr auto kOrder = "00ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

struct Signed {
  std::string message;
  Bytes signature;
};

Bytes der_of(std::string_view r_hex, std::string_view s_hex) {
  const auto integer = [](std::string_view hex) {
    return "02" + to_hex(Bytes{static_cast<std::byte>(hex.size() / 2)}) + std::string(hex);
  };
  const auto body = integer(r_hex) + integer(s_hex);
  return from_hex("30" + to_hex(Bytes{static_cast<std::byte>(body.size() / 2)}) + body);
}

std::vector<bool> prepared_verdicts(const PreparedKey& key, const std::vector<Signed>& all) {
  std::vector<SignedDigest> batch;
  for (const auto& one : all)
    batch.push_back({.message = Digest::of(one.message), .signature = one.signature});
  return key.verify(batch);
}

std::vector<bool> usual_verdicts(const PublicKey& key, const std::vector<Signed>& all) {
  std::vector<bool> good;
  for (const auto& one : all) good.push_back(key.verify(bytes_of(one.message), one.signature));
  return good;
}

}  // namespace

TEST_CASE("a prepared key judges every signature as OpenSSL does", "[signing]") {
  std::mt19937 draw(20'261'126);
  const auto key = PrivateKey::generate(Algorithm::ecdsa_p256);
  const auto other = PrivateKey::generate(Algorithm::ecdsa_p256);
  const auto prepared = PreparedKey::of(key.public_key());
  REQUIRE(prepared.has_value());
  std::vector<Signed> all;
  for (int i = 0; i < 400; ++i) {
    Signed one{.message = "message " + std::to_string(i), .signature = {}};
    one.signature = (i % 10 == 0 ? other : key).sign(bytes_of(one.message));
    if (i % 10 == 1) one.message += '!';
    if (i % 10 == 2) one.signature[draw() % one.signature.size()] ^= std::byte{1};
    if (i % 10 == 3) one.signature.pop_back();
    if (i % 10 == 4) one.signature.push_back(std::byte{0});
    all.push_back(std::move(one));
  }
  const auto verdicts = prepared_verdicts(*prepared, all);
  CHECK(verdicts == usual_verdicts(key.public_key(), all));
  CHECK(std::ranges::count(verdicts, true) == 200);
}

TEST_CASE("a prepared key refuses numbers out of range and other spellings", "[signing]") {
  const auto key = PrivateKey::generate(Algorithm::ecdsa_p256);
  const auto prepared = PreparedKey::of(key.public_key());
  REQUIRE(prepared.has_value());
  std::vector<Signed> all;
  for (const std::string_view r : {"00", "01", "81", "0001", kOrder})
    for (const std::string_view s : {"00", "01", "81", "0001", kOrder})
      all.push_back({.message = "sample", .signature = der_of(r, s)});
  all.push_back({.message = "sample", .signature = {}});
  CHECK(prepared_verdicts(*prepared, all) == std::vector<bool>(all.size()));
  CHECK(usual_verdicts(key.public_key(), all) == std::vector<bool>(all.size()));
  CHECK(prepared->verify({}).empty());
}

TEST_CASE("a bad signature in a batch does not spoil the others", "[signing]") {
  const auto key = PrivateKey::generate(Algorithm::ecdsa_p256);
  const auto prepared = PreparedKey::of(key.public_key());
  REQUIRE(prepared.has_value());
  const auto good = key.sign(bytes_of("a"));
  const std::vector<Signed> all{{.message = "b", .signature = good},
                                {.message = "a", .signature = good},
                                {.message = "a", .signature = der_of("01", "00")},
                                {.message = "a", .signature = good}};
  CHECK(prepared_verdicts(*prepared, all) == std::vector<bool>{false, true, false, true});
}

TEST_CASE("only ECDSA keys are prepared", "[signing]") {
  CHECK_FALSE(PreparedKey::of(PrivateKey::generate(Algorithm::ed25519).public_key()).has_value());
}
