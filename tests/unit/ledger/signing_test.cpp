#include "ledger/signing.h"

#include <catch2/catch.hpp>

#include "ledger/checkpoint.h"
#include "ledger/dsse.h"
#include "mlo/core/error.h"
#include "mlo/core/json.h"
#include "mlo/core/text.h"

using namespace mlo;
using namespace mlo::ledger;

namespace {

// RFC 8032 §7.1, test 2.
constexpr auto kRfc8032Public = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
constexpr auto kRfc8032Signature =
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

// RFC 6979 §A.2.5: P-256, SHA-256, message "sample"; key and signature wrapped in their DER.
constexpr auto kRfc6979Public =
    "3059301306072a8648ce3d020106082a8648ce3d030107034200"
    "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
constexpr auto kRfc6979Signature =
    "3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
    "022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";

constexpr auto kP384 =
    "3076301006072a8648ce3d020106052b81040022036200042b89318f4997149d1462782ca5273ed4"
    "93c77f94781b9b13132b8cf6b3f8787b6634bcc580d5069c19c580bd66db75db429b055386d73dbb"
    "62396a3965d435369c501c0a7bfbb8bb62c577330ebfa2f844ddebbade752466ec670d8a56b7da55";

std::string pem_of(std::string_view der_hex) {
  return "-----BEGIN PUBLIC KEY-----\n" + to_base64(from_hex(der_hex)) +
         "\n-----END PUBLIC KEY-----\n";
}

}  // namespace

TEST_CASE("a key's id is that of its DER, whatever form that has", "[signing]") {
  // The key of RFC 6979, compressed: its y is odd.
  const std::string compressed =
      "3039301306072a8648ce3d020106082a8648ce3d03010703220003"
      "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6";
  const auto key = PublicKey::from_pem(pem_of(compressed));
  CHECK(key.id() == Digest::of(from_hex(compressed)));
  CHECK(key.verify(bytes_of("sample"), from_hex(kRfc6979Signature)));
  const auto ed25519 = PublicKey::from_ed25519(from_hex(kRfc8032Public));
  CHECK(ed25519.id() ==
        Digest::of(from_hex("302a300506032b6570032100" + std::string(kRfc8032Public))));
}

TEST_CASE("a private key reads back, in each form that OpenSSL writes", "[signing]") {
  const auto algorithm = GENERATE(Algorithm::ecdsa_p256, Algorithm::ed25519);
  const auto key = PrivateKey::generate(algorithm);
  const auto again = PrivateKey::from_pem(key.pem());
  CHECK(again.pem() == key.pem());
  CHECK(again.public_key().pem() == key.public_key().pem());
  CHECK(again.public_key().id() == key.public_key().id());
  CHECK(
      PublicKey::from_pem(key.public_key().pem()).verify(bytes_of("a"), again.sign(bytes_of("a"))));
  CHECK(key.public_key().pem().find("PRIVATE") == std::string::npos);
}

TEST_CASE("private keys in forms that are not ours are read too", "[signing]") {
  // RFC 6979 §A.2.5: PKCS #8 without the public half, and SEC 1.
  const std::string sec1 =
      "30310201010420c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"
      "a00a06082a8648ce3d030107";
  const std::string pkcs8 =
      "3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420"
      "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
  const auto pem = [](const std::string& name, const std::string& der) {
    return "-----BEGIN " + name + "-----\n" + to_base64(from_hex(der)) + "\n-----END " + name +
           "-----\n";
  };
  for (const auto& text : {pem("EC PRIVATE KEY", sec1), pem("PRIVATE KEY", pkcs8)}) {
    const auto key = PrivateKey::from_pem(text);
    CHECK(key.public_key().id() == Digest::of(from_hex(kRfc6979Public)));
    CHECK(key.public_key().verify(bytes_of("a"), key.sign(bytes_of("a"))));
  }
}

