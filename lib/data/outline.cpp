#include "data/outline.h"

#include <fmt/core.h>

#include "data/csv_file.h"
#include "data/engine.h"
#include "data/load_csv.h"
#include "data/source.h"

namespace mlo::data {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kSmallText = 8U << 20U;
constexpr std::uint64_t kSmallParquet = 1U << 20U;  // it may hold many equal values
constexpr std::uint64_t kCompression = 4;           ///< of text, by gzip and zstd
constexpr std::uint64_t kBytesPerValue = 12;        ///< between a number and a short text

/// Not worth the 10 ms of a look: whatever is in there will be read at once.
bool is_small(const fs::path& file) {
  std::error_code problem;
  const bool is_text = !is_compressed(file) && format_of(file) != Format::parquet;
  return fs::is_regular_file(file, problem) &&
         fs::file_size(file, problem) < (is_text ? kSmallText : kSmallParquet);
}

/// Text takes about half as much again as its file.
Outline outline_of_csv(Engine& engine, const Source& source, const ReadOptions& reading) {
  Outline outline{.names = read_dialect(engine, source.files[0], source.format, reading).names};
  for (const auto& file : source.files)
    outline.size_bytes += fs::file_size(file) * (is_compressed(file) ? kCompression : 1) * 3 / 2;
  return outline;
}

Outline outline_of_parquet(Engine& engine, const Source& source) {
  Outline outline;
  for (const auto& row :
       engine.rows(fmt::format("SELECT column_name FROM (DESCRIBE SELECT * FROM read_parquet({}))",
                               sql_file(source.files[0]))))
    outline.names.push_back(row[0].value_or(""));
  const auto rows =
      engine.counts(fmt::format("SELECT count(*) FROM read_parquet({}, union_by_name={})",
                                file_list(source), source.files.size() > 1));
  outline.size_bytes =
      static_cast<std::uint64_t>(rows.at(0).at(0)) * outline.names.size() * kBytesPerValue;
  return outline;
}

}  // namespace

std::optional<Outline> outline_of(const TableFile& file) {
  if (is_small(file.path)) return std::nullopt;
  Engine engine(1);
  const auto source = find_source(engine, file.path, file.reading.format);
  try {
    switch (source.format) {
      case Format::csv:
      case Format::tsv: return outline_of_csv(engine, source, file.reading);
      case Format::parquet: return outline_of_parquet(engine, source);
      case Format::json_lines: break;
    }
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    // Reading it will tell what is wrong with it.
  }
  return std::nullopt;
}

}  // namespace mlo::data
