#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/merkle.h"
#include "ledger/proof.h"
#include "mlo/core/database.h"
#include "mlo/ledger/proofs.h"

namespace mlo::ledger {

/// Entries of a ledger with what proves them.
struct Bundle {
  /// An entry by itself.
  struct Proven {
    std::int64_t index = 0;
    std::string envelope;
    std::vector<Digest> path;
  };

  std::string log_key;           ///< what it says itself
  std::string checkpoint;        ///< signed note
  std::int64_t from = 0;         ///< of the first of `envelopes`
  std::vector<Digest> frontier;  ///< complete subtrees before `from`, smallest first
  std::vector<Proven> proven;    ///< entries from before
  std::vector<std::string> envelopes;
  /// What promotions among its entries rest on came along, as it says itself.
  bool grounded = false;
  /// The whole ledger, from its first entry on.
  [[nodiscard]] bool whole() const { return from == 0 && proven.empty(); }
  /// Entries with their own proofs alone: nothing tells the tree that they are in.
  [[nodiscard]] bool alone() const { return from > 0 && frontier.empty() && envelopes.empty(); }
};

constexpr std::string_view kBundleStart = R"({"mlo_bundle":)";
std::string write_bundle(const Bundle& bundle);
/// Throws bad_input naming the line.
Bundle read_bundle(std::string_view text);
/// Throws bad_input when `folder` holds no tiles, integrity when they contradict each other.
Bundle read_tiles(const std::filesystem::path& folder);

/// Checks every hash and signature of `bundle` and, of a whole ledger, all that `verify_ledger`
/// does; of a part what `judge_part` can tell. What it cannot is added to `unjudged`.
Verification verify_bundle(const Bundle& bundle, const Trusted& trusted,
                           std::vector<Unjudged>& unjudged);
/// Puts a whole ledger into an empty database: entries, tree, checkpoint and views.
void fill(Database& database, const Bundle& bundle);

}  // namespace mlo::ledger
