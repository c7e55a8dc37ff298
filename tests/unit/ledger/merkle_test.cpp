#include "ledger/merkle.h"

#include <map>

#include <catch2/catch.hpp>

using namespace mlo;
using namespace mlo::ledger;

namespace {

// The eight leaves and roots of certificate-transparency's reference test (merkle_tree_test.cc).
const std::vector<std::string> kLeaves{"",
                                       "00",
                                       "10",
                                       "2021",
                                       "3031",
                                       "40414243",
                                       "5051525354555657",
                                       "606162636465666768696a6b6c6d6e6f"};
const std::vector<std::string> kRoots{
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

/// RFC 6962 §2.1 word by word: the largest power of two below the size goes left.
Digest root_by_definition(std::span<const Digest> leaves) {
  if (leaves.empty()) return Digest::of("");
  if (leaves.size() == 1) return leaves[0];
  std::size_t left = 1;
  while (left * 2 < leaves.size()) left *= 2;
  return node_hash(root_by_definition(leaves.first(left)),
                   root_by_definition(leaves.subspan(left)));
}

}  // namespace

TEST_CASE("roots are those of the reference implementation", "[merkle]") {
  Frontier frontier;
  CHECK(frontier.root().hex() ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (std::size_t i = 0; i < kLeaves.size(); ++i) {
    frontier.append(leaf_hash(from_hex(kLeaves[i])), [](const Node&) {});
    CHECK(frontier.root().hex() == kRoots[i]);
  }
}

TEST_CASE("a frontier loaded at any size goes on as if it had never been put away", "[merkle]") {
  std::vector<Digest> leaves;
  std::map<std::pair<int, std::int64_t>, Digest> nodes;
  for (int size = 0; size < 70; ++size) {
    auto frontier = Frontier::load(size, [&](int level, std::int64_t position) {
      return level == 0 ? leaves.at(static_cast<std::size_t>(position))
                        : nodes.at({level, position});
    });
    REQUIRE(frontier.size() == size);
    REQUIRE(frontier.root() == root_by_definition(leaves));
    leaves.push_back(leaf_hash(bytes_of(std::to_string(size))));
    frontier.append(leaves.back(), [&](const Node& node) {
      REQUIRE(nodes.emplace(std::pair(node.level, node.position), node.hash).second);
    });
    REQUIRE(frontier.root() == root_by_definition(leaves));
  }
}
