#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "mlo/data/table.h"
#include "mlo/workspace/table_source.h"
#include "session.h"

namespace mlo::cmd {

/// What every command that reads a table lets people say about how it is written.
struct TableOptions {
  std::string format;
  std::string delimiter;
  std::string quote;
  bool no_header = false;

  /// Binds --format, --delimiter, --quote and --no-header.
  void add_to(CLI::App& command);
  /// Throws usage for what is no format or no single character.
  [[nodiscard]] data::ReadOptions reading(Session& session) const;
};

/// The place of what was typed as SOURCE.
workspace::TableSource find_table(Session& session, const std::string& typed);
/// How that table will be read; `source` must outlive the reading.
data::TableFile file_of(Session& session, const workspace::TableSource& source,
                        const TableOptions& options);
/// The table that was typed as SOURCE.
data::Table open_table(Session& session, const std::string& typed, const TableOptions& options);

/// What SOURCE may be, for help pages.
inline constexpr auto kSourceHelp =
    "File, folder or 'pattern*' of CSV, TSV, JSON lines or Parquet; PATH@VERSION; digest; - is "
    "standard input";

}  // namespace mlo::cmd
