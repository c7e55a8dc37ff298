#include "ledger/cosignature.h"

#include "ledger/checkpoint.h"
#include "mlo/ledger/proofs.h"
#include "unit/ledger/fixture.h"

using namespace mlo;
using namespace mlo::ledger;

TEST_CASE("a cosignature is verified as C2SP's example is", "[cosignature]") {
  // From c2sp.org/tlog-cosignature, whose witness's key is not given: its line is another's.
  const std::string note =
      "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
      "\u2014 example.com/behind-the-sofa "
      "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/"
      "Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
      "\u2014 witness.example.com/w1 "
      "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mb"
      "IUBkBIfZ+qnA==\n";
  const auto key = PrivateKey::generate(Algorithm::ed25519);
  const WitnessKey witness{.name = "witness.example.com/w1", .key = key.public_key()};
  CHECK_FALSE(cosigned_at(note, witness));

  const auto cosigned = cosign(note, witness.name, key, {1'679'315'147'000'000});
  CHECK(cosigned_at(cosigned, witness) == Timestamp{1'679'315'147'000'000});
  auto other = cosigned;
  other[other.find("20852163")] = '3';
  CHECK_THROWS_WITH(cosigned_at(other, witness), Catch::Contains("does not match"));
}

TEST_CASE("a witness's key reads back, and a log's is none", "[cosignature]") {
  const auto key = PrivateKey::generate(Algorithm::ed25519).public_key();
  const auto text = witness_key_text({.name = "w.example/1", .key = key});
  const auto read = read_witness_key(text + "\n");
  CHECK(read.name == "w.example/1");
  CHECK(read.key.id() == key.id());
  CHECK_THROWS_AS(read_witness_key(verifier_key("w.example/1", key)), Error);
  CHECK_THROWS_AS(read_witness_key("hello"), Error);
  CHECK_THROWS_AS(read_witness_key("w+00000000+BAAA"), Error);
}

TEST_CASE("a checkpoint that must be witnessed is held by its witness", "[cosignature]") {
  TestLedger test;
  const auto note = test.ledger().checkpoint();
  const auto key = PrivateKey::generate(Algorithm::ed25519);
  const auto text = witness_key_text({.name = "w.example/1", .key = key.public_key()});
  CHECK_THAT(hold_against(test.ledger(), note, "file", {text}).problem,
             Catch::Contains("did not see it"));
  const auto cosigned = cosign(note, "w.example/1", key, test.world.now());
  CHECK(hold_against(test.ledger(), cosigned, "file", {text}).problem.empty());
}
