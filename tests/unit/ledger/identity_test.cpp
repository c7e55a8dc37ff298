#include "ledger/identity.h"

#include "unit/ledger/fixture.h"

using namespace mlo;
using namespace mlo::ledger;

namespace fs = std::filesystem;

TEST_CASE("a key is made once, for its owner alone", "[identity]") {
  TestLedger test;
  test.variables.erase("MLO_ACTOR");
  const auto folder = test.temporary.path() / "fresh";
  test.variables["XDG_CONFIG_HOME"] = folder.string();
  const auto first = load_identity(test.world);
  const auto again = load_identity(test.world);
  CHECK(first.name == "ana@" + host_name());
  CHECK(first.key.public_key().id() == again.key.public_key().id());
  const auto file = folder / "mlo/keys" / (first.name + ".pem");
  CHECK(fs::status(file).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  CHECK(fs::status(file.parent_path()).permissions() == fs::perms::owner_all);
}

TEST_CASE("a name comes from MLO_ACTOR, the key's file or the user, in this order", "[identity]") {
  TestLedger test;
  CHECK(actor_name(test.world) == "ana");
  test.variables.erase("MLO_ACTOR");
  // The only key there is.
  CHECK(actor_name(test.world) == "ana");
  test.variables["MLO_KEY_FILE"] = "/keys/release-bot.pem";
  CHECK(actor_name(test.world) == "release-bot");
  test.variables["MLO_ACTOR"] = "bo";
  CHECK(actor_name(test.world) == "bo");
  const std::string bad = GENERATE("../up", ".hidden", "two words", "a\nb", "\xff");
  test.variables["MLO_ACTOR"] = bad;
  CHECK_THROWS_AS(actor_name(test.world), Error);
}

TEST_CASE("several keys and none of the user's own is a question to the user", "[identity]") {
  TestLedger test;
  test.variables["MLO_ACTOR"] = "bo";
  load_identity(test.world);
  test.variables.erase("MLO_ACTOR");
  CHECK_THROWS_WITH(actor_name(test.world), Catch::Contains("several keys"));
}

TEST_CASE("a key file that is missing, open to others or no key is refused", "[identity]") {
  TestLedger test;
  const auto file = test.temporary.path() / "ci.pem";
  test.variables["MLO_KEY_FILE"] = file.string();
  CHECK_THROWS_WITH(load_identity(test.world), Catch::Contains("no key file"));
  write_durably(file, bytes_of("no key"), test.world, "test", 0644);
  CHECK_THROWS_WITH(load_identity(test.world), Catch::Contains("read by others"));
  fs::permissions(file, fs::perms::owner_read);
  CHECK_THROWS_WITH(load_identity(test.world), Catch::Contains("malformed private key"));
  fs::remove(file);
  const auto key = PrivateKey::generate(Algorithm::ecdsa_p256);
  write_durably(file, bytes_of(key.pem()), test.world, "test", 0600);
  CHECK(load_identity(test.world).key.public_key().id() == key.public_key().id());
}

TEST_CASE("where no key can be kept, the way out is the same and works", "[identity]") {
  TestLedger test;
  const auto closed = test.temporary.path() / "closed";
  std::string why;
  const auto refused = [&] {
    try {
      load_identity(test.world);
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::unavailable);
      CHECK(error.hint().find("export XDG_CONFIG_HOME=FOLDER") == 0);
      why = error.message();
      return true;
    }
    return false;
  };
  test.variables.erase("XDG_CONFIG_HOME");
  test.variables.erase("HOME");
  CHECK(refused());
  CHECK(why.find("there is no home folder") != std::string::npos);
  // No folder can be made within a file, not even by root.
  write_durably(closed, bytes_of("no folder"), test.world, "test");
  test.variables["HOME"] = closed.string();
  CHECK(refused());
  CHECK(why.find(closed.string()) != std::string::npos);
  test.variables["XDG_CONFIG_HOME"] = (test.temporary.path() / "open").string();
  CHECK(load_identity(test.world).name == "ana");
}
