#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/bytes.h"
#include "mlo/core/digest.h"

// Proofs about an RFC 6962 tree, made from its complete subtrees and checked from nothing but
// hashes (RFC 9162 §2.1.3 and §2.1.4).

namespace mlo::ledger {

/// The hash of the complete subtree over [position << level, (position + 1) << level); level 0: a
/// leaf.
using HashAt = std::function<Digest(int level, std::int64_t position)>;

/// The root of the first `size` leaves.
Digest root_of_first(std::int64_t size, const HashAt& hash_at);
/// The hashes beside the way from leaf `index` to the root of the first `size` leaves, leaf's
/// sibling first. O(log size) calls of `hash_at`. Needs index < size.
std::vector<Digest> inclusion_path(std::int64_t index, std::int64_t size, const HashAt& hash_at);
/// What shows that the tree of `old_size` leaves is the beginning of that of `size`: empty when one
/// of them is empty or both are the same. Needs old_size ≤ size.
std::vector<Digest> consistency_path(std::int64_t old_size, std::int64_t size,
                                     const HashAt& hash_at);

/// A tree, as a checkpoint commits to it.
struct TreeHead {
  std::int64_t size = 0;
  Digest root;
  auto operator<=>(const TreeHead&) const = default;
};
/// True when `path` shows that `leaf` is entry `index` of `head`'s tree.
bool proves_inclusion(const Digest& leaf, std::int64_t index, const TreeHead& head,
                      const std::vector<Digest>& path);
/// True when `path` shows that `old_head`'s tree is the beginning of `head`'s.
bool proves_consistency(const TreeHead& old_head, const TreeHead& head,
                        const std::vector<Digest>& path);

/// A proof to take along (C2SP tlog-proof): "c2sp.org/tlog-proof@v1", the entry itself as extra
/// data, its index, the inclusion path, and a checkpoint.
struct ProofFile {
  std::string entry;  ///< the envelope; not authenticated until its leaf hash is checked
  std::int64_t index = 0;
  std::vector<Digest> path;
  std::string checkpoint;  ///< signed note
};
constexpr std::string_view kProofHeader = "c2sp.org/tlog-proof@v1\n";
std::string write_proof(const ProofFile& proof);
/// Throws bad_input naming the line that is wrong.
ProofFile read_proof(std::string_view text);

/// The proof that a log went on from an older checkpoint, as witnesses take it (C2SP tlog-witness,
/// body of add-checkpoint): "old <size>", the consistency path, the newer checkpoint.
struct ConsistencyFile {
  std::int64_t old_size = 0;
  std::vector<Digest> path;
  std::string checkpoint;  ///< signed note
};
constexpr std::string_view kConsistencyStart = "old ";
std::string write_consistency(const ConsistencyFile& proof);
/// Throws bad_input naming the line that is wrong.
ConsistencyFile read_consistency(std::string_view text);

}  // namespace mlo::ledger
