#include "data/scan.h"

#include <algorithm>

#include <fmt/core.h>

#include "data/convert.h"
#include "data/date_format.h"
#include "data/load_csv.h"
#include "data/source.h"
#include "mlo/core/text.h"

namespace mlo::data {

namespace fs = std::filesystem;

namespace {

std::optional<std::vector<Column>> scan_csv(Engine& engine, const Source& source,
                                            const ReadOptions& options) {
  const auto names_in = [&](const fs::path& file) {
    return read_dialect(engine, file, source.format, options).names;
  };
  const auto dialect = read_dialect(engine, source.files[0], source.format, options);
  check_same_names(source, dialect.names, names_in);
  // The engine's own conversion knows ISO 8601 alone, and takes 1/2/24 for a day of the year 1.
  if (std::ranges::any_of(options.dates, [](const auto& date) { return !is_iso(date.second); }))
    return std::nullopt;
  std::vector<Column> columns;
  std::vector<std::string> types;
  bool declared = false;
  for (const auto& name : dialect.names) {
    const auto known = options.types.find(name);
    const bool is_declared = known != options.types.end() && known->second != ColumnType::other;
    columns.push_back({name, is_declared ? known->second : ColumnType::text});
    types.emplace_back(engine_type(columns.back().type));
    declared = declared || is_declared;
  }
  if (!declared) return std::nullopt;
  engine.run("CREATE VIEW t AS " + select_csv(types, TypesBy::declaration, source, dialect,
                                              wanted_places(dialect.names, {}, source)));
  return columns;
}

std::vector<Column> scan_parquet(Engine& engine, const Source& source) {
  const auto reading =
      fmt::format("read_parquet({}, union_by_name={})", file_list(source), source.files.size() > 1);
  std::vector<Column> columns;
  std::vector<std::string> names;
  for (const auto& row : engine.rows(
           "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM " + reading + ")")) {
    names.push_back(fmt::format("c{}", columns.size()));
    columns.push_back({row[0].value_or(""), column_type(row[1].value_or(""))});
  }
  engine.run(fmt::format("CREATE VIEW t AS SELECT * FROM (SELECT * FROM {}) AS s({})", reading,
                         join(names, ", ")));
  return columns;
}

}  // namespace

std::optional<Loaded> open_scan(Engine& engine, const fs::path& source,
                                const ReadOptions& options) {
  const auto found = find_source(engine, fs::absolute(source), options.format);
  engine.tell(listener_to(found, options.progress));
  std::vector<std::string> allowed;
  for (const auto& file : found.files) allowed.push_back(sql_text(file.string()));
  engine.run(fmt::format("SET allowed_paths = [{}]", join(allowed, ", ")));
  std::optional<std::vector<Column>> columns;
  switch (found.format) {
    case Format::csv:
    case Format::tsv: columns = scan_csv(engine, found, options); break;
    case Format::parquet: columns = scan_parquet(engine, found); break;
    case Format::json_lines: break;
  }
  if (!columns) return std::nullopt;
  return Loaded{*std::move(columns), {.format = found.format, .files = found.files.size()}};
}

}  // namespace mlo::data
