#pragma once

#include "ledger/checkpoint.h"
#include "ledger/dsse.h"
#include "ledger/identity.h"
#include "ledger/merkle.h"
#include "ledger/record_kind.h"
#include "ledger/records/gate_decision.h"
#include "ledger/records/policy_change.h"
#include "ledger/statement.h"
#include "mlo/ledger/approvals.h"
#include "mlo/ledger/identities.h"
#include "mlo/ledger/policy.h"
#include "unit/ledger/fixture.h"

namespace mlo::ledger {

/// A ledger in which several people act, each with a key of their own.
struct Office : TestLedger {
  Office() {
    for (const auto* name : {"bo", "cy", "ana"}) act_as(name);
  }
  void act_as(const std::string& name) {
    variables["MLO_ACTOR"] = name;
    open();
  }
  /// Everybody signs something, so that the ledger knows them.
  void meet(std::initializer_list<const char*> names) {
    int number = 900;
    for (const auto* name : names) {
      act_as(name);
      append(statement_of(a_dataset(++number)));
    }
    act_as("ana");
  }
  /// The kind of the error that `work` throws; nothing when it does not.
  template <typename Work>
  static std::optional<ErrorKind> refusal(Work&& work, std::string* message = nullptr) {
    try {
      work();
    } catch (const Error& error) {
      if (message != nullptr) *message = error.message();
      return error.kind();
    }
    return std::nullopt;
  }
};

/// What a program that does not ask could write, with everybody's keys and the log's in one hand:
/// all is signed and fits, but nobody judged it.
inline std::int64_t append_unjudged(Office& office, const std::string& actor,
                                    const Statement& statement, std::int64_t seconds_back = 0) {
  office.act_as(actor);
  auto& ledger = office.ledger();
  auto& database = ledger.database();
  const auto key = load_identity(office.world).key;
  const auto id = key.public_key().id();
  const auto number = ledger.size();
  const auto text =
      statement_text(statement, {.entry = number,
                                 .repository = ledger.entry(0)->repository,
                                 .actor = actor,
                                 .key = id,
                                 .time = {(++office.seconds - seconds_back) * 1'000'000},
                                 .act = {"rogue", "because I can"},
                                 .host = "here"});
  const auto envelope = seal(text, key, id);
  auto entry = read_statement(text);
  entry.leaf = leaf_hash(bytes_of(envelope));
  database.run("INSERT INTO entry VALUES (?1, ?2, ?3)", number, entry.leaf, envelope);
  project(database, entry);
  database.execute("DELETE FROM node");
  Frontier frontier;
  for (const auto& leaf : database.all("SELECT leaf FROM entry ORDER BY number",
                                       [](const Row& row) { return row.get<Digest>(0); }))
    frontier.append(leaf, [&](const Node& node) {
      database.run("INSERT INTO node VALUES (?1, ?2, ?3)", node.level, node.position, node.hash);
    });
  auto origin = ledger.checkpoint();
  origin.resize(origin.find('\n'));
  database.run(
      "UPDATE checkpoint SET size = ?1, root = ?2, note = ?3", frontier.size(), frontier.root(),
      write_checkpoint({.origin = origin, .size = frontier.size(), .root = frontier.root()},
                       load_log_key(office.folder)));
  return number;
}

/// ana makes models, bo releases them, cy reviews; ana administers.
inline Policy a_policy() {
  Policy policy{.roles = {{"scientist", {"track", "train", "validate", "promote:staging"}},
                          {"release", {"promote:production", "approve", "rollback", "break-glass"}},
                          {"reviewer", {"approve:production"}}},
                .people = {{"ana", {"scientist"}}, {"bo", {"release"}}},
                .machines = {{"ci", {"scientist", "reviewer"}}},
                .teams = {{"board", {.members = {"cy"}, .roles = {"reviewer"}}}},
                .admins = {.members = {"ana"}, .count = 1},
                .data = {{.pattern = "data/patients", .read = {"release"}, .write = {"board"}}},
                .models = {},
                .gates = {}};
  policy.gates["tumour"]["production"] = {
      .after = {},
      .require = {"metrics"},
      .approvals = {.from = {"reviewer", "release"}, .count = 1, .expires_seconds = 86'400},
      .max_age_seconds = 7 * 86'400,
      .requirements = {}};
  return policy;
}

}  // namespace mlo::ledger
