#include <map>
#include <set>

#include <fmt/format.h>

#include "ledger/bundle.h"
#include "ledger/bundle_judgement.h"
#include "ledger/checkpoint.h"
#include "ledger/dsse.h"
#include "ledger/records/repository.h"
#include "ledger/schema.h"
#include "ledger/statement.h"
#include "ledger/stored_tree.h"
#include "ledger/verification.h"
#include "mlo/core/error.h"

namespace mlo::ledger {
namespace {

class BundleVerifier {
 public:
  BundleVerifier(const Bundle& bundle, const Trusted& trusted, std::vector<Unjudged>& unjudged)
      : bundle_(bundle), trusted_(trusted), unjudged_(unjudged) {
    for (const auto& pem : trusted.signers) {
      auto key = PublicKey::from_pem(pem);
      const auto id = key.id();
      given_.emplace(id, std::move(key));
    }
  }

  Verification verify() {
    if (open_newest()) {
      note_sizes_held();
      check_tree();
      check_held();
    }
    // A whole ledger stands on its own feet: all that is checked at home is checked here.
    if (bundle_.whole())
      check_as_at_home();
    else
      check_apart();
    if (!given_.empty()) check_given();
    return std::move(result_);
  }

 private:
  void report(std::int64_t entry, std::string problem) {
    result_.problems.push_back({.entry = entry, .problem = std::move(problem)});
  }

  bool open_newest() {
    auto key = trusted_.log_key;
    if (key.empty() && bundle_.log_key.empty()) {
      report(-1, "nothing says which log it is of: no key of one is trusted");
      return false;
    }
    if (key.empty()) {
      report(-1, "nothing says that the log's key is the right one: it is the bundle's own word");
      key = bundle_.log_key;
    } else if (!bundle_.log_key.empty() && bundle_.log_key != key) {
      report(-1, "it says of itself that it is of another log, '" + bundle_.log_key + "'");
    }
    try {
      newest_ = open_checkpoint(bundle_.checkpoint, key);
      log_key_ = key;
      return true;
    } catch (const Error& error) {
      report(-1, error.message());
      return false;
    }
  }

  void check_tree() {
    if (bundle_.alone())
      result_.root = newest_.root;
    else
      check_root();
    for (const auto& one : bundle_.proven)
      if (!proves_inclusion(leaf_hash(bytes_of(one.envelope)), one.index,
                            {newest_.size, newest_.root}, one.path))
        report(one.index, "it is not in the tree that the checkpoint commits to");
  }

  void check_root() {
    auto next = bundle_.frontier.begin();
    auto frontier = Frontier::load(bundle_.from, [&](int, std::int64_t) {
      return next == bundle_.frontier.end() ? Digest() : *next++;
    });
    roots_[frontier.size()] = frontier.root();
    for (const auto& envelope : bundle_.envelopes) {
      frontier.append(leaf_hash(bytes_of(envelope)), [](const Node&) {});
      if (held_.contains(frontier.size())) roots_[frontier.size()] = frontier.root();
    }
    result_.root = frontier.root();
    if (frontier.size() != newest_.size)
      report(-1, fmt::format("the checkpoint commits to {} entries, but there are {}", newest_.size,
                             frontier.size()));
    else if (frontier.root() != newest_.root)
      report(-1, fmt::format("the root of the tree is {}, but the checkpoint commits to {}",
                             frontier.root().brief(), newest_.root.brief()));
  }

  void note_sizes_held() {
    for (const auto& note : trusted_.checkpoints) {
      try {
        held_.insert(open_checkpoint(note, log_key_).size);
      } catch (const Error&) {
        continue;  // `check_held` says so
      }
    }
  }

  void check_held() {
    for (const auto& note : trusted_.checkpoints) {
      try {
        const auto held = open_checkpoint(note, log_key_);
        const auto root = roots_.find(held.size);
        if (held.size > newest_.size)
          report(-1, fmt::format("a checkpoint that you hold commits to {} entries, this ends "
                                 "after {}: it was cut off",
                                 held.size, newest_.size));
        else if (root == roots_.end())
          report(-1, fmt::format("a checkpoint that you hold, of {} entries, is from before the "
                                 "first one here",
                                 held.size));
        else if (root->second != held.root)
          report(-1, fmt::format("a checkpoint that you hold commits to other first {} entries: "
                                 "history was rewritten",
                                 held.size));
      } catch (const Error& error) {
        report(-1, "a checkpoint that you hold: " + error.message());
      }
    }
  }

