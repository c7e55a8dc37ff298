#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mlo/workspace/repository.h"

// Checkpoints of the ledger that git keeps: whoever has the code's history can tell whether the
// ledger was cut off or rewritten.

namespace mlo::workspace {

struct Anchor {
  std::string place;  ///< "git tag mlo/audit/12"
  std::string note;   ///< the checkpoint, a signed note
};

enum class AnchorKind { tag, note };
/// Keeps `note` beside HEAD's commit: as the message of an annotated tag mlo/audit/[PROJECT/]SIZE,
/// or as a git note under refs/notes/mlo-audit[/PROJECT], where it replaces an older one.
/// Throws not_found outside git, conflict before the first commit.
Anchor write_anchor(Repository& repository, const std::string& note, std::int64_t size,
                    AnchorKind kind);
/// All that git keeps for this workspace; none outside git, or without libgit2.
std::vector<Anchor> anchors(const Repository& repository);

}  // namespace mlo::workspace
