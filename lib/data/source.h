#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "data/engine.h"
#include "mlo/data/table.h"

namespace mlo::data {

/// The files that make up one table.
struct Source {
  Format format = Format::csv;
  std::vector<std::filesystem::path> files;  ///< in order of name; at least one
};

/// The format that a name promises, with or without ".gz" or ".zst" (not for Parquet).
std::optional<Format> format_of(const std::filesystem::path& file);
bool is_compressed(const std::filesystem::path& file);

/// One file, all table files below a folder (hidden ones and other files are left out), or those
/// that a pattern names. `format` replaces what the names promise. Throws not_found, and bad_input
/// for formats that are mixed or unknown, or an empty file.
Source find_source(Engine& engine, const std::filesystem::path& source,
                   std::optional<Format> format);

/// For statements that read all of `source`; nobody where nobody listens, or where so little is
/// read that it is told at once.
Listener listener_to(const Source& source, Progress* progress);

}  // namespace mlo::data
