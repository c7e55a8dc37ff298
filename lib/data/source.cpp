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
constexpr auto kKnown = "tables end in .csv .tsv .jsonl .ndjson (also with .gz) or .parquet";

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  });
  return text;
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
  return lower(file.extension().string()) == ".gz";
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

Source find_source(const fs::path& source) {
  std::error_code problem;
  const auto status = fs::status(source, problem);
  if (!fs::exists(status))
    throw Error(ErrorKind::not_found, "no table '{}'", source.string()).hint("{}", kKnown);
  Source found;
  if (fs::is_directory(status)) {
    found.files = files_below(source);
    if (found.files.empty())
      throw Error(ErrorKind::bad_input, "folder '{}' holds no table", source.string())
          .hint("{}", kKnown);
  } else {
    if (!format_of(source))
      throw Error(ErrorKind::bad_input, "'{}' is no table that can be read", source.string())
          .hint("{}", kKnown);
    found.files = {source};
  }
  found.format = *format_of(found.files.front());
  for (const auto& file : found.files) {
    if (format_of(file) != found.format)
      throw Error(ErrorKind::bad_input, "folder '{}' mixes formats: '{}' and '{}'", source.string(),
                  found.files.front().filename().string(), file.filename().string())
          .hint("name one file, or keep one format a folder");
    if (fs::file_size(file) == 0)
      throw Error(ErrorKind::bad_input, "'{}' is empty: not even a header", file.string())
          .hint("write the column names as its first line");
  }
  return found;
}

}  // namespace mlo::data
