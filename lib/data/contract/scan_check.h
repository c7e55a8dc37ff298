#pragma once

#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "mlo/data/contract.h"

namespace mlo::data {

/// All of a contract in one pass over files that keep it, without a table in memory. Nothing when
/// something is broken, or needs the rows' order or other tables: then `check` has to look.
std::optional<std::vector<CheckResult>> check_by_scan(const Contract& contract,
                                                      const std::filesystem::path& source,
                                                      std::string_view target,
                                                      const CheckSituation& situation,
                                                      const ReadOptions& reading);

}  // namespace mlo::data
