#include "workspace/ignore.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <span>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "workspace/glob.h"

namespace mlo::workspace {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

struct Rule {
  Glob glob;
  bool negated = false;       ///< takes in again what an earlier rule left out
  bool folders_only = false;  ///< written with a slash at its end
  bool anchored = false;      ///< written with a slash elsewhere: against the path, not the name
};

/// Blanks at the end do not count, unless a backslash keeps them.
std::string_view without_blanks(std::string_view line) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == ' ') continue;
    if (line[i] == '\\') ++i;
    end = i + 1;
  }
  return line.substr(0, end);
}

std::optional<Rule> parse_rule(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with('#')) return std::nullopt;
  line = without_blanks(line);
  const bool negated = line.starts_with('!');
  if (negated) line.remove_prefix(1);
  const bool folders_only = line.ends_with('/');
  if (folders_only) line.remove_suffix(1);
  if (line.empty()) return std::nullopt;
  const bool anchored = line.find('/') != std::string_view::npos;
  if (line.starts_with('/')) line.remove_prefix(1);
  return Rule{Glob(line), negated, folders_only, anchored};
}

std::vector<Rule> parse_rules(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::vector<Rule> rules;
  for (const auto& line : split(text, '\n'))
    if (auto rule = parse_rule(line)) rules.push_back(std::move(*rule));
  return rules;
}

/// What `.mloignore` in `folder` holds; nothing when there is none.
std::optional<std::string> read_rules(const File& folder, const std::string& shown) {
  const std::string name(Ignores::kFileName);
  // Not blocking: a pipe of that name must not make us wait for somebody to write into it.
  const int descriptor =
      ::openat(folder.descriptor(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  const int problem = errno;
  if (descriptor < 0 && problem == ENOENT) return std::nullopt;
  if (descriptor < 0 && problem != ELOOP) throw system_error(problem, "read", shown);
  File file(descriptor);
  const auto status = descriptor < 0 ? FileStatus{.type = FileStatus::Type::link} : status_of(file);
  if (status.type != FileStatus::Type::file)
    throw Error(ErrorKind::bad_input, "'{}' is not a plain file: rules are read from one only",
                shown)
        .hint("put the file that is meant in its place");
  std::string text(Ignores::kMaxFileBytes + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const auto taken = file.read(std::as_writable_bytes(std::span(text)).subspan(size));
    if (taken == 0) break;
    size += taken;
  }
  if (size > Ignores::kMaxFileBytes)
    throw Error(ErrorKind::bad_input, "'{}' is larger than {}", shown,
                format_bytes(Ignores::kMaxFileBytes))
        .hint("one pattern can stand for many names: *.tmp, cache/");
  text.resize(size);
  return text;
}

}  // namespace

struct Ignores::Rules {
  std::vector<Rule> rules;
  std::size_t depth = 0;  ///< of the folder that they are written in
  Digest digest;
  std::shared_ptr<const Rules> above;
};

Ignores Ignores::of(const File& root, const std::string& folder) {
  auto here = Ignores().reading(root);
  if (folder.empty()) return here;
  std::optional<File> open;
  for (const auto& name : split(folder, '/')) {
    // Link by link of the way, so that none of them leads out of the workspace.
    File inner(::openat(open ? open->descriptor() : root.descriptor(), name.c_str(),
                        O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (inner.descriptor() < 0) return here;
    here = here.enter(name, inner);
    open = std::move(inner);
  }
  return here;
}

Ignores Ignores::enter(const std::string& name, const File& folder) const {
  Ignores inner = *this;
  inner.folders_.push_back(name);
  return inner.reading(folder);
}

Ignores Ignores::enter(const std::string& name, std::string_view rules) const {
  Ignores inner = *this;
  inner.folders_.push_back(name);
  return inner.with(rules);
}

Ignores Ignores::with(std::string_view rules) const {
  Ignores here = *this;
  auto parsed = parse_rules(rules);
  if (parsed.empty()) return here;
  // The place counts as well: "/a" means another path one folder further down.
  const auto digest = Hasher()
                          .update(this->digest().bytes())
                          .update(fmt::format("{}\n", folders_.size()))
                          .update(rules)
                          .finish();
  here.rules_ = std::make_shared<const Rules>(
      Rules{std::move(parsed), folders_.size(), digest, std::move(here.rules_)});
  return here;
}

Ignores Ignores::reading(const File& folder) const {
  const auto rules = read_rules(folder, path_of_rules());
  return rules ? with(*rules) : *this;
}

std::string Ignores::path_of_rules() const {
  auto parts = folders_;
  parts.emplace_back(kFileName);
  return join(parts, "/");
}

bool Ignores::ignored(std::string_view name, bool is_folder) const {
  for (const auto* level = rules_.get(); level != nullptr; level = level->above.get()) {
    const auto folders = std::span(folders_).subspan(level->depth);
    const auto is_about_it = [&](const auto& rule) {
      if (rule.folders_only && !is_folder) return false;
      return rule.glob.matches(rule.anchored ? folders : std::span<const std::string>(), name);
    };
    // The last word counts.
    const auto rule = std::find_if(level->rules.rbegin(), level->rules.rend(), is_about_it);
    if (rule != level->rules.rend()) return !rule->negated;
  }
  return false;
}

Digest Ignores::digest() const {
  return rules_ ? rules_->digest : Digest();
}

}  // namespace mlo::workspace