TEST_CASE("an Ed25519 signature of RFC 8032 is good, a changed one is not", "[signing]") {
  const auto key = PublicKey::from_ed25519(from_hex(kRfc8032Public));
  auto signature = from_hex(kRfc8032Signature);
  CHECK(key.verify(from_hex("72"), signature));
  CHECK_FALSE(key.verify(from_hex("73"), signature));
  signature[5] ^= std::byte{1};
  CHECK_FALSE(key.verify(from_hex("72"), signature));
}

TEST_CASE("an ECDSA P-256 signature of RFC 6979 is good, a changed one is not", "[signing]") {
  const auto key = PublicKey::from_pem(pem_of(kRfc6979Public));
  CHECK(key.algorithm() == Algorithm::ecdsa_p256);
  CHECK(key.id() == Digest::of(from_hex(kRfc6979Public)));
  auto signature = from_hex(kRfc6979Signature);
  CHECK(key.verify(bytes_of("sample"), signature));
  CHECK_FALSE(key.verify(bytes_of("simple"), signature));
  signature.back() ^= std::byte{1};
  CHECK_FALSE(key.verify(bytes_of("sample"), signature));
}

TEST_CASE("what a key signs its public half finds good, and no other", "[signing]") {
  const auto algorithm = GENERATE(Algorithm::ecdsa_p256, Algorithm::ed25519);
  const auto key = PrivateKey::generate(algorithm);
  const auto same = PrivateKey::from_pem(key.pem());
  const auto signature = same.sign(bytes_of("message"));
  CHECK(key.public_key().verify(bytes_of("message"), signature));
  CHECK(PublicKey::from_pem(key.public_key().pem()).verify(bytes_of("message"), signature));
  CHECK_FALSE(key.public_key().verify(bytes_of("massage"), signature));
  CHECK_FALSE(key.public_key().verify(bytes_of("message"), {}));
  CHECK_FALSE(PrivateKey::generate(algorithm).public_key().verify(bytes_of("message"), signature));
  CHECK(key.public_key().id() == same.public_key().id());
}

TEST_CASE("keys that are not ours are refused", "[signing]") {
  CHECK_THROWS_AS(PrivateKey::from_pem("no key"), Error);
  CHECK_THROWS_AS(PublicKey::from_pem(""), Error);
  CHECK_THROWS_AS(PublicKey::from_pem(std::string(1'000'000, 'A')), Error);
  CHECK_THROWS_AS(PublicKey::from_ed25519(from_hex("00")), Error);
  // A P-384 key of `openssl genpkey`: a curve that in-toto verifiers of ours do not expect.
  CHECK_THROWS_WITH(PublicKey::from_pem(pem_of(kP384)), Catch::Contains("neither ECDSA P-256"));
}

