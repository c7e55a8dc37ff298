#include "data/csv_file.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <string_view>

#include <fcntl.h>

#include "data/csv_text.h"
#include "mlo/core/file.h"
#include "mlo/core/text.h"

namespace mlo::data {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kHeadBytes = 256U << 10U;
constexpr std::size_t kMaxHeadBytes = 16U << 20U;
constexpr std::uint64_t kMaxLookBytes = 1ULL << 30U;
constexpr std::int64_t kHeadLines = 200;
constexpr std::int64_t kMaxLookLines = 10'000'000;

std::string read_head(const fs::path& path, std::size_t size) {
  auto file = File::open(path, O_RDONLY);
  std::string head(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    const auto got = file.read(std::as_writable_bytes(std::span(head)).subspan(filled));
    if (got == 0) break;
    filled += got;
  }
  head.resize(filled);
  return head;
}

CsvDialect dialect_of(std::string_view head, Format format, const ReadOptions& options) {
  CsvDialect dialect{.quote = options.quote.value_or('"'), .header = options.header, .names = {}};
  dialect.delimiter = options.delimiter       ? *options.delimiter
                      : format == Format::tsv ? '\t'
                                              : sniff_delimiter(head, dialect.quote);
  if (auto header = CsvText(head, dialect.delimiter, dialect.quote).next())
    dialect.names = std::move(header->fields);
  if (!dialect.header) std::ranges::fill(dialect.names, std::string());
  return dialect;
}

/// The header of a file that we can read ourselves; more is read until its record is complete.
CsvDialect dialect_of_file(const fs::path& path, Format format, const ReadOptions& options) {
  for (std::size_t size = kHeadBytes;; size *= 8) {
    const auto head = read_head(path, size);
    auto dialect = dialect_of(head, format, options);
    const bool is_whole = head.size() < size;
    const auto header = CsvText(head, dialect.delimiter, dialect.quote).next();
    if (is_whole || (header && header->complete)) return dialect;
    if (size >= kMaxHeadBytes)
      throw Error(ErrorKind::bad_input, "'{}' has no header in its first {} bytes", path.string(),
                  size);
  }
}

/// The lines of a compressed file, as DuckDB unpacks them: each one is a single unquoted field.
std::string unpacked(Engine& engine, const fs::path& path, std::int64_t max_lines) {
  std::string text;
  for (const auto& line : engine.texts(fmt::format(
           "SELECT line FROM read_csv({}, auto_detect=false, header=false, delim='\x01', quote='', "
           "escape='', columns={{'line': 'VARCHAR'}}) LIMIT {}",
           sql_file(path), max_lines)))
    text += line.value_or("") + '\n';
  return text;
}

/// The text between `before` and `after` in `message`.
std::optional<std::string> between(std::string_view message, std::string_view before,
                                   std::string_view after) {
  const auto begin = message.find(before);
  if (begin == std::string_view::npos) return std::nullopt;
  const auto rest = message.substr(begin + before.size());
  const auto end = rest.find(after);
  if (end == std::string_view::npos) return std::nullopt;
  return std::string(rest.substr(0, end));
}

std::string_view noun_of_engine_type(std::string_view type) {
  if (type == "DOUBLE") return "a number";
  if (type == "BIGINT") return "a whole number";
  if (type == "BOOLEAN") return "true or false";
  if (type == "DATE") return "a date";
  return type.starts_with("TIMESTAMP") ? "a time" : "a value of its type";
}

std::optional<Error> explain_conversion(const std::string& message, const Source& source,
                                        const CsvDialect& dialect) {
  const auto line = between(message, "CSV Error on Line: ", "\n");
  const auto column = between(message, "Error when converting column \"c", "\"");
  const auto text = between(message, "Could not convert string \"", "\" to '");
  const auto type = between(message, "\" to '", "'");
  if (!line || !column || !text || !type) return std::nullopt;
  std::size_t index = 0;
  std::from_chars(column->data(), column->data() + column->size(), index);
  if (index >= dialect.names.size()) return std::nullopt;
  const auto file = between(message, "  file = ", "\n").value_or(source.files[0].string());
  return Error(ErrorKind::bad_input, "{}:{}: column {} '{}' holds '{}', which is not {}", file,
               *line, index + 1, dialect.names[index], *text, noun_of_engine_type(*type))
      .hint("correct that line, or the column's type in the schema");
}

/// The whole text of `file`, when it is small enough to look at.
std::optional<std::string> text_of_file(Engine& engine, const fs::path& file) {
  try {
    if (is_compressed(file)) return unpacked(engine, file, kMaxLookLines);
    return read_file(file, kMaxLookBytes);
  } catch (const Error&) {
    return std::nullopt;  // the first error is the one to tell
  }
}

std::optional<Error> explain_by_looking(Engine& engine, const fs::path& file,
                                        const CsvDialect& dialect) {
  const char delimiter = dialect.delimiter;
  const auto text = text_of_file(engine, file);
  const auto problem = text ? find_problem(*text, delimiter, dialect.quote) : std::nullopt;
  if (!problem) return std::nullopt;
  Error error(ErrorKind::bad_input, "{}:{}: {}", file.string(), problem->line, problem->what);
  if (problem->what.find("UTF-8") != std::string::npos) {
    const bool is_wide = text->starts_with("\xFF\xFE") || text->starts_with("\xFE\xFF");
    return error.hint("convert it: iconv -f {} -t UTF-8 '{}'", is_wide ? "UTF-16" : "LATIN1",
                      file.string());
  }
  if (problem->row_fields > 0)
    return error.hint("all rows have {}: name each of them in the first line",
                      format_count(static_cast<std::int64_t>(problem->row_fields), "column"));
  return error.hint("put double quotes around a field that holds '{}', a quote or a line end",
                    delimiter == '\t' ? std::string("\\t") : std::string(1, delimiter));
}

}  // namespace

CsvDialect read_dialect(Engine& engine, const fs::path& file, Format format,
                        const ReadOptions& options) {
  auto dialect = is_compressed(file)
                     ? dialect_of(unpacked(engine, file, kHeadLines), format, options)
                     : dialect_of_file(file, format, options);
  if (dialect.names.empty())
    throw Error(ErrorKind::bad_input, "'{}' is empty: not even a header", file.string())
        .hint("write the column names as its first line");
  std::set<std::string> seen;
  for (std::size_t i = 0; i < dialect.names.size(); ++i) {
    auto& name = dialect.names[i];
    if (name.empty()) name = fmt::format("column{}", i + 1);
    if (!seen.insert(name).second)
      throw Error(ErrorKind::bad_input, "{}:1: column {} '{}' has the name of an earlier one",
                  file.string(), i + 1, name)
          .hint("give each column its own name");
  }
  return dialect;
}

Error explain_csv(Engine& engine, const Error& error, const Source& source,
                  const CsvDialect& dialect) {
  if (error.kind() != ErrorKind::bad_input) return error;
  if (auto known = explain_conversion(error.message(), source, dialect)) return *known;
  for (const auto& file : source.files)
    if (auto seen = explain_by_looking(engine, file, dialect)) return *seen;
  const auto& message = error.message();
  return Error(ErrorKind::bad_input, "{}: {}", source.files[0].string(),
               message.substr(0, message.find('\n')))
      .hint("write it as UTF-8 CSV with one header line and quotes as in RFC 4180");
}

}  // namespace mlo::data
