#include "mlo/workspace/git.h"

#include <memory>
#include <set>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/text.h"
#include "workspace/git_library.h"

namespace mlo::workspace {
namespace fs = std::filesystem;
namespace {

Owned<git_config> open_config(git_repository* repository) {
  git_config* raw = nullptr;
  check_git(git().repository_config(&raw, repository), "read its configuration");
  return owned(raw, git().config_free);
}

std::string configured_author(git_repository* repository) {
  const auto config = open_config(repository);
  const auto value = [&](const char* key) {
    GitBuffer buffer;
    return git().config_get_string_buf(&buffer, config.get(), key) == 0 ? buffer.text()
                                                                        : std::string();
  };
  const auto name = value("user.name");
  const auto mail = value("user.email");
  return mail.empty() ? name : fmt::format("{} <{}>", name, mail);
}

/// HEAD's tree against working tree and index together: what a commit -a would take.
std::string uncommitted(git_repository* repository, git_tree* head) {
  git_diff_options options = GIT_DIFF_OPTIONS_INIT;
  options.flags = GIT_DIFF_SHOW_BINARY;
  git_diff* raw = nullptr;
  check_git(git().diff_tree_to_workdir_with_index(&raw, repository, head, &options),
            "compare the working tree");
  const auto diff = owned(raw, git().diff_free);
  GitBuffer patch;
  check_git(git().diff_to_buf(&patch, diff.get(), GIT_DIFF_FORMAT_PATCH), "write a patch");
  return patch.text();
}

void read_head(git_repository* repository, GitState& state) {
  git_reference* raw = nullptr;
  const int code = git().repository_head(&raw, repository);
  if (code == GIT_EUNBORNBRANCH || code == GIT_ENOTFOUND) {
    state.diff = uncommitted(repository, nullptr);
    return;
  }
  check_git(code, "read HEAD");
  const auto head = owned(raw, git().reference_free);
  std::string digits(GIT_OID_HEXSZ + 1, '\0');
  git().oid_tostr(digits.data(), digits.size(), git().reference_target(head.get()));
  digits.resize(GIT_OID_HEXSZ);  // less the zero behind them
  state.commit = digits;
  if (git().reference_is_branch(head.get()) == 1)
    state.branch = git().reference_shorthand(head.get());
  git_object* tree = nullptr;
  check_git(git().reference_peel(&tree, head.get(), GIT_OBJECT_TREE), "read HEAD's tree");
  const auto kept = owned(tree, git().object_free);
  state.diff = uncommitted(repository, reinterpret_cast<git_tree*>(tree));
}

std::optional<Owned<git_object>> find_revision(git_repository* repository,
                                               const std::string& revision) {
  git_object* raw = nullptr;
  const int code = git().revparse_single(&raw, repository, revision.c_str());
  if (code == GIT_ENOTFOUND || code == GIT_EINVALIDSPEC || code == GIT_EAMBIGUOUS)
    return std::nullopt;
  check_git(code, "read a revision");
  return owned(raw, git().object_free);
}

std::string blob_text(git_repository* repository, const git_oid& id) {
  git_object* raw = nullptr;
  check_git(git().object_lookup(&raw, repository, &id, GIT_OBJECT_BLOB), "read a file");
  const auto kept = owned(raw, git().object_free);
  const auto* file = reinterpret_cast<const git_blob*>(raw);
  return {static_cast<const char*>(git().blob_rawcontent(file)),
          static_cast<std::size_t>(git().blob_rawsize(file))};
}

/// The index at `file` (relative to the working tree), or the repository's own.
Owned<git_index> open_index(git_repository* repository, const fs::path& root,
                            const fs::path& file) {
  git_index* raw = nullptr;
  check_git(file.empty() ? git().repository_index(&raw, repository)
                         : git().index_open(&raw, (root / file).c_str()),
            "open its index");
  return owned(raw, git().index_free);
}

/// The file at `path` of the commit or tree that `object` leads to.
std::optional<std::string> file_of(git_repository* repository, git_object* object,
                                   const std::string& path) {
  git_object* raw_tree = nullptr;
  if (git().object_peel(&raw_tree, object, GIT_OBJECT_TREE) != 0) return std::nullopt;
  const auto tree = owned(raw_tree, git().object_free);
  git_tree_entry* raw_entry = nullptr;
  const int code =
      git().tree_entry_bypath(&raw_entry, reinterpret_cast<git_tree*>(raw_tree), path.c_str());
  if (code == GIT_ENOTFOUND) return std::nullopt;
  check_git(code, "read a tree");
  const auto entry = owned(raw_entry, git().tree_entry_free);
  if (git().tree_entry_type(raw_entry) != GIT_OBJECT_BLOB) return std::nullopt;
  return blob_text(repository, *git().tree_entry_id(raw_entry));
}

/// The tree of HEAD; null before the first commit.
Owned<git_object> head_tree(git_repository* repository) {
  git_object* raw = nullptr;
  const int code = git().revparse_single(&raw, repository, "HEAD^{tree}");
  if (code != GIT_ENOTFOUND && code != GIT_EUNBORNBRANCH) check_git(code, "read HEAD's tree");
  return owned(code < 0 ? nullptr : raw, git().object_free);
}

}  // namespace

std::optional<std::string> git_file(const fs::path& root, const std::string& revision,
                                    const std::string& path) {
  const auto repository = open_git(root);
  const auto object = find_revision(repository.get(), revision);
  if (!object)
    throw Error(ErrorKind::not_found, "git knows no revision '{}'", revision)
        .hint("git log --oneline --all");
  return file_of(repository.get(), object->get(), path);
}

std::vector<GitVersion> git_file_everywhere(const fs::path& root, const std::string& path) {
  const auto repository = open_git(root);
  git_strarray names{};
  check_git(git().reference_list(&names, repository.get()), "list its references");
  std::vector<std::string> references{"HEAD"};
  for (std::size_t i = 0; i < names.count; ++i) references.emplace_back(names.strings[i]);
  git().strarray_dispose(&names);
  std::vector<GitVersion> versions;
  std::set<std::string> seen;
  for (const auto& reference : references) {
    const auto object = find_revision(repository.get(), reference);
    if (!object) continue;
    auto content = file_of(repository.get(), object->get(), path);
    if (content && seen.insert(*content).second)
      versions.push_back({reference, std::move(*content)});
  }
  return versions;
}

std::vector<GitStaged> git_staged(const fs::path& root, const fs::path& index_file) {
  const auto repository = open_git(root);
  const auto head = head_tree(repository.get());
  const auto index = open_index(repository.get(), root, index_file);
  git_diff* raw = nullptr;
  check_git(git().diff_tree_to_index(&raw, repository.get(),
                                     reinterpret_cast<git_tree*>(head.get()), index.get(), nullptr),
            "compare the index");
  const auto diff = owned(raw, git().diff_free);
  git_odb* raw_objects = nullptr;
  check_git(git().repository_odb(&raw_objects, repository.get()), "open its objects");
  const auto objects = owned(raw_objects, git().odb_free);
  std::vector<GitStaged> staged;
  for (std::size_t i = 0; i < git().diff_num_deltas(raw); ++i) {
    const auto& file = git().diff_get_delta(raw, i)->new_file;
    if (git().diff_get_delta(raw, i)->status == GIT_DELTA_DELETED) continue;
    std::size_t size_bytes = 0;
    git_object_t type = GIT_OBJECT_INVALID;
    // A submodule's entry names a commit of another repository.
    if (git().odb_read_header(&size_bytes, &type, objects.get(), &file.id) == 0)
      staged.push_back({file.path, size_bytes});
  }
  return staged;
}

std::optional<std::string> git_staged_file(const fs::path& root, const fs::path& index_file,
                                           const std::string& path) {
  const auto repository = open_git(root);
  const auto index = open_index(repository.get(), root, index_file);
  const auto* entry = git().index_get_bypath(index.get(), path.c_str(), 0);
  if (entry == nullptr) return std::nullopt;
  return blob_text(repository.get(), entry->id);
}

std::optional<std::string> git_setting(const fs::path& root, const std::string& key) {
  const auto repository = open_git(root);
  const auto config = open_config(repository.get());
  GitBuffer buffer;
  const int code = git().config_get_string_buf(&buffer, config.get(), key.c_str());
  return code == 0 ? std::optional(buffer.text()) : std::nullopt;
}

void change_git_setting(const fs::path& root, const std::string& key,
                        const std::optional<std::string>& value) {
  const auto repository = open_git(root);
  const auto all = open_config(repository.get());
  git_config* raw = nullptr;
  check_git(git().config_open_level(&raw, all.get(), GIT_CONFIG_LEVEL_LOCAL),
            "open its configuration");
  const auto own = owned(raw, git().config_free);
  if (value)
    return check_git(git().config_set_string(raw, key.c_str(), value->c_str()),
                     fmt::format("set '{}'", key));
  const int code = git().config_delete_entry(raw, key.c_str());
  if (code != GIT_ENOTFOUND) check_git(code, fmt::format("remove '{}'", key));
}

fs::path git_hooks_folder(const fs::path& root) {
  const auto repository = open_git(root);
  const auto config = open_config(repository.get());
  GitBuffer buffer;
  if (git().config_get_path(&buffer, config.get(), "core.hooksPath") != 0)
    return git_folder(root) / "hooks";
  // Relative to where hooks run: the root of the working tree.
  return (root / buffer.text()).lexically_normal();
}

std::optional<GitState> git_state(const fs::path& folder, std::string* problem) {
  const auto root = git_root(folder);
  if (!root) return std::nullopt;
  try {
    const auto repository = open_git(folder);
    GitState state{.root = *root};
    state.author = configured_author(repository.get());
    read_head(repository.get(), state);
    return state;
  } catch (const Error& error) {
    if (problem == nullptr) return std::nullopt;
    *problem = error.message();
    if (!error.hint().empty()) *problem += ": " + error.hint();
    return std::nullopt;
  }
}

std::optional<fs::path> git_root(const fs::path& start) {
  std::error_code ignored;
  for (fs::path folder = fs::weakly_canonical(start, ignored); !folder.empty();
       folder = folder.parent_path()) {
    if (status_of(folder / ".git")) return folder;
    if (folder == folder.parent_path()) break;
  }
  return std::nullopt;
}

fs::path git_folder(const fs::path& root) {
  auto place = root / ".git";
  const auto status = status_of(place);
  if (!status || status->type != FileStatus::Type::file) return place;
  const auto text = read_file(place, 1U << 16U);
  std::string_view pointer = trim(text);
  if (!pointer.starts_with("gitdir:")) return place;
  const fs::path target(trim(pointer.substr(7)));
  auto folder = target.is_absolute() ? target : root / target;
  // A worktree shares `info/exclude` with the repository it belongs to.
  if (status_of(folder / "commondir"))
    folder /= std::string(trim(read_file(folder / "commondir", 1U << 16U)));
  return folder.lexically_normal();
}

std::optional<std::string> git_library_version() {
  try {
    int major = 0;
    int minor = 0;
    int patch = 0;
    git().libgit2_version(&major, &minor, &patch);
    return fmt::format("{}.{}.{}", major, minor, patch);
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace mlo::workspace
