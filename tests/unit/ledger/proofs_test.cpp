#include "mlo/ledger/proofs.h"

#include "ledger/bundle.h"
#include "ledger/checkpoint.h"
#include "ledger/identity.h"
#include "ledger/stored_tree.h"
#include "mlo/core/text.h"
#include "mlo/ledger/trust.h"
#include "unit/ledger/fixture.h"

using namespace mlo;
using namespace mlo::ledger;

namespace {

std::string problems_of(const Verification& verification) {
  std::string all;
  for (const auto& problem : verification.problems)
    all += std::to_string(problem.entry) + ": " + problem.problem + "\n";
  return all;
}

Trusted trusted_by(TestLedger& test) {
  return {.log_key = test.ledger().verifier_key()};
}

std::string changed(std::string text, const std::string& what, const std::string& with) {
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), with);
}

std::filesystem::path put(TestLedger& test, const std::string& name, const std::string& content) {
  const auto file = test.temporary.path() / name;
  write_durably(file, bytes_of(content), test.real, "test");
  return file;
}

}  // namespace

TEST_CASE("a bundle verifies with the log's public key alone", "[proofs]") {
  TestLedger test;
  const auto size = tell_a_story(test);
  const auto bundle = put(test, "bundle", export_bundle(test.ledger(), {}));
  const auto outside = verify_outside(bundle, trusted_by(test));
  CHECK(problems_of(outside.found).empty());
  CHECK(outside.kind == "bundle");
  CHECK(outside.size == size);
  CHECK(outside.found.entries == size);
  CHECK(claimed_log_key(bundle) == test.ledger().verifier_key());

  const auto nobody = verify_outside(bundle, {});
  CHECK_THAT(problems_of(nobody.found), Catch::Contains("own word"));
}

TEST_CASE("a bundle of the newest entries goes on from a checkpoint that was kept", "[proofs]") {
  TestLedger test;
  const auto early = test.ledger().checkpoint();
  const auto from = test.ledger().size();
  tell_a_story(test);
  const auto file = put(test, "bundle", export_bundle(test.ledger(), {.from = from}));
  auto trusted = trusted_by(test);
  trusted.checkpoints = {early};
  const auto outside = verify_outside(file, trusted);
  CHECK(problems_of(outside.found).empty());
  // The beginning and who signs come along.
  CHECK(outside.found.entries == test.ledger().size());
  CHECK(problems_of(verify_since(test.ledger(), early)).empty());

  // A checkpoint of a fork, signed with the very log key.
  trusted.checkpoints = {write_checkpoint(
      {.origin = name_in_verifier_key(trusted.log_key), .size = from, .root = digest_of(1)},
      load_log_key(test.folder))};
  CHECK_THAT(problems_of(verify_outside(file, trusted).found), Catch::Contains("rewritten"));
}

TEST_CASE("a bundle about a model proves each of its entries", "[proofs]") {
  TestLedger test;
  test.append(statement_of(a_dataset(2)));
  tell_a_story(test);
  const auto text = export_bundle(test.ledger(), {.model = "tumour"});
  const auto outside = verify_outside(put(test, "bundle", text), trusted_by(test));
  CHECK(problems_of(outside.found).empty());
  // The dataset too: its evidence is what a promotion may rest on. Not the other one.
  CHECK(outside.found.entries == test.ledger().size() - 1);
  CHECK_THROWS_AS(export_bundle(test.ledger(), {.model = "none"}), Error);
}

TEST_CASE("whatever is changed in a bundle is found", "[proofs]") {
  TestLedger test;
  tell_a_story(test);
  const auto whole = export_bundle(test.ledger(), {});
  const auto part = export_bundle(test.ledger(), {.from = 5});
  const auto model = export_bundle(test.ledger(), {.model = "tumour"});
  std::vector<std::string> edited;
  std::vector<std::string> shorter;  // still true
  for (const auto& text : {whole, part, model}) {
    // One character in each line, and each line left out or said twice.
    std::size_t start = 0;
    for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', start)) {
      const auto middle = start + (end - start) / 2;
      auto other = text;
      other[middle] = other[middle] == 'A' ? 'B' : 'A';
      edited.push_back(other);
      // A proven entry that is left out is no lie: the others are still proven.
      auto& without = text.compare(start, 9, "{\"entry\":") == 0 ? shorter : edited;
      without.push_back(text.substr(0, start) + text.substr(end + 1));
      // Twice the same proof is still a proof.
      if (text.compare(start, 9, "{\"entry\":") != 0)
        edited.push_back(text.substr(0, end + 1) + text.substr(start));
      start = end + 1;
    }
  }
  for (const auto& text : edited) {
    CAPTURE(text);
    bool found = false;
    try {
      found = !verify_outside(put(test, "bundle", text), trusted_by(test)).found.verified();
    } catch (const Error&) {
      found = true;
    }
    REQUIRE(found);
  }
}

