#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "mlo/data/table_diff.h"
#include "mlo/workspace/references.h"

namespace mlo::workspace {

/// One file that is not the same on both sides.
struct FileDifference {
  std::string path;
  std::string change;     ///< added, removed, modified, renamed
  std::string from = {};  ///< renamed: the path before
  std::optional<Digest> before;
  std::optional<Digest> after;
  std::uint64_t size_before = 0;  ///< bytes; 0 when there is none
  std::uint64_t size_after = 0;
  std::optional<data::TableDifference> table;  ///< of a modified table
  std::string note = {};  ///< why there is none: "collected …", what is malformed
};

struct Difference {
  std::string before;                 ///< "mlo.lock", "data/train.csv@v1", "git HEAD~1"
  std::string after;                  ///< "workspace", …
  std::vector<FileDifference> files;  ///< by path
};

enum class Tables { look_into, leave };

/// Compares two recorded states, or one with the workspace. `words` are what was typed: up to two
/// sides, then paths to which the answer is limited. A side is PATH@VERSION, git:REV (or a revision
/// that is no path), @TAG (every dataset that has it), @lock. No side: mlo.lock and the workspace;
/// one: that and the workspace.
/// Throws not_found for a word that is none of these.
Difference diff(Repository& repository, const std::vector<Typed>& words, Tables tables,
                const std::stop_token& stop);

}  // namespace mlo::workspace
