#include "mlo/store/tree.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include <fmt/format.h>

#include "mlo/core/bytes.h"
#include "mlo/core/error.h"

namespace mlo::store {
namespace {

constexpr std::string_view kHeader = "mlo-tree 1\n";
constexpr std::string_view kModes = "fxld";  // in the order of TreeEntry::Mode
constexpr std::size_t kMaxEntries = 1'000'000;

[[noreturn]] void refuse(std::size_t line, std::string_view why) {
  throw Error(ErrorKind::integrity, "malformed tree object: line {}: {}", line, why);
}

bool must_escape(char c) {
  const auto code = static_cast<unsigned char>(c);
  return code < 0x20 || code == 0x7F || c == '\\';
}

std::string escaped(std::string_view name) {
  std::string out;
  for (const char c : name)
    out += must_escape(c) ? fmt::format("\\x{:02x}", static_cast<unsigned char>(c))
                          : std::string(1, c);
  return out;
}

std::string unescaped(std::string_view text, std::size_t line) {
  std::string name;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      name += text[i];
      continue;
    }
    if (i + 3 >= text.size() || text[i + 1] != 'x') refuse(line, "bad escape");
    name += text_of(from_hex(text.substr(i + 2, 2)));
    i += 3;
  }
  return name;
}

void check_name(const std::string& name, std::size_t line) {
  std::string lower = name;
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  // A stranger's tree must not plant a repository: git runs what its configuration says.
  if (lower == ".git" || lower == ".mlo") refuse(line, "a repository's own folder");
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos ||
      name.find('\0') != std::string::npos)
    refuse(line, "a name that is none");
}

std::string_view next_field(std::string_view& line, std::size_t number) {
  const auto space = line.find(' ');
  if (space == std::string_view::npos) refuse(number, "too few fields");
  const auto field = line.substr(0, space);
  line.remove_prefix(space + 1);
  return field;
}

std::string encode_line(const TreeEntry& entry) {
  return fmt::format("{} {} {} {}\n", kModes[static_cast<std::size_t>(entry.mode)],
                     entry.size_bytes, entry.digest.hex(), escaped(entry.name));
}

TreeEntry decode_line(std::string_view line, std::size_t number) {
  TreeEntry entry;
  const auto mode = next_field(line, number);
  const auto kind = mode.size() == 1 ? kModes.find(mode.front()) : std::string_view::npos;
  if (kind == std::string_view::npos) refuse(number, "unknown mode");
  entry.mode = static_cast<TreeEntry::Mode>(kind);
  const auto size = next_field(line, number);
  const auto [end, problem] =
      std::from_chars(size.data(), size.data() + size.size(), entry.size_bytes);
  if (problem != std::errc() || end != size.data() + size.size()) refuse(number, "bad size");
  const auto digest = Digest::try_parse(next_field(line, number));
  if (!digest) refuse(number, "bad digest");
  entry.digest = *digest;
  entry.name = unescaped(line, number);
  check_name(entry.name, number);
  return entry;
}

}  // namespace

std::string encode_tree(std::vector<TreeEntry> entries) {
  std::ranges::sort(entries, {}, &TreeEntry::name);
  std::string out(kHeader);
  for (const auto& entry : entries) out += encode_line(entry);
  return out;
}

std::vector<TreeEntry> decode_tree(std::string_view text) {
  if (!text.starts_with(kHeader)) refuse(1, "this is no tree of this version");
  text.remove_prefix(kHeader.size());
  std::vector<TreeEntry> entries;
  for (std::size_t number = 2; !text.empty(); ++number) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) refuse(number, "the last line is torn");
    if (entries.size() == kMaxEntries) refuse(number, "more than a million entries");
    const auto line = text.substr(0, end);
    auto entry = decode_line(line, number);
    // "007" for 7 or an escape nobody needs would give one folder two names.
    if (encode_line(entry) != text.substr(0, end + 1)) refuse(number, "not as it is written");
    if (!entries.empty() && entry.name <= entries.back().name) refuse(number, "out of order");
    entries.push_back(std::move(entry));
    text.remove_prefix(end + 1);
  }
  return entries;
}

}  // namespace mlo::store
