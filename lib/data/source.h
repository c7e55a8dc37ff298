#pragma once

#include <filesystem>
#include <optional>
#include <vector>

namespace mlo::data {

enum class Format { csv, tsv, parquet, json_lines };

/// The files that make up one table.
struct Source {
  Format format = Format::csv;
  std::vector<std::filesystem::path> files;  ///< in order of name; at least one
};

/// The format that a name promises, with or without ".gz" (not for Parquet).
std::optional<Format> format_of(const std::filesystem::path& file);
bool is_compressed(const std::filesystem::path& file);

/// One file, or all table files below a folder: hidden ones and other files are left out.
/// Throws not_found, and bad_input for formats that are mixed, unknown, or an empty file.
Source find_source(const std::filesystem::path& source);

}  // namespace mlo::data
