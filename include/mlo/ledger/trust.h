#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "mlo/core/world.h"
#include "mlo/ledger/ledger.h"

// Whether a ledger is the one that this user saw in the same place last, gone on from there. What
// was seen is kept in the user's state folder, so that a restored or replaced `.mlo/` is noticed.

namespace mlo::ledger {

/// What is wrong with the ledger in `folder`; nothing when it is as seen last, or gone on from
/// there (which is then remembered), or seen for the first time.
std::optional<std::string> distrust(Ledger& ledger, const std::filesystem::path& folder,
                                    const World& world);
/// Throws integrity when there is a `distrust`.
void require_trust(Ledger& ledger, const std::filesystem::path& folder, const World& world);
/// Goes on with the ledger as it stands, or from the time that it is now where the last entry was
/// made by a clock that was ahead; an entry records it, with the reason and both checkpoints.
/// Throws conflict when nothing is wrong.
Entry accept(Ledger& ledger, const std::filesystem::path& folder, const World& world,
             const std::string& reason);

}  // namespace mlo::ledger
