#include "mlo/workspace/references.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/text.h"
#include "mlo/ledger/lineage.h"
#include "mlo/ledger/versions.h"
#include "mlo/workspace/from_here.h"
#include "mlo/workspace/git.h"

namespace mlo::workspace {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kLeastDigits = 6;
constexpr std::string_view kGit = "git:";

/// A name as people type it, cut at its '@'.
struct Name {
  std::string path;
  std::string selector;  ///< empty: none
};

/// The first '@' cuts, except that one may belong to the path: the caller tries both.
std::vector<Name> readings(std::string_view text) {
  std::vector<Name> all{{std::string(text), ""}};
  for (auto at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1))
    if (at > 0 && at + 1 < text.size())
      all.push_back({std::string(text.substr(0, at)), std::string(text.substr(at + 1))});
  return all;
}

/// `text` as a path of the workspace; nothing when it cannot be one.
std::optional<RepoPath> as_path(const Repository& repository, const fs::path& folder,
                                const std::string& text) {
  try {
    return RepoPath::from_user(repository.root(), folder, text);
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::optional<DatasetReference> in_lock(const LockFile& lock, const RepoPath& path) {
  for (const auto* facts : {&lock.data, &lock.outputs})
    for (const bool folder : {false, true}) {
      const auto found = facts->find(path.text() + (folder ? "/" : ""));
      if (found != facts->end())
        return DatasetReference{.path = path,
                                .digest = found->second,
                                .folder = folder,
                                .output = facts == &lock.outputs,
                                .version = {}};
    }
  return std::nullopt;
}

DatasetReference of_version(const RepoPath& path, const ledger::DatasetVersion& version) {
  return {.path = path, .digest = version.digest, .folder = version.folder, .version = version};
}

/// 3 for "3" and "v3".
std::optional<std::int64_t> number_of(std::string_view selector) {
  if (selector.starts_with('v')) selector.remove_prefix(1);
  std::int64_t number = 0;
  const auto* last = selector.data() + selector.size();
  const auto [end, problem] = std::from_chars(selector.data(), last, number);
  return problem == std::errc() && end == last ? std::optional(number) : std::nullopt;
}

/// True for "data/train.csv", false for a name and for a service: "churn@production/serve".
bool is_nested(std::string_view text) {
  return text.substr(0, text.find('@')).find('/') != std::string_view::npos;
}

bool is_digits_of_digest(std::string_view text) {
  return text.size() >= kLeastDigits && text.size() <= 2 * Digest::kSize &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

class Selection {
 public:
  Selection(Repository& repository, const RepoPath& path)
      : repository_(repository),
        path_(path),
        versions_(ledger::versions_with_former(repository.ledger(), path.text())) {}

  [[nodiscard]] bool known(const LockFile& lock) const {
    return !versions_.empty() || in_lock(lock, path_).has_value();
  }

  std::optional<DatasetReference> select(const std::string& selector, const LockFile& lock) {
    if (selector.starts_with(kGit)) return at_commit(selector.substr(kGit.size()));
    if (selector == "lock") return with_version(in_lock(lock, path_));
    if (selector == "latest")
      return versions_.empty() ? std::nullopt : std::optional(of_version(path_, versions_.front()));
    if (auto tagged = by_tag(selector)) return tagged;
    if (const auto number = number_of(selector))
      if (auto found = by_number(*number)) return found;
    return by_digest(selector);
  }

  std::optional<DatasetReference> present(const LockFile& lock) {
    if (auto locked = with_version(in_lock(lock, path_))) return locked;
    return versions_.empty() ? std::nullopt : std::optional(of_version(path_, versions_.front()));
  }

  [[nodiscard]] Error unknown(const std::string& selector) {
    std::vector<std::string> names;
    for (const auto& version : versions_)
      if (version.path == path_.text()) names.push_back(fmt::format("v{}", version.number));
    for (const auto& tag : ledger::tags_with_former(repository_.ledger(), path_.text()))
      names.push_back(tag.name);
    Error error(ErrorKind::not_found, "'{}' has no version '{}'", path_.text(), selector);
    if (const auto* former = numbered_before_move(selector))
      return error.hint("'{0}' had one: {1}@{2} is that content at the new path", former->path,
                        typed_path(), former->digest.brief());
    const auto close = nearest(selector, names);
    if (close) return error.hint("did you mean '{}@{}'?", typed_path(), *close);
    return error.hint("mlo log {} lists them", typed_path());
  }

 private:
  [[nodiscard]] std::string typed_path() const {
    return from_here(repository_.root(), path_.text());
  }
  [[nodiscard]] const ledger::DatasetVersion* find(std::string_view path,
                                                   std::int64_t number) const {
    const auto found = std::ranges::find_if(versions_, [&](const auto& version) {
      return version.path == path && version.number == number;
    });
    return found == versions_.end() ? nullptr : &*found;
  }
  /// Each path counts its own versions: a number says nothing of those under former paths.
  [[nodiscard]] std::optional<DatasetReference> by_number(std::int64_t number) const {
    const auto* found = find(path_.text(), number);
    return found == nullptr ? std::nullopt : std::optional(of_version(path_, *found));
  }
  [[nodiscard]] const ledger::DatasetVersion* numbered_before_move(
      const std::string& selector) const {
    const auto number = number_of(selector);
    const auto found = std::ranges::find_if(
        versions_, [&](const auto& version) { return version.number == number; });
    return number && found != versions_.end() ? &*found : nullptr;
  }
  std::optional<DatasetReference> by_tag(const std::string& name) {
    for (const auto& tag : ledger::tags_with_former(repository_.ledger(), path_.text()))
      if (tag.name == name)
        if (const auto* found = find(tag.path, tag.number)) return of_version(path_, *found);
    return std::nullopt;
  }
  std::optional<DatasetReference> by_digest(std::string_view digits) const {
    if (digits.starts_with("sha256:")) digits.remove_prefix(7);
    if (!is_digits_of_digest(digits)) return std::nullopt;
    const ledger::DatasetVersion* found = nullptr;
    for (const auto& version : versions_) {
      if (!version.digest.hex().starts_with(digits)) continue;
      if (found != nullptr && found->digest != version.digest)
        throw Error(ErrorKind::bad_input, "'{}' could be several versions of '{}'", digits,
                    path_.text())
            .hint("type more digits: mlo log {}", typed_path());
      if (found == nullptr) found = &version;
    }
    return found == nullptr ? std::nullopt : std::optional(of_version(path_, *found));
  }
  std::optional<DatasetReference> at_commit(const std::string& revision) {
    auto found = with_version(in_lock(lock_file_at(repository_, revision), path_));
    if (!found)
      throw Error(ErrorKind::not_found, "mlo.lock of '{}' does not name '{}'", revision,
                  path_.text())
          .hint("git show {}:mlo.lock", revision);
    return found;
  }
  /// Newest version of the same content, for its number and facts.
  std::optional<DatasetReference> with_version(std::optional<DatasetReference> found) const {
    if (!found) return found;
    const auto version =
        std::ranges::find(versions_, found->digest, &ledger::DatasetVersion::digest);
    if (version != versions_.end()) found->version = *version;
    return found;
  }

  Repository& repository_;
  RepoPath path_;
  std::vector<ledger::DatasetVersion> versions_;  // newest first, then those of former paths
};

}  // namespace

std::string DatasetReference::name() const {
  // Before a move the number was another path's.
  return version ? fmt::format("{}@v{}", version->path, version->number)
                 : fmt::format("{}@{}", path.text(), digest.brief());
}

std::optional<DatasetReference> find_dataset(Repository& repository, const Typed& typed) {
  const auto lock = read_lock_file(repository.root());
  for (const auto& reading : readings(typed.text)) {
    const auto path = as_path(repository, typed.folder, reading.path);
    if (!path) continue;
    Selection selection(repository, *path);
    if (!selection.known(lock)) {
      // A path that only an older commit knows.
      if (!reading.selector.starts_with(kGit)) continue;
      return selection.select(reading.selector, lock);
    }
    if (reading.selector.empty()) return selection.present(lock);
    if (auto found = selection.select(reading.selector, lock)) return found;
    throw selection.unknown(reading.selector);
  }
  return std::nullopt;
}

DatasetReference dataset(Repository& repository, const Typed& typed) {
  if (auto found = find_dataset(repository, typed)) return *found;
  throw Error(ErrorKind::not_found, "no dataset '{}' was ever recorded", typed.text)
      .hint("mlo log shows what was; mlo track records one");
}

Digest find_reference(Repository& repository, const Typed& typed) {
  // The newest record of a path, not what mlo.lock says: lineage is about what happened.
  if (typed.text.find('@') != std::string::npos)
    if (const auto found = find_dataset(repository, typed)) return found->digest;
  if (const auto path = as_path(repository, typed.folder, typed.text)) {
    // A path begins where the user is: what lies at the same one below the root is another file.
    if (is_nested(typed.text) || !ledger::dataset_versions(repository.ledger(), typed.text).empty())
      return ledger::find_in_lineage(repository.ledger(), path->text());
    try {
      return ledger::find_in_lineage(repository.ledger(), path->text());
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::not_found) throw;
    }
  }
  return ledger::find_in_lineage(repository.ledger(), typed.text);
}

namespace {

bool is_in_head(Repository& repository) {
  try {
    static_cast<void>(lock_file_at(repository, "HEAD"));
    return true;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    return false;
  }
}

}  // namespace

std::optional<std::string> remedy_for_lost_lock(Repository& repository) {
  if (status_of(repository.root() / "mlo.lock")) return std::nullopt;
  if (is_in_head(repository))
    return "git checkout HEAD -- " + file_from_here(repository.root(), "mlo.lock");
  // What `audit import` made is a ledger to read, without a workspace.
  if (!status_of(repository.root() / "mlo.yaml") ||
      ledger::dataset_versions(repository.ledger()).empty())
    return std::nullopt;
  return "mlo log names what was tracked: mlo track PATH writes mlo.lock anew";
}

LockFile lock_file_at(Repository& repository, const std::string& revision) {
  const auto root = git_root(repository.root());
  if (!root)
    throw Error(ErrorKind::not_found, "'{}' is in no git repository", repository.root().string())
        .hint("name a version instead: mlo log PATH lists them");
  const auto path = (repository.root().lexically_relative(*root) / "mlo.lock").lexically_normal();
  const auto text = git_file(*root, revision, path.string());
  if (!text)
    throw Error(ErrorKind::not_found, "git's revision '{}' has no mlo.lock", revision)
        .hint("git log --oneline -- {}", file_from_here(repository.root(), "mlo.lock"));
  return parse_lock_file(*text, fmt::format("{}:mlo.lock", revision));
}

}  // namespace mlo::workspace
