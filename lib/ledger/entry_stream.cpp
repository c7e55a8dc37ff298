#include "ledger/entry_stream.h"

#include <atomic>
#include <deque>
#include <future>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "ledger/merkle.h"
#include "ledger/prepared_key.h"
#include "ledger/statement.h"
#include "mlo/core/error.h"

namespace mlo::ledger {
namespace {

constexpr std::int64_t kBatch = 256;
constexpr std::size_t kWorthPreparing = 1000;  // so many checks cost what preparing a key spares

constexpr auto kNextEntries = R"sql(
  SELECT number, leaf, envelope FROM entry WHERE number >= ?1 ORDER BY number LIMIT ?2
)sql";

using Batch = std::vector<Candidate>;

Batch read_batch(Database& database, std::int64_t from) {
  return database.all(
      kNextEntries,
      [](const Row& row) {
        return Candidate{.number = row.get<std::int64_t>(0),
                         .leaf = row.get<Bytes>(1),
                         .text = row.get<std::string>(2)};
      },
      from, kBatch);
}

void open(Candidate& candidate, KeyRing& keys) {
  candidate.computed_leaf = leaf_hash(bytes_of(candidate.text));
  try {
    candidate.envelope = open_envelope(candidate.text);
    candidate.entry = read_statement(candidate.envelope.payload);
    candidate.entry->leaf = candidate.computed_leaf;
  } catch (const Error& error) {
    candidate.problem = error.message();
    return;
  }
  keys.take(*candidate.entry);
}

/// `spent` was visited: to give its memory back takes as long as a tenth of what visitors do.
Batch open_all(Batch batch, Batch spent, Signatures signatures, KeyRing& keys) {
  spent.clear();
  for (auto& candidate : batch) open(candidate, keys);
  if (signatures == Signatures::check) keys.check(batch);
  return batch;
}

/// A key, and how much it is asked for.
struct Held {
  explicit Held(PublicKey taken) : key(std::move(taken)) {}
  PublicKey key;

  void check(const std::vector<Candidate*>& candidates) {
    if ((asked_ += candidates.size()) < kWorthPreparing) {
      for (auto* candidate : candidates)
        candidate->signature_good = candidate->envelope.signed_by(key);
      return;
    }
    std::call_once(once_, [this] { prepared_ = PreparedKey::of(key); });
    std::vector<SignedDigest> batch;
    batch.reserve(candidates.size());
    for (const auto* candidate : candidates)
      batch.push_back({.message = candidate->envelope.signed_digest(),
                       .signature = candidate->envelope.signature});
    const auto good = prepared_ ? prepared_->verify(batch) : std::vector<bool>(batch.size());
    // Nobody is called a forger before OpenSSL has been asked in the usual way.
    for (std::size_t i = 0; i < batch.size(); ++i)
      candidates[i]->signature_good = good[i] || candidates[i]->envelope.signed_by(key);
  }

 private:
  std::atomic<std::size_t> asked_ = 0;
  std::once_flag once_;
  std::optional<PreparedKey> prepared_;
};

}  // namespace

struct KeyRing::State {
  mutable std::shared_mutex mutex;
  std::map<Digest, Held> keys;

  /// A map's values stay where they are, and none is ever removed.
  Held* find(const Digest& id) {
    const std::shared_lock lock(mutex);
    const auto found = keys.find(id);
    return found == keys.end() ? nullptr : &found->second;
  }
};

KeyRing::KeyRing() : state_(std::make_unique<State>()) {}
KeyRing::~KeyRing() = default;

void KeyRing::take(const Entry& entry) {
  const auto* pem = entry.predicate.find("public_key");
  if (pem == nullptr || !pem->is_string()) return;
  try {
    auto key = PublicKey::from_pem(pem->as_string());
    const auto id = key.id();
    const std::unique_lock lock(state_->mutex);
    state_->keys.try_emplace(id, std::move(key));
  } catch (const Error&) {
    // Its projection reports what is wrong with it.
    return;
  }
}

std::optional<bool> KeyRing::verifies(const Envelope& envelope) const {
  const auto* held = state_->find(envelope.key);
  return held == nullptr ? std::nullopt : std::optional(envelope.signed_by(held->key));
}

void KeyRing::check(std::span<Candidate> candidates) {
  std::map<Digest, std::vector<Candidate*>> by_key;
  for (auto& candidate : candidates)
    if (candidate.entry) by_key[candidate.envelope.key].push_back(&candidate);
  for (const auto& [id, signed_by_it] : by_key)
    if (auto* held = state_->find(id)) held->check(signed_by_it);
}

void each_candidate(Database& database, int threads, Signatures signatures, KeyRing& keys,
                    const std::function<void(Candidate&)>& visit) {
  std::deque<std::future<Batch>> working;
  std::int64_t next = 0;
  bool more = true;
  Batch spent;
  while (more || !working.empty()) {
    while (more && working.size() < static_cast<std::size_t>(threads) + 1) {
      auto batch = read_batch(database, next);
      more = !batch.empty();
      if (!more) break;
      next = batch.back().number + 1;
      working.push_back(std::async(std::launch::async, open_all, std::move(batch),
                                   std::exchange(spent, {}), signatures, std::ref(keys)));
    }
    if (working.empty()) return;
    auto batch = working.front().get();
    working.pop_front();
    for (auto& candidate : batch) visit(candidate);
    spent = std::move(batch);
  }
}

}  // namespace mlo::ledger
