#include "ledger/proof.h"

#include <map>

#include <catch2/catch.hpp>

#include "ledger/merkle.h"
#include "mlo/core/error.h"

using namespace mlo;
using namespace mlo::ledger;

namespace {

/// A tree kept as the ledger keeps it: leaves, and the complete subtrees above them.
struct Tree {
  std::map<std::pair<int, std::int64_t>, Digest> nodes;
  std::vector<Digest> roots{Digest::of("")};  ///< by size

  explicit Tree(std::int64_t size, const std::string& salt = "") {
    Frontier frontier;
    for (std::int64_t i = 0; i < size; ++i) {
      const auto leaf = leaf_hash(bytes_of(salt + std::to_string(i)));
      nodes[{0, i}] = leaf;
      frontier.append(leaf, [&](const Node& node) {
        nodes[{node.level, node.position}] = node.hash;
      });
      roots.push_back(frontier.root());
    }
  }
  [[nodiscard]] HashAt hash_at() const {
    return [this](int level, std::int64_t position) { return nodes.at({level, position}); };
  }
  [[nodiscard]] TreeHead head(std::int64_t size) const {
    return {size, roots.at(static_cast<std::size_t>(size))};
  }
};

constexpr std::int64_t kLeaves = 70;

}  // namespace

TEST_CASE("every entry of every tree is proven, and nothing else", "[proof]") {
  const Tree tree(kLeaves);
  for (std::int64_t size = 1; size <= kLeaves; ++size) {
    REQUIRE(root_of_first(size, tree.hash_at()) == tree.head(size).root);
    for (std::int64_t index = 0; index < size; ++index) {
      const auto path = inclusion_path(index, size, tree.hash_at());
      const auto& leaf = tree.nodes.at({0, index});
      REQUIRE(proves_inclusion(leaf, index, tree.head(size), path));
      REQUIRE_FALSE(proves_inclusion(leaf, index + 1, tree.head(size), path));
      REQUIRE_FALSE(proves_inclusion(leaf_hash(bytes_of("x")), index, tree.head(size), path));
      REQUIRE_FALSE(proves_inclusion(leaf, index, {size, Digest::of("x")}, path));
      auto longer = path;
      longer.push_back(leaf);
      REQUIRE_FALSE(proves_inclusion(leaf, index, tree.head(size), longer));
      if (path.empty()) continue;
      auto changed = path;
      changed[static_cast<std::size_t>(index) % path.size()] = Digest::of("y");
      REQUIRE_FALSE(proves_inclusion(leaf, index, tree.head(size), changed));
      REQUIRE_FALSE(proves_inclusion(leaf, index, tree.head(size), {path.begin(), path.end() - 1}));
    }
  }
}

TEST_CASE("a tree is the beginning of every later one and of no fork", "[proof]") {
  const Tree tree(kLeaves);
  const Tree fork(kLeaves, "fork");
  for (std::int64_t size = 1; size <= kLeaves; ++size)
    for (std::int64_t old_size = 0; old_size <= size; ++old_size) {
      const auto path = consistency_path(old_size, size, tree.hash_at());
      REQUIRE(proves_consistency(tree.head(old_size), tree.head(size), path));
      REQUIRE_FALSE(proves_consistency(tree.head(old_size), fork.head(size), path) !=
                    (old_size == 0));
      if (old_size > 0) {
        REQUIRE_FALSE(proves_consistency(fork.head(old_size), tree.head(size), path));
        REQUIRE_FALSE(proves_consistency(fork.head(old_size), tree.head(size),
                                         consistency_path(old_size, size, fork.hash_at())));
      }
      auto longer = path;
      longer.push_back(Digest::of("x"));
      REQUIRE_FALSE(proves_consistency(tree.head(old_size), tree.head(size), longer));
      if (path.empty()) continue;
      auto changed = path;
      changed.back() = Digest::of("y");
      REQUIRE_FALSE(proves_consistency(tree.head(old_size), tree.head(size), changed));
      REQUIRE_FALSE(
          proves_consistency(tree.head(old_size), tree.head(size), {path.begin(), path.end() - 1}));
    }
  CHECK_FALSE(proves_consistency(tree.head(9), tree.head(8), {}));
}

TEST_CASE("proofs are as short as the tree is high", "[proof]") {
  const Tree tree(kLeaves);
  CHECK(inclusion_path(0, 1, tree.hash_at()).empty());
  CHECK(inclusion_path(3, 64, tree.hash_at()).size() == 6);
  CHECK(consistency_path(64, 70, tree.hash_at()).size() == 1);
}

TEST_CASE("a proof file reads back what it writes", "[proof]") {
  const ProofFile proof{.entry = "{\"payload\":\"x\"}",
                        .index = 12,
                        .path = {Digest::of("a"), Digest::of("b")},
                        .checkpoint = "log\n13\nroot\n\n— log sig\n"};
  const auto text = write_proof(proof);
  CHECK(text.starts_with("c2sp.org/tlog-proof@v1\nextra eyJwYXlsb2FkIjoieCJ9\nindex 12\n"));
  const auto read = read_proof(text);
  CHECK(read.entry == proof.entry);
  CHECK(read.index == 12);
  CHECK(read.path == proof.path);
  CHECK(read.checkpoint == proof.checkpoint);
}

TEST_CASE("what is no proof file is refused", "[proof]") {
  const std::string text = GENERATE(
      "", "c2sp.org/tlog-proof@v1\n", "c2sp.org/tlog-proof@v1\nindex 1", "hello\n\n",
      "c2sp.org/tlog-proof@v1\nindex 01\n\nnote", "c2sp.org/tlog-proof@v1\nindex -1\n\nnote",
      "c2sp.org/tlog-proof@v1\nextra =\nindex 1\n\nnote",
      "c2sp.org/tlog-proof@v1\nextra YQ==\n\nnote",
      "c2sp.org/tlog-proof@v1\nindex 1\nYQ==\n\nnote");
  CHECK_THROWS_AS(read_proof(text), Error);
}
