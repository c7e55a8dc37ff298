#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "mlo/data/contract.h"

namespace mlo::data {

/// The lines, from 1, on which the rows (from 1, ascending) of one CSV, TSV or JSON lines file
/// begin. Nothing for other formats and quotes, folders, compressed files and those over 256 MB,
/// whose rows would have to be read once more.
std::vector<std::int64_t> lines_of(const std::filesystem::path& source,
                                   std::span<const std::int64_t> rows,
                                   const ReadOptions& reading = {});

/// Fills in `lines` of every sample, reading the file once.
void locate_samples(std::vector<CheckResult>& results, const std::filesystem::path& source,
                    const ReadOptions& reading = {});

/// Begins the messages of results that have a sample with where it is: "3 rows: lines 5, 9, 12".
void tell_samples(std::vector<CheckResult>& results);

}  // namespace mlo::data
