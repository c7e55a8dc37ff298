#include "mlo/data/parquet.h"

#include <fcntl.h>
#include <fmt/format.h>

#include "data/engine.h"
#include "mlo/core/error.h"
#include "mlo/core/file.h"

namespace mlo::data {
namespace {

constexpr std::size_t kWrittenAtOnce = 1U << 20U;

std::string_view sql_type(ColumnType type) {
  switch (type) {
    case ColumnType::boolean: return "BOOLEAN";
    case ColumnType::integer: return "BIGINT";
    case ColumnType::number: return "DOUBLE";
    case ColumnType::date: return "DATE";
    case ColumnType::timestamp: return "TIMESTAMPTZ";
    case ColumnType::text:
    case ColumnType::other: break;
  }
  return "VARCHAR";
}

/// The rows as DuckDB reads them: a line of JSON each.
void write_rows(const std::vector<MadeColumn>& columns, const std::filesystem::path& target) {
  auto file = File::open(target, O_WRONLY | O_CREAT | O_EXCL, 0600);
  std::string lines;
  const auto rows = columns.empty() ? 0 : columns.front().values.size();
  for (std::size_t row = 0; row < rows; ++row) {
    Json object = Json::object();
    for (const auto& column : columns) object.append(column.name, column.values.at(row));
    lines += object.dump() + "\n";
    if (lines.size() < kWrittenAtOnce && row + 1 < rows) continue;
    file.write_all(bytes_of(lines));
    lines.clear();
  }
}

}  // namespace

std::string to_parquet(const std::vector<MadeColumn>& columns, const std::filesystem::path& scratch,
                       const World& world) {
  const TemporaryFolder folder(scratch, world);
  const auto rows = folder.path() / "rows.jsonl";
  const auto made = folder.path() / "made.parquet";
  write_rows(columns, rows);
  std::string types;
  for (const auto& column : columns)
    types += fmt::format("{}{}: '{}'", types.empty() ? "" : ", ", sql_text(column.name),
                         sql_type(column.type));
  Engine engine(1, scratch);
  engine.run("SET TimeZone = 'UTC'");
  engine.run(
      fmt::format("COPY (SELECT * FROM read_json({}, format = 'newline_delimited', columns "
                  "= {{{}}})) TO {} (FORMAT parquet, COMPRESSION zstd)",
                  sql_file(rows), types, sql_text(made.string())));
  return read_file(made);
}

}  // namespace mlo::data