TEST_CASE("signers that the verifier does not trust are named", "[proofs]") {
  TestLedger test;
  tell_a_story(test);
  auto trusted = trusted_by(test);
  for (const auto& key : public_keys(test.ledger()))
    if (key.name != "log.key") trusted.signers.push_back(key.content);
  const auto file = put(test, "bundle", export_bundle(test.ledger(), {}));
  CHECK(problems_of(verify_outside(file, trusted).found).empty());
  trusted.signers = {PrivateKey::generate(Algorithm::ecdsa_p256).public_key().pem()};
  CHECK_THAT(problems_of(verify_outside(file, trusted).found),
             Catch::Contains("none of those you trust"));
  // Another log key: nothing of it holds.
  trusted.log_key = verifier_key(name_in_verifier_key(trusted.log_key),
                                 PrivateKey::generate(Algorithm::ed25519).public_key());
  CHECK_FALSE(verify_outside(file, trusted).found.verified());
}

TEST_CASE("one entry is proven to whoever has the keys", "[proofs]") {
  TestLedger test;
  const auto size = tell_a_story(test);
  auto trusted = trusted_by(test);
  for (const auto& key : public_keys(test.ledger()))
    if (key.name != "log.key") trusted.signers.push_back(key.content);
  for (std::int64_t entry = 0; entry < size; ++entry) {
    const auto text = prove(test.ledger(), entry);
    const auto outside = verify_outside(put(test, "proof", text), trusted);
    CHECK(outside.kind == "proof");
    REQUIRE(problems_of(outside.found).empty());
    const auto other = changed(text, "index " + std::to_string(entry) + "\n",
                               "index " + std::to_string((entry + 1) % size) + "\n");
    REQUIRE_FALSE(verify_outside(put(test, "proof", other), trusted).found.verified());
  }
  CHECK_THROWS_AS(prove(test.ledger(), size), Error);
  CHECK_THROWS_AS(verify_outside(put(test, "proof", "hello"), trusted), Error);
}

TEST_CASE("that the ledger went on from a checkpoint is proven to whoever kept that", "[proofs]") {
  TestLedger test;
  for (int i = 0; i < 5; ++i) test.append(statement_of(a_dataset(i)));
  const auto kept = test.ledger().checkpoint();
  for (int i = 5; i < 20; ++i) test.append(statement_of(a_dataset(i)));
  const auto proof = prove_since(test.ledger(), kept);
  CHECK(proof.starts_with("old 7\n"));
  auto trusted = trusted_by(test);
  trusted.checkpoints = {kept};
  const auto verify = [&](const std::string& text, const Trusted& by) {
    return verify_outside(put(test, "proof", text), by);
  };
  const auto good = verify(proof, trusted);
  CHECK(good.found.verified());
  CHECK(good.kind == "consistency");
  CHECK(good.size == 22);
  CHECK_FALSE(verify(proof, trusted_by(test)).found.verified());
  CHECK_FALSE(
      verify(proof, {.log_key = "", .signers = {}, .checkpoints = {kept}}).found.verified());
  auto lines = split(proof, '\n');
  lines[1] = to_base64(Digest::of("another").bytes());
  CHECK_THAT(problems_of(verify(join(lines, "\n"), trusted).found),
             Catch::Contains("did not go on from the checkpoint"));
  CHECK_THROWS_AS(verify(changed(proof, "old 7", "old x"), trusted), Error);
  CHECK_THROWS_AS(verify(changed(proof, "\n22\n", "\n21\n"), trusted), Error);
  // Of a ledger that did not go on from it there is none.
  TestLedger other;
  CHECK_THROWS_AS(prove_since(other.ledger(), kept), Error);
  CHECK(prove_since(test.ledger(), test.ledger().checkpoint()).starts_with("old 22\n\n"));
}

TEST_CASE("tiles verify, grow with the ledger, and show what was changed", "[proofs]") {
  TestLedger test;
  const auto folder = test.temporary.path() / "tiles";
  for (int i = 0; i < 255; ++i) test.append(statement_of(a_dataset(i)));
  CHECK(export_tiles(test.ledger(), folder, test.real).entries == 257);
  CHECK(std::filesystem::exists(folder / "tile/0/000"));
  CHECK(std::filesystem::exists(folder / "tile/0/001.p/1"));
  CHECK(std::filesystem::exists(folder / "tile/1/000.p/1"));
  CHECK(std::filesystem::exists(folder / "tile/entries/001.p/1"));
  CHECK(problems_of(verify_outside(folder, trusted_by(test)).found).empty());

  test.append(statement_of(a_dataset(1000)));
  CHECK(export_tiles(test.ledger(), folder, test.real).files == 2);
  CHECK(export_tiles(test.ledger(), folder, test.real).files == 0);
  CHECK(verify_outside(folder, trusted_by(test)).size == 258);

  auto tile = read_file(folder / "tile/0/000");
  tile[40] = static_cast<char>(tile[40] ^ 1);
  write_durably(folder / "tile/0/000", bytes_of(tile), test.real, "test");
  CHECK_THROWS_AS(verify_outside(folder, trusted_by(test)), Error);
  CHECK_THROWS_AS(export_tiles(test.ledger(), folder, test.real), Error);
}

