#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "data/engine.h"
#include "data/source.h"
#include "mlo/core/error.h"

namespace mlo::data {

/// How a CSV file is written; quotes are doubled inside quotes, as in RFC 4180.
struct CsvDialect {
  char delimiter = ',';
  char quote = '"';
  bool header = true;  ///< its first record names the columns
  std::vector<std::string> names;
  std::map<std::string, DateFormat> dates = {};  ///< of columns that are not in ISO 8601
  std::map<std::string, std::vector<std::string>> missing = {};  ///< words for it, by column
};

/// Looks at the beginning of `file`, for what the options leave open. A column without a name is
/// called "column<position>". Throws bad_input for a name that appears twice.
CsvDialect read_dialect(Engine& engine, const std::filesystem::path& file, Format format,
                        const ReadOptions& options);

/// DuckDB's complaint about CSV text, told with file, line and column (of `names`).
Error explain_csv(Engine& engine, const Error& error, const Source& source,
                  const CsvDialect& dialect);

}  // namespace mlo::data
