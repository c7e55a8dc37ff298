#include "ledger/merkle.h"

#include <array>

namespace mlo::ledger {
namespace {

constexpr std::array kLeaf{std::byte{0}};
constexpr std::array kNode{std::byte{1}};

}  // namespace

Digest leaf_hash(BytesView entry) {
  return Hasher().update(kLeaf).update(entry).finish();
}

Digest node_hash(const Digest& left, const Digest& right) {
  return Hasher().update(kNode).update(left.bytes()).update(right.bytes()).finish();
}

Frontier Frontier::load(std::int64_t size,
                        const std::function<Digest(int, std::int64_t)>& hash_at) {
  Frontier frontier;
  frontier.size_ = size;
  for (int level = 0; size >> level > 0; ++level) {
    const auto subtrees = size >> level;
    frontier.levels_.emplace_back();
    if (subtrees % 2 == 1) frontier.levels_.back() = hash_at(level, subtrees - 1);
  }
  return frontier;
}

void Frontier::append(const Digest& leaf, const std::function<void(const Node&)>& completed) {
  auto position = size_++;
  Digest hash = leaf;
  for (std::size_t level = 0;; ++level) {
    if (level == levels_.size()) levels_.emplace_back();
    auto& left = levels_[level];
    if (!left) {
      left = hash;
      return;
    }
    hash = node_hash(*left, hash);
    left.reset();
    position /= 2;
    completed({.level = static_cast<int>(level) + 1, .position = position, .hash = hash});
  }
}

Digest Frontier::root() const {
  std::optional<Digest> root;
  for (const auto& subtree : levels_)
    if (subtree) root = root ? node_hash(*subtree, *root) : *subtree;
  return root ? *root : Digest::of(BytesView());
}

}  // namespace mlo::ledger
