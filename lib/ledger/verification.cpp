#include "ledger/verification.h"

#include <map>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "ledger/checkpoint.h"
#include "ledger/entry_stream.h"
#include "ledger/merkle.h"
#include "ledger/policy/judge.h"
#include "ledger/record_kind.h"
#include "ledger/records/acceptance.h"
#include "ledger/records/identity_change.h"
#include "ledger/records/repository.h"
#include "ledger/schema.h"
#include "ledger/statement.h"
#include "ledger/stored_tree.h"
#include "ledger/view_comparison.h"
#include "ledger/writer.h"
#include "mlo/core/error.h"

namespace mlo::ledger {
namespace {

constexpr std::size_t kMaxProblems = 1000;
constexpr auto kNodes = "SELECT level, position, hash FROM node ORDER BY level, position";
constexpr auto kCheckpoint = "SELECT size, root, note FROM checkpoint";

class Verifier {
 public:
  explicit Verifier(Database& database)
      : database_(database),
        rebuilt_(":memory:", Database::Mode::create),
        judge_({.views = rebuilt_, .entries = database}) {
    migrate(rebuilt_, ":memory:");
    // The rows of `entry` are not rebuilt, so nothing can refer to them.
    rebuilt_.execute("PRAGMA foreign_keys = OFF");
  }

  Verification verify() {
    // One state of the database for the whole check, while others go on writing.
    const ReadSnapshot snapshot(database_);
    check_database();
    rebuilt_.execute("BEGIN");
    const auto threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    each_candidate(database_, threads, Signatures::check, keys_,
                   [this](const Candidate& candidate) { check(candidate); });
    rebuilt_.execute("COMMIT");
    check_beginning();
    check_nodes();
    check_checkpoint();
    compare_views(database_, rebuilt_, reporter());
    result_.root = frontier_.root();
    if (dropped_ > 0)
      result_.problems.push_back({.problem = fmt::format("and {} more problems", dropped_)});
    return std::move(result_);
  }

 private:
  void report(std::int64_t entry, std::string problem) {
    if (result_.problems.size() >= kMaxProblems)
      ++dropped_;
    else
      result_.problems.push_back({.entry = entry, .problem = std::move(problem)});
  }
  Report reporter() {
    return [this](std::int64_t entry, std::string problem) { report(entry, std::move(problem)); };
  }

  void check_database() {
    database_.each("PRAGMA quick_check(10)", {}, [this](const Row& row) {
      const auto finding = row.get<std::string>(0);
      if (finding != "ok") report(-1, "SQLite finds: " + finding);
    });
    compare_schemas(database_, rebuilt_, reporter());
  }

  /// In order, as a signer must be introduced no later than by the entry that it signs.
  void introduce(const Entry& entry) {
    if (entry.predicate_type != "urn:mlo:identity:v1" &&
        entry.predicate_type != kIdentityChangeType)
      return;
    const auto* pem = entry.predicate.find("public_key");
    if (pem == nullptr) return;
    try {
      signers_[PublicKey::from_pem(pem->as_string()).id()].insert(
          entry.predicate.at("name").as_string());
    } catch (const Error&) {
      // Its projection reports what is wrong with it.
      return;
    }
  }

  void check(const Candidate& candidate) {
    if (candidate.number != next_)
      report(next_, candidate.number == next_ + 1
                        ? "the entry is missing"
                        : fmt::format("the entries up to {} are missing", candidate.number - 1));
    next_ = candidate.number + 1;
    ++result_.entries;
    if (candidate.leaf != to_bytes(text_of(candidate.computed_leaf.bytes())))
      report(candidate.number, "the envelope is not the one that its leaf hash was made of");
    frontier_.append(candidate.computed_leaf, [this](const Node& node) {
      const auto level = static_cast<std::size_t>(node.level);
      if (nodes_.size() < level) nodes_.resize(level);
      nodes_[level - 1].push_back(node.hash);
    });
    if (!candidate.entry) {
      report(candidate.number, candidate.problem);
      return;
    }
    introduce(*candidate.entry);
    check_statement(candidate);
    try {
      if (const auto objection = judge_.objection(*candidate.entry))
        report(candidate.number, "it was not allowed: " + objection->why);
      project(rebuilt_, *candidate.entry);
    } catch (const Error& error) {
      report(candidate.number, "its predicate is not valid: " + error.message());
    }
  }

  [[nodiscard]] bool is_signed(const Candidate& candidate) const {
    if (candidate.signature_good) return *candidate.signature_good;
    // A batch may have been opened before the one that brought its key.
    return keys_.verifies(candidate.envelope).value_or(false);
  }