TEST_CASE("a bundle of the whole ledger becomes one that can be read", "[proofs]") {
  TestLedger test;
  const auto size = tell_a_story(test);
  const auto file = put(test, "bundle", export_bundle(test.ledger(), {}));
  const auto folder = test.temporary.path() / "imported";
  std::filesystem::create_directories(folder);
  CHECK_FALSE(is_imported(folder));
  CHECK(import_bundle(file, trusted_by(test), folder, test.world) == size);
  CHECK(is_imported(folder));
  Ledger imported(folder, test.world);
  CHECK(problems_of(imported.verify()).empty());
  CHECK(model_versions(imported).size() == 1);
  CHECK_THROWS_AS(imported.append(statement_of(a_dataset(2)), {.command = "track"}), Error);
  CHECK_THROWS_AS(import_bundle(file, trusted_by(test), folder, test.world), Error);
  const auto part = put(test, "part", export_bundle(test.ledger(), {.from = 3}));
  CHECK_THROWS_AS(import_bundle(part, trusted_by(test), test.temporary.path() / "x", test.world),
                  Error);
}

TEST_CASE("a checkpoint kept elsewhere shows truncation, forks and rewriting", "[proofs]") {
  TestLedger test;
  test.append(statement_of(a_dataset(1)));
  const auto before = test.temporary.path() / "before.db";
  test.ledger().database().run("VACUUM INTO ?1", before.string());
  tell_a_story(test);
  const auto kept = test.ledger().checkpoint();
  CHECK(hold_against(test.ledger(), kept, "file").problem.empty());
  test.append(statement_of(a_dataset(5)));
  CHECK(hold_against(test.ledger(), kept, "file").problem.empty());

  // Whoever has all keys can restore an older copy and go on: nothing inside is wrong then.
  test.opened.reset();
  for (const auto* suffix : {"", "-wal", "-shm"})
    std::filesystem::remove(test.folder / (std::string("mlo.db") + suffix));
  std::filesystem::copy_file(before, test.folder / "mlo.db");
  std::filesystem::remove_all(test.temporary.path() / "state");
  test.open();
  CHECK(test.ledger().verify().verified());
  CHECK_THAT(hold_against(test.ledger(), kept, "file").problem, Catch::Contains("cut off"));
  tell_a_story(test);
  test.append(statement_of(a_dataset(6)));
  test.append(statement_of(a_dataset(7)));
  CHECK(test.ledger().verify().verified());
  CHECK_THAT(hold_against(test.ledger(), kept, "file").problem, Catch::Contains("two ways"));
  CHECK_FALSE(verify_since(test.ledger(), kept).verified());
}

TEST_CASE("a ledger that is not the one seen last is not added to, until it is accepted",
          "[proofs]") {
  TestLedger test;
  test.append(statement_of(a_dataset(1)));
  const auto before = test.temporary.path() / "before.db";
  test.ledger().database().run("VACUUM INTO ?1", before.string());
  test.append(statement_of(a_dataset(2)));
  CHECK_FALSE(distrust(test.ledger(), test.folder, test.world));
  CHECK_THROWS_AS(accept(test.ledger(), test.folder, test.world, "why"), Error);

  test.opened.reset();
  for (const auto* suffix : {"", "-wal", "-shm"})
    std::filesystem::remove(test.folder / (std::string("mlo.db") + suffix));
  std::filesystem::copy_file(before, test.folder / "mlo.db");
  test.open();
  CHECK_THAT(distrust(test.ledger(), test.folder, test.world).value_or(""),
             Catch::Contains("cut off"));
  CHECK_THROWS_AS(test.append(statement_of(a_dataset(3))), Error);
  test.open();
  const auto entry = accept(test.ledger(), test.folder, test.world, "the disk broke");
  CHECK(entry.predicate.at("seen").at("checkpoint").is_string());
  CHECK_FALSE(distrust(test.ledger(), test.folder, test.world));
  test.append(statement_of(a_dataset(3)));
  CHECK(test.ledger().verify().verified());
}

TEST_CASE("another ledger in the place of the one seen last is noticed", "[proofs]") {
  TestLedger test;
  test.append(statement_of(a_dataset(1)));
  test.opened.reset();
  std::filesystem::remove_all(test.folder);
  TestWorld other;
  other.variables = test.variables;
  other.variables["XDG_STATE_HOME"] = (test.temporary.path() / "of others").string();
  Ledger::create(test.folder, other.world);
  test.open();
  CHECK_THAT(distrust(test.ledger(), test.folder, test.world).value_or(""),
             Catch::Contains("another one stands in its place"));
}
