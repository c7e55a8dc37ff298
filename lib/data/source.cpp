#include "data/source.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "mlo/core/error.h"

namespace mlo::data {

namespace fs = std::filesystem;

namespace {

constexpr std::array<std::pair<std::string_view, Format>, 5> kEndings = {{
    {".csv", Format::csv},
    {".tsv", Format::tsv},
    {".parquet", Format::parquet},
    {".jsonl", Format::json_lines},
    {".ndjson", Format::json_lines},
}};
constexpr auto kKnown =
    "tables end in .csv .tsv .jsonl .ndjson (also with .gz or .zst) or .parquet; --format says it "
    "for other names";
constexpr std::array<std::string_view, 4> kArrow = {".arrow", ".feather", ".ipc", ".arrows"};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  });
  return text;
}

std::vector<fs::path> files_matching(Engine& engine, const std::string& pattern) {
  std::vector<fs::path> files;
  for (const auto& name : engine.texts(fmt::format("SELECT file FROM glob({})", sql_text(pattern))))
    if (!fs::path(*name).filename().string().starts_with('.') && fs::is_regular_file(*name))
      files.emplace_back(*name);
  std::sort(files.begin(), files.end());
  return files;
}

Error unreadable(const fs::path& file) {
  if (std::ranges::find(kArrow, lower(file.extension().string())) != kArrow.end())
    return Error(ErrorKind::bad_input,
                 "'{}' is an Arrow file, which the engine reads only with a foreign extension",
                 file.string())
        .hint("write it as Parquet: polars.read_ipc('{}').write_parquet('{}.parquet')",
              file.string(), file.stem().string());
  return Error(ErrorKind::bad_input, "'{}' is no table that can be read", file.string())
      .hint("{}", kKnown);
}

std::vector<fs::path> files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code problem;
  auto entry = fs::recursive_directory_iterator(folder, problem);
  for (; !problem && entry != fs::recursive_directory_iterator(); entry.increment(problem)) {
    std::error_code vanished;
    if (entry->path().filename().string().starts_with('.'))
      entry.disable_recursion_pending();
    else if (entry->is_regular_file(vanished) && format_of(entry->path()))
      files.push_back(entry->path());
  }
  if (problem) throw system_error(problem.value(), "read folder", folder);
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

bool is_compressed(const fs::path& file) {
  const auto ending = lower(file.extension().string());
  return ending == ".gz" || ending == ".zst";
}

std::optional<Format> format_of(const fs::path& file) {
  const bool compressed = is_compressed(file);
  const auto ending = lower((compressed ? file.stem() : file).extension().string());
  const auto* found = std::find_if(kEndings.begin(), kEndings.end(),
                                   [&](const auto& known) { return known.first == ending; });
  if (found == kEndings.end() || (compressed && found->second == Format::parquet))
    return std::nullopt;
  return found->second;
}

Source find_source(Engine& engine, const fs::path& source, std::optional<Format> format) {
  std::error_code problem;
  const auto status = fs::status(source, problem);
  Source found;
  if (fs::is_directory(status)) {
    found.files = files_below(source);
    if (found.files.empty())
      throw Error(ErrorKind::bad_input, "folder '{}' holds no table", source.string())
          .hint("{}", kKnown);
  } else if (fs::exists(status)) {
    if (!format && !format_of(source)) throw unreadable(source);
    found.files = {source};
  } else if (source.string().find_first_of("*?[") != std::string::npos) {
    found.files = files_matching(engine, source.string());
    if (found.files.empty())
      throw Error(ErrorKind::not_found, "no table matches '{}'", source.string())
          .hint("** stands for any number of folders");
  } else {
    throw Error(ErrorKind::not_found, "no table '{}'", source.string()).hint("{}", kKnown);
  }
  const auto first = format ? format : format_of(found.files.front());
  if (!first) throw unreadable(found.files.front());
  found.format = *first;
  for (const auto& file : found.files) {
    if (!format && format_of(file) != found.format)
      throw Error(ErrorKind::bad_input, "'{}' mixes formats: '{}' and '{}'", source.string(),
                  found.files.front().filename().string(), file.filename().string())
          .hint("name one file, or keep one format a folder");
    if (fs::file_size(file) == 0)
      throw Error(ErrorKind::bad_input, "'{}' is empty: not even a header", file.string())
          .hint("write the column names as its first line");
  }
  return found;
}

Listener listener_to(const Source& source, Progress* progress) {
  if (progress == nullptr) return {};
  Listener listener{.progress = progress,
                    .what = "reading " + source.files.front().filename().string(),
                    .total = {.files = source.files.size()}};
  for (const auto& file : source.files) listener.total.size_bytes += fs::file_size(file);
  // Listening takes a thread a statement, which may cost more than to read so little.
  constexpr std::uint64_t kSoonRead = 1U << 20U;
  if (listener.total.size_bytes > kSoonRead) return listener;
  progress->advance_files(listener.what, {}, listener.total);
  return {};
}

std::string_view name_of(Format format) {
  switch (format) {
    case Format::csv: return "csv";
    case Format::tsv: return "tsv";
    case Format::parquet: return "parquet";
    case Format::json_lines: break;
  }
  return "jsonl";
}

Format parse_format(std::string_view name) {
  for (const auto format : {Format::csv, Format::tsv, Format::parquet, Format::json_lines})
    if (name == name_of(format)) return format;
  throw Error(ErrorKind::usage, "no format '{}'", name).hint("formats: csv, tsv, parquet, jsonl");
}

std::string guess_ending(std::string_view first_bytes) {
  if (first_bytes.starts_with("PAR1")) return "parquet";
  if (first_bytes.starts_with("\x1f\x8b")) return "csv.gz";
  if (first_bytes.starts_with("\x28\xb5\x2f\xfd")) return "csv.zst";
  const auto first = first_bytes.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && first_bytes[first] == '{' ? "jsonl" : "csv";
}

}  // namespace mlo::data