  void check_statement(const Candidate& candidate) {
    const auto& entry = *candidate.entry;
    const auto known = signers_.find(candidate.envelope.key);
    if (known == signers_.end() || !known->second.contains(entry.actor))
      report(candidate.number, fmt::format("signed by '{}' with the unknown key {}", entry.actor,
                                           candidate.envelope.key.brief()));
    else if (!is_signed(candidate))
      report(candidate.number, "the signature does not match the statement");
    if (entry.key != candidate.envelope.key)
      report(candidate.number, "the statement names another key than the one that signed");
    if (entry.index != candidate.number)
      report(candidate.number, fmt::format("it was written as entry {}", entry.index));
    if (repository_.empty()) repository_ = entry.repository;
    if (entry.repository != repository_)
      report(candidate.number, fmt::format("it was written for the repository '{}', not '{}'",
                                           entry.repository, repository_));
    if (accepts_clock(entry.predicate_type, entry.predicate, candidate.number))
      newest_ = entry.time;
    if (entry.time.microseconds < newest_.microseconds - kClockSlackMicroseconds)
      report(candidate.number, fmt::format("its time, {}, is before that of earlier entries, {}",
                                           entry.time.brief(), newest_.brief()));
    newest_ = std::max(newest_, entry.time);
  }

  void check_beginning() {
    beginning_ = find_beginning(rebuilt_);
    if (!beginning_)
      report(-1, "no entry says how the ledger began");
    else if (beginning_->id != repository_)
      report(-1, fmt::format("the ledger began as '{}', but its entries are of '{}'",
                             beginning_->id, repository_));
  }

  void check_nodes() {
    std::vector<std::vector<bool>> found;
    for (const auto& level : nodes_) found.emplace_back(level.size());
    database_.each(kNodes, {}, [&](const Row& row) {
      const auto level = static_cast<std::uint64_t>(row.get<std::int64_t>(0)) - 1;
      const auto position = static_cast<std::uint64_t>(row.get<std::int64_t>(1));
      if (level >= nodes_.size() || position >= nodes_[level].size() || found[level][position])
        return report(-1, fmt::format("the tree has a node at level {}, position {} that covers "
                                      "nothing",
                                      row.get<std::int64_t>(0), row.get<std::int64_t>(1)));
      found[level][position] = true;
      if (row.get<Bytes>(2) != to_bytes(text_of(nodes_[level][position].bytes())))
        report(-1,
               fmt::format("the tree's node at level {}, position {} does not match its entries",
                           level + 1, position));
    });
    for (std::size_t level = 0; level < found.size(); ++level)
      for (std::size_t position = 0; position < found[level].size(); ++position)
        if (!found[level][position])
          report(-1, fmt::format("the tree's node at level {}, position {} is missing", level + 1,
                                 position));
  }

  void check_checkpoint() {
    struct Stored {
      std::int64_t size;
      Bytes root;
      std::string note;
    };
    const auto stored = database_.one(kCheckpoint, [](const Row& row) {
      return Stored{row.get<std::int64_t>(0), row.get<Bytes>(1), row.get<std::string>(2)};
    });
    if (!stored) return report(-1, "the checkpoint is missing");
    if (!beginning_) return;
    try {
      const auto key = read_verifier_key(beginning_->log_key, beginning_->origin);
      const auto checkpoint = read_checkpoint(stored->note, beginning_->origin, key);
      if (checkpoint.size != stored->size ||
          checkpoint.root.bytes().size() != stored->root.size() ||
          Digest::from_bytes(stored->root) != checkpoint.root)
        report(-1, "the stored size and root are not those of the signed checkpoint");
      if (checkpoint.size != frontier_.size())
        report(-1, fmt::format("the checkpoint commits to {} entries, but there are {}",
                               checkpoint.size, frontier_.size()));
      else if (checkpoint.root != frontier_.root())
        report(-1, fmt::format("the root of the tree is {}, but the checkpoint commits to {}",
                               frontier_.root().brief(), checkpoint.root.brief()));
    } catch (const Error& error) {
      report(-1, error.message());
    }
  }

  Database& database_;
  Database rebuilt_;
  Judge judge_;
  Verification result_;
  std::size_t dropped_ = 0;
  std::int64_t next_ = 0;
  KeyRing keys_;
  std::map<Digest, std::set<std::string>> signers_;  // names under which a key may sign
  std::string repository_;
  Timestamp newest_;
  Frontier frontier_;
  std::vector<std::vector<Digest>> nodes_;  // of level 1, 2, … in the order of their positions
  std::optional<Beginning> beginning_;
};

}  // namespace

Verification verify_ledger(Database& database) {
  return Verifier(database).verify();
}

}  // namespace mlo::ledger