TEST_CASE("the pre-authentication encoding is that of DSSE's protocol", "[dsse]") {
  // The example of protocol.md in secure-systems-lab/dsse.
  CHECK(pre_authentication_encoding("http://example.com/HelloWorld", "hello world") ==
        "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
}

TEST_CASE("an envelope reads back what was sealed and knows its signer", "[dsse]") {
  const auto key = PrivateKey::generate(Algorithm::ecdsa_p256);
  const auto id = key.public_key().id();
  const auto text = seal("{\"a\":1}", key, id);
  const auto envelope = open_envelope(text);
  CHECK(envelope.payload == "{\"a\":1}");
  CHECK(envelope.key == id);
  CHECK(envelope.signed_by(key.public_key()));
  CHECK_FALSE(envelope.signed_by(PrivateKey::generate(Algorithm::ecdsa_p256).public_key()));
}

TEST_CASE("an envelope that another hand wrote is refused", "[dsse]") {
  const auto key = PrivateKey::generate(Algorithm::ecdsa_p256);
  const auto good = seal("{}", key, key.public_key().id());
  const auto json = Json::parse(good);
  CHECK_THROWS_AS(open_envelope(good + " "), Error);
  CHECK_THROWS_AS(open_envelope(json.pretty()), Error);
  CHECK_THROWS_AS(open_envelope("{\"payload\":\"\"," + good.substr(1)), Error);
  CHECK_THROWS_AS(open_envelope(std::string(40, '[')), Error);
  CHECK_THROWS_AS(open_envelope("\xff\xfe"), Error);
  auto two = json;
  auto signatures = json["signatures"];
  signatures.add(json["signatures"].as_array()[0]);
  two.set("signatures", signatures);
  CHECK_THROWS_WITH(open_envelope(two.canonical()), Catch::Contains("2 signatures"));
  auto other = json;
  other.set("payloadType", "text/plain");
  CHECK_THROWS_AS(open_envelope(other.canonical()), Error);
  CHECK_THROWS_WITH(open_envelope(std::string(70'000, ' ')), Catch::Contains("70,000 bytes"));
}

TEST_CASE("a signed note of the Go implementation is good", "[checkpoint]") {
  // The example of golang.org/x/mod/sumdb/note.
  const std::string verifier = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
  const std::string text =
      "If you think cryptography is the answer to your problem,\n"
      "then you don't know what your problem is.\n";
  const std::string note = text +
                           "\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuG"
                           "UgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
  const auto key = read_verifier_key(verifier, "PeterNeumann");
  CHECK(open_note(note, "PeterNeumann", key) == text);
  CHECK(verifier_key("PeterNeumann", key) == verifier);
  CHECK_THROWS_AS(read_verifier_key(verifier, "PeterPan"), Error);
  auto changed = note;
  changed[0] = 'i';
  CHECK_THROWS_AS(open_note(changed, "PeterNeumann", key), Error);
}

TEST_CASE("the checkpoint that was opened or written last is known again, and no other",
          "[checkpoint]") {
  const auto key = PrivateKey::generate(Algorithm::ed25519);
  const auto other = PrivateKey::generate(Algorithm::ed25519);
  const Checkpoint first{.origin = "mlo/x", .size = 7, .root = Digest::of("root")};
  const Checkpoint second{.origin = "mlo/x", .size = 8, .root = Digest::of("more")};
  const auto note = write_checkpoint(first, key);
  LastCheckpoint last;
  CHECK_THROWS_AS(last.open("", "mlo/x", key.public_key()), Error);
  CHECK_THROWS_AS(last.open(note, "mlo/x", other.public_key()), Error);
  CHECK(last.open(note, "mlo/x", key.public_key()) == first);
  // Not verified anew: with another key it could not be.
  CHECK(last.open(note, "mlo/x", other.public_key()) == first);
  auto forged = note;
  forged[forged.find("\n7\n") + 1] = '6';
  CHECK_THROWS_AS(last.open(forged, "mlo/x", key.public_key()), Error);
  last.wrote(write_checkpoint(second, key), second);
  CHECK(last.open(note, "mlo/x", key.public_key()) == first);
}

TEST_CASE("a checkpoint is three lines, a blank one and a signature", "[checkpoint]") {
  const auto key = PrivateKey::generate(Algorithm::ed25519);
  const Checkpoint checkpoint{.origin = "mlo/1234", .size = 20, .root = Digest::of("root")};
  const auto note = write_checkpoint(checkpoint, key);
  const auto lines = split(note, '\n');
  REQUIRE(lines.size() == 6);
  CHECK(lines[0] == "mlo/1234");
  CHECK(lines[1] == "20");
  CHECK(lines[2] == to_base64(checkpoint.root.bytes()));
  CHECK(lines[3].empty());
  CHECK(lines[4].starts_with("\u2014 mlo/1234 "));
  // Four bytes of key hash, 64 of signature.
  CHECK(from_base64(lines[4].substr(lines[4].rfind(' ') + 1)).size() == 68);
  CHECK(read_checkpoint(note, "mlo/1234", key.public_key()) == checkpoint);
  CHECK_THROWS_AS(read_checkpoint(note, "mlo/5678", key.public_key()), Error);
  const auto other = PrivateKey::generate(Algorithm::ed25519);
  CHECK_THROWS_AS(read_checkpoint(note, "mlo/1234", other.public_key()), Error);
}