  void check_as_at_home() {
    Database database(":memory:", Database::Mode::create);
    migrate(database, ":memory:");
    fill(database, bundle_);
    auto found = verify_ledger(database);
    result_.entries = found.entries;
    for (auto& problem : found.problems)
      if (!says_already(problem)) result_.problems.push_back(std::move(problem));
    const auto beginning = find_beginning(database);
    if (beginning && !log_key_.empty() && beginning->log_key != log_key_)
      report(-1, "the ledger began with another log key than the one that signs its checkpoint");
  }

  [[nodiscard]] bool says_already(const Problem& problem) const {
    for (const auto& known : result_.problems)
      if (known.entry == problem.entry && known.problem == problem.problem) return true;
    return false;
  }

  void check_apart() {
    for (const auto& one : bundle_.proven) check(one.index, one.envelope);
    auto index = bundle_.from;
    for (const auto& envelope : bundle_.envelopes) check(index++, envelope);
    for (auto& problem : judge_part(bundle_, unjudged_))
      result_.problems.push_back(std::move(problem));
  }

  void check(std::int64_t index, const std::string& text) {
    ++result_.entries;
    try {
      const auto envelope = open_envelope(text);
      const auto entry = read_statement(envelope.payload);
      introduce(entry);
      if (entry.index != index)
        report(index, fmt::format("it was written as entry {}", entry.index));
      if (entry.key != envelope.key)
        report(index, "the statement names another key than the one that signed");
      if (repository_.empty()) repository_ = entry.repository;
      if (entry.repository != repository_)
        report(index, fmt::format("it was written for the repository '{}'", entry.repository));
      const auto signer = signers_.find(envelope.key);
      const auto given = given_.find(envelope.key);
      const auto* key = signer != signers_.end() ? &signer->second
                        : given != given_.end()  ? &given->second
                                                 : nullptr;
      if (key == nullptr)
        report(index, fmt::format("signed by '{}' with the unknown key {}", entry.actor,
                                  envelope.key.brief()));
      else if (!envelope.signed_by(*key))
        report(index, "the signature does not match the statement");
    } catch (const Error& error) {
      report(index, error.message());
    }
  }

  void introduce(const Entry& entry) {
    // Somebody may be introduced by themselves, by an administrator, or by the key that goes.
    if (!entry.predicate_type.starts_with("urn:mlo:identity")) return;
    const auto* pem = entry.predicate.find("public_key");
    if (pem == nullptr) return;
    auto key = PublicKey::from_pem(pem->as_string());
    const auto id = key.id();
    signers_.emplace(id, std::move(key));
  }

  /// Whoever names the keys that may sign takes no others, whatever the ledger says of them.
  void check_given() {
    const auto ask = [&](std::int64_t index, const std::string& text) {
      try {
        const auto envelope = open_envelope(text);
        if (!given_.contains(envelope.key))
          report(index, fmt::format("signed with the key {}, which is none of those you trust",
                                    envelope.key.brief()));
      } catch (const Error&) {
        return;  // reported already
      }
    };
    for (const auto& one : bundle_.proven) ask(one.index, one.envelope);
    auto index = bundle_.from;
    for (const auto& envelope : bundle_.envelopes) ask(index++, envelope);
  }

  const Bundle& bundle_;
  const Trusted& trusted_;
  std::vector<Unjudged>& unjudged_;
  std::map<Digest, PublicKey> given_;
  std::map<Digest, PublicKey> signers_;
  std::string log_key_;
  Checkpoint newest_;
  std::string repository_;
  std::map<std::int64_t, Digest> roots_;
  std::set<std::int64_t> held_;  // sizes of the checkpoints that were kept elsewhere
  Verification result_;
};

}  // namespace

Verification verify_bundle(const Bundle& bundle, const Trusted& trusted,
                           std::vector<Unjudged>& unjudged) {
  return BundleVerifier(bundle, trusted, unjudged).verify();
}

}  // namespace mlo::ledger
