#include "mlo/workspace/lock_file.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/path.h"
#include "mlo/core/yaml.h"

namespace mlo::workspace {
namespace {

constexpr std::uint64_t kMaxLockBytes = 256U << 20U;
constexpr std::int64_t kVersion = 1;
constexpr std::string_view kHeader =
    "# Written by mlo: which content each path has. Keep it in git.\nversion: 1\n";
constexpr std::array<std::string_view, 3> kMergeMarkers = {"<<<<<<<", "=======", ">>>>>>>"};

/// git leaves its markers in a file that two branches changed alike; YAML would only say
/// "malformed".
void refuse_merge_markers(std::string_view text, std::string_view source) {
  int line = 1;
  for (std::size_t start = 0; start < text.size(); ++line) {
    const auto rest = text.substr(start);
    for (const auto marker : kMergeMarkers)
      if (rest.starts_with(marker))
        throw Error(ErrorKind::conflict, "{}:{}: an unfinished merge", source, line)
            .hint("keep one line of each pair, then run mlo status");
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) break;
    start += end + 1;
  }
}

void read_section(std::map<std::string, Digest>& facts, const Yaml* section, bool paths) {
  if (section == nullptr) return;
  for (const auto& [key, value] : section->map()) {
    const auto digest = Digest::try_parse(value.text());
    if (!digest) throw value.error(fmt::format("'{}' is no digest", value.text()));
    if (paths) {
      const auto plain = RepoPath::parse(key.scalar).text();
      if (plain != key.scalar && plain + "/" != key.scalar)
        throw key.error(fmt::format("path '{}' is not as mlo writes it: '{}'", key.scalar, plain));
    }
    facts.emplace(key.scalar, *digest);
  }
}

void write_section(std::string& out, std::string_view name,
                   const std::map<std::string, Digest>& facts) {
  if (facts.empty()) return;
  out += fmt::format("{}:\n", name);
  for (const auto& [key, digest] : facts)
    out += fmt::format("  {}: {}\n", yaml_scalar(key), digest.text());
}

/// Whether a path is in the form in which the lock has it.
bool is_as_written(std::string_view key) {
  const auto path = key.ends_with('/') ? key.substr(0, key.size() - 1) : key;
  try {
    return RepoPath::parse(std::string(path)).text() == path;
  } catch (const Error&) {
    return false;  // told with its place by the other parser
  }
}

/// Whether YAML reads these letters as a key without quotes, and as nothing else.
bool is_plain_key(std::string_view key) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '/' || c == '-' || c == '@';
  };
  return !key.empty() && key.front() != '-' && key.front() != '@' && key != "null" &&
         std::ranges::all_of(key, fits);
}

using Section = std::map<std::string, Digest>;

/// Adds "  path: sha256:…" behind what `section` has. False for a line in any other form.
bool add_as_written(Section& section, std::string_view line, bool of_paths) {
  constexpr std::string_view kSeparator = ": sha256:";
  constexpr std::size_t kDigits = 64;
  const auto at = line.find(kSeparator);
  if (at == std::string_view::npos || line.size() != at + kSeparator.size() + kDigits) return false;
  const auto key = line.substr(2, at - 2);
  const auto digest = Digest::try_parse(line.substr(at + 2));
  // Sorted, so that each is there once.
  if (!digest || !is_plain_key(key) || (!section.empty() && section.rbegin()->first >= key))
    return false;
  if (of_paths && !is_as_written(key)) return false;
  section.emplace_hint(section.end(), key, *digest);
  return true;
}

/// The lock as `format_lock_file` writes it, line by line: YAML's own parser takes longer for it
/// than all else that a command does which finds nothing to do. Nothing for any other text, which
/// may be as good: people and merges write it too.
std::optional<LockFile> parse_as_written(std::string_view text) {
  if (!text.starts_with(kHeader) || !text.ends_with('\n')) return std::nullopt;
  LockFile lock;
  Section* section = nullptr;
  const std::array<std::pair<std::string_view, Section*>, 3> sections{
      {{"data:", &lock.data}, {"outputs:", &lock.outputs}, {"steps:", &lock.steps}}};
  std::size_t next_section = 0;
  for (std::size_t start = kHeader.size(); start < text.size();) {
    const auto end = text.find('\n', start);
    const auto line = text.substr(start, end - start);
    start = end + 1;
    if (!line.starts_with("  ")) {
      while (next_section < sections.size() && sections[next_section].first != line) ++next_section;
      if (next_section == sections.size()) return std::nullopt;
      section = sections[next_section++].second;
      continue;
    }
    if (section == nullptr || !add_as_written(*section, line, section != &lock.steps))
      return std::nullopt;
  }
  return lock;
}

}  // namespace

LockFile parse_lock_file(std::string_view text, std::string source) {
  refuse_merge_markers(text, source);
  if (auto lock = parse_as_written(text)) return std::move(*lock);
  const auto document = Yaml::parse(text, std::move(source));
  document.only({"version", "data", "outputs", "steps"});
  const auto* version = document.find("version");
  if (version == nullptr)
    throw document.error("the lock file does not say its version")
        .hint("take mlo.lock from git, or write the line: version: {}", kVersion);
  if (version->integer() > kVersion)
    throw version
        ->error(
            fmt::format("version {} of the lock file is newer than this mlo", version->integer()))
        .hint("upgrade mlo");
  if (version->integer() != kVersion)
    throw version->error(fmt::format("the lock file has no version {}", version->integer()))
        .hint("take mlo.lock from git, or write the line: version: {}", kVersion);
  LockFile lock;
  read_section(lock.data, document.find("data"), true);
  read_section(lock.outputs, document.find("outputs"), true);
  read_section(lock.steps, document.find("steps"), false);
  return lock;
}

std::string format_lock_file(const LockFile& lock) {
  std::string out(kHeader);
  write_section(out, "data", lock.data);
  write_section(out, "outputs", lock.outputs);
  write_section(out, "steps", lock.steps);
  return out;
}

LockFile read_lock_file(const std::filesystem::path& root) {
  const auto file = root / "mlo.lock";
  const auto status = status_of(file);
  if (!status) return {};
  // To open a named pipe would wait for whoever writes into it.
  if (status->type == FileStatus::Type::other)
    throw Error(ErrorKind::bad_input, "'{}' is no file", file.string())
        .hint("move it away; git checkout HEAD -- mlo.lock brings back the last one");
  return parse_lock_file(read_file(file, kMaxLockBytes), "mlo.lock");
}

void write_lock_file(const std::filesystem::path& root, const LockFile& lock, const World& world) {
  const auto file = root / "mlo.lock";
  const auto text = format_lock_file(lock);
  if (status_of(file) && read_file(file, kMaxLockBytes) == text) return;
  write_durably(file, bytes_of(text), world, "lock.rename");
}

}  // namespace mlo::workspace
