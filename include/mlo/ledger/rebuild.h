#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace mlo::ledger {

struct Rebuilt {
  std::int64_t entries = 0;
  std::int64_t rows = 0;             ///< of all views
  std::vector<std::string> changed;  ///< tables whose rows were not what the entries say
};
/// Makes all views of the ledger in `folder` anew from its entries alone, in one transaction:
/// tables, their indexes, the tree's inner nodes. Rows that something else than mlo wrote are gone;
/// what is no view (entries, checkpoint, tables of other rooms) stays. Throws integrity when the
/// entries are not those that the newest checkpoint commits to, or one cannot be read: views of a
/// forgery would look whole.
Rebuilt rebuild_views(const std::filesystem::path& folder);

}  // namespace mlo::ledger
