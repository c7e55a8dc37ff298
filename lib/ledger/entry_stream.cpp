#include "ledger/entry_stream.h"

#include <deque>
#include <future>
#include <map>
#include <shared_mutex>

#include "ledger/merkle.h"
#include "ledger/statement.h"
#include "mlo/core/error.h"

namespace mlo::ledger {
namespace {

constexpr std::int64_t kBatch = 256;

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

void open(Candidate& candidate, Signatures signatures, KeyRing& keys) {
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
  if (signatures == Signatures::check) candidate.signature_good = keys.verifies(candidate.envelope);
}

Batch open_all(Batch batch, Signatures signatures, KeyRing& keys) {
  for (auto& candidate : batch) open(candidate, signatures, keys);
  return batch;
}

}  // namespace

struct KeyRing::State {
  mutable std::shared_mutex mutex;
  std::map<Digest, PublicKey> keys;
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
  const PublicKey* key = nullptr;
  {
    const std::shared_lock lock(state_->mutex);
    const auto found = state_->keys.find(envelope.key);
    if (found == state_->keys.end()) return std::nullopt;
    key = &found->second;  // a map's values stay where they are, and none is ever removed
  }
  return envelope.signed_by(*key);
}

void each_candidate(Database& database, int threads, Signatures signatures, KeyRing& keys,
                    const std::function<void(Candidate&)>& visit) {
  std::deque<std::future<Batch>> working;
  std::int64_t next = 0;
  bool more = true;
  while (more || !working.empty()) {
    while (more && working.size() < static_cast<std::size_t>(threads) + 1) {
      auto batch = read_batch(database, next);
      more = !batch.empty();
      if (!more) break;
      next = batch.back().number + 1;
      working.push_back(
          std::async(std::launch::async, open_all, std::move(batch), signatures, std::ref(keys)));
    }
    if (working.empty()) return;
    auto batch = working.front().get();
    working.pop_front();
    for (auto& candidate : batch) visit(candidate);
  }
}

}  // namespace mlo::ledger
