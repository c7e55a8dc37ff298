#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "mlo/core/digest.h"

namespace mlo::ledger {

/// RFC 6962 §2.1: SHA-256(0x00 || entry). The prefixes keep a leaf from passing as a node.
Digest leaf_hash(BytesView entry);
/// RFC 6962 §2.1: SHA-256(0x01 || left || right).
Digest node_hash(const Digest& left, const Digest& right);

/// A complete subtree: it covers the entries [position << level, (position + 1) << level).
struct Node {
  int level = 0;
  std::int64_t position = 0;
  Digest hash;
};

/// The right edge of an RFC 6962 tree: all that is needed to append to it and to know its root.
class Frontier {
 public:
  /// The edge of a tree of `size` leaves; `hash_at(level, position)` finds its complete subtrees,
  /// one for each bit of `size` (level 0: a leaf).
  static Frontier load(std::int64_t size, const std::function<Digest(int, std::int64_t)>& hash_at);

  /// Appends a leaf; `completed` hears of every inner node that this completes, lower ones first.
  void append(const Digest& leaf, const std::function<void(const Node&)>& completed);
  [[nodiscard]] std::int64_t size() const { return size_; }
  /// The tree hash; SHA-256 of nothing when there is no leaf.
  [[nodiscard]] Digest root() const;

 private:
  std::int64_t size_ = 0;
  std::vector<std::optional<Digest>> levels_;  // like the bits of size_, lowest first
};

}  // namespace mlo::ledger
