#include <memory>

#include <fmt/format.h>

#include "commands.h"
#include "mlo/core/file.h"
#include "mlo/core/text.h"
#include "mlo/ledger/audit.h"
#include "mlo/ledger/identities.h"
#include "option_checks.h"

namespace mlo::cmd {
namespace {

constexpr std::uint64_t kMaxKeyBytes = 16'384;

struct Options {
  std::string name;
  std::string key;
  std::string since;
  std::string reason;
};

Json texts(const std::vector<std::string>& all) {
  return Json::Array(all.begin(), all.end());
}

Json keys_of(const ledger::KnownIdentity& identity) {
  Json rows = Json::array();
  for (const auto& key : identity.keys)
    rows.add(Json::object(
        {{"key", key.key.text()},
         {"state", key.state},
         {"from", key.from.at.text()},
         {"from_entry", key.from.entry},
         {"until", key.until ? Json(key.until->at.text()) : Json()},
         {"until_entry", key.until ? Json(key.until->entry) : Json()},
         {"ended_by", key.until ? Json(key.until->actor) : Json()},
         {"why", key.until ? Json(key.until->reason) : Json(key.from.reason)},
         {"in_doubt_since", key.in_doubt_since ? Json(key.in_doubt_since->text()) : Json()},
         {"entries", key.entries},
         {"public_key", key.public_key}}));
  return rows;
}

std::string state_of(const ledger::KnownIdentity& identity) {
  if (identity.keys.empty()) return "no key";
  for (const auto& key : identity.keys)
    if (key.state == "in force") return key.state;
  return identity.keys.back().state;
}

ui::View list_view(const std::vector<ledger::KnownIdentity>& all) {
  Json rows = Json::array();
  for (const auto& one : all) {
    std::int64_t entries = 0;
    for (const auto& key : one.keys) entries += key.entries;
    rows.add(Json::object({{"name", one.name},
                           {"kind", one.kind},
                           {"admin", one.admin},
                           {"roles", texts(one.roles)},
                           {"teams", texts(one.teams)},
                           {"state", state_of(one)},
                           {"entries", entries},
                           {"keys", keys_of(one)}}));
  }
  return {.shape = "identity-list/1",
          .headline = "",
          .fields = {{"identities",
                      "Identities",
                      std::move(rows),
                      ui::Format::plain,
                      {{"name", "Name"},
                       {"kind", "Kind"},
                       {"roles", "Roles"},
                       {"teams", "Teams"},
                       {"admin", "Administrator"},
                       {"state", "Key"},
                       {"entries", "Entries", ui::Format::count}}}}};
}

ui::View show_view(const ledger::KnownIdentity& one) {
  return {.shape = "identity-show/1",
          .headline = one.kind.empty() ? one.name : fmt::format("{} ({})", one.name, one.kind),
          .fields = {{"name", "", one.name},
                     {"kind", "", one.kind},
                     {"admin", one.admin ? "Administrator" : "", one.admin},
                     {"roles", "Roles", texts(one.roles)},
                     {"teams", "Teams", texts(one.teams)},
                     {"keys",
                      "Keys",
                      keys_of(one),
                      ui::Format::plain,
                      {{"key", "Key", ui::Format::digest},
                       {"state", "State"},
                       {"from", "From", ui::Format::time},
                       {"until", "Until", ui::Format::time},
                       {"in_doubt_since", "In doubt since", ui::Format::time},
                       {"entries", "Entries", ui::Format::count},
                       {"why", "Why"}}}}};
}

ui::View change_view(const std::vector<ledger::Entry>& entries) {
  Json rows = Json::array();
  for (const auto& entry : entries)
    rows.add(Json::object({{"entry", entry.index}, {"what", ledger::describe(entry)}}));
  return {.shape = "identity-change/1",
          .headline = "",
          .fields = {{"changes",
                      "Recorded",
                      std::move(rows),
                      ui::Format::plain,
                      {{"entry", "Entry"}, {"what", "What"}}}}};
}

ui::View rotated_view(const ledger::Rotated& rotated) {
  return {.shape = "identity-rotate/1",
          .headline = fmt::format("{} signs with a new key", rotated.name),
          .fields = {{"name", "", rotated.name},
                     {"before", "Before", rotated.before.text(), ui::Format::digest},
                     {"key", "Key", rotated.key.text(), ui::Format::digest},
                     {"file", "File", rotated.file},
                     {"former_file", "Kept", rotated.former_file},
                     {"entry", "Entry", rotated.entry}},
          .next = {"mlo identity rotate -m WHY  (in your other repositories: the key before, which "
                   "is kept for them, signs there until then)"}};
}

void add_reading(CLI::App& identity, Session& session) {
  auto* list = identity.add_subcommand("list", "List people and machines with roles and keys");
  list->callback(
      [&session] { session.show(list_view(ledger::identities(session.repository().ledger()))); });
  auto name = std::make_shared<std::string>();
  auto* show =
      identity.add_subcommand("show", "Show somebody's keys, and for how long each counts");
  show->add_option("name", *name, "Name")->required();
  show->callback([name, &session] {
    session.show(show_view(ledger::find_identity(session.repository().ledger(), *name)));
  });
  auto* own = identity.add_subcommand("export", "Print your public key, for an administrator");
  own->callback([&session] {
    const auto mine = ledger::own_identity(session.world());
    if (!session.options.json) return session.print_bytes(mine.public_key);
    session.show({.shape = "identity-export/1",
                  .headline = "",
                  .fields = {{"name", "Name", mine.name},
                             {"key", "Key", mine.key.text()},
                             {"public_key", "Public key", mine.public_key}}});
  });
}

void add_changes(CLI::App& identity, Session& session) {
  auto adding = std::make_shared<Options>();
  auto* add = identity.add_subcommand("add", "Introduce somebody with a public key (PEM)");
  add->add_option("name", adding->name, "Name")->required();
  add->add_option("key", adding->key, "File with the public key")->required()->type_name("FILE");
  add->add_option("-m,--message", adding->reason, "Why: kept in the ledger")->required();
  add->callback([adding, &session] {
    const auto pem = read_file(session.path(adding->key), kMaxKeyBytes);
    session.show(change_view(
        {ledger::add_identity(session.repository().ledger(), adding->name, pem, adding->reason)}));
  });
  auto ending = std::make_shared<Options>();
  auto* revoke = identity.add_subcommand("revoke", "End somebody's keys; what they signed stays");
  revoke->add_option("name", ending->name, "Name")->required();
  revoke->add_option("--key", ending->key, "Only the key that begins so")->type_name("DIGEST");
  revoke
      ->add_option("--since", ending->since,
                   "Not safe since: 2d, 2026-11-23 (its midnight in UTC), an RFC 3339 time")
      ->check(time_check());
  revoke->add_option("-m,--message", ending->reason, "Why: kept in the ledger")->required();
  revoke->callback([ending, &session] {
    std::optional<Timestamp> since;
    if (!ending->since.empty()) since = ledger::parse_since(ending->since, session.world().now());
    session.show(change_view(ledger::revoke_identity(session.repository().ledger(), ending->name,
                                                     ending->key, since, ending->reason)));
  });
}

void add_own(CLI::App& identity, Session& session) {
  auto reason = std::make_shared<std::string>();
  auto* rotate = identity.add_subcommand("rotate", "Replace your key by a new one");
  rotate->add_option("-m,--message", *reason, "Why: kept in the ledger")->required();
  rotate->callback([reason, &session] {
    session.show(rotated_view(
        ledger::rotate_identity(session.repository().ledger(), session.world(), *reason)));
  });
  auto remove = std::make_shared<bool>();
  auto* protect =
      identity.add_subcommand("protect", "Put your key under a passphrase, or take that off");
  protect->add_flag("--remove", *remove, "Take the passphrase off");
  protect->callback([remove, &session] {
    const auto file =
        ledger::protect_own_key(session.world(), *remove ? "" : session.new_passphrase());
    session.show({.shape = "identity-protect/1",
                  .headline = *remove ? "The key has no passphrase now"
                                      : "The key is under a passphrase now",
                  .fields = {{"file", "File", file}, {"encrypted", "", !*remove}}});
  });
}

}  // namespace

void add_identity(CLI::App& mlo, Session& session) {
  auto* identity = mlo.add_subcommand("identity", "Keys of people and machines");
  identity->require_subcommand(1);
  identity->footer(
      "Who signs: MLO_ACTOR, else the name of the key file (MLO_KEY_FILE), else user@host. The key "
      "is MLO_KEY (its text), else that file, else ~/.config/mlo/keys/NAME.pem, made on first use; "
      "MLO_KEY_PASSPHRASE opens one that is protected. A PKCS#11 token cannot sign: its owner uses "
      "a key under a passphrase (mlo identity protect), or from MLO_KEY");
  add_reading(*identity, session);
  add_changes(*identity, session);
  add_own(*identity, session);
}

}  // namespace mlo::cmd
