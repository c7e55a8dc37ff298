#include "mlo/workspace/git.h"

#include <memory>

#include <fmt/format.h>
#include <git2.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/process.h"
#include "mlo/core/text.h"

namespace mlo::workspace {
namespace fs = std::filesystem;
namespace {

/// libgit2, opened at the first call: linked, it would add 3–4 ms to every command. Its soname
/// carries its version; the functions used here have not changed since 0.28.
struct Library {
  SharedLibrary library{{"libgit2.so.1.5", "libgit2.so.1.7", "libgit2.so.1.8", "libgit2.so.1.9",
                         "libgit2.so.1.1", "libgit2.so"}};
  template <typename Function>
  Function* get(const char* name) const {
    return library.symbol<Function>(name);
  }
#define MLO_GIT(name) decltype(git_##name)* name = get<decltype(git_##name)>("git_" #name)
  MLO_GIT(libgit2_init);
  MLO_GIT(libgit2_version);
  MLO_GIT(repository_open_ext);
  MLO_GIT(repository_free);
  MLO_GIT(repository_workdir);
  MLO_GIT(repository_head);
  MLO_GIT(repository_config);
  MLO_GIT(reference_free);
  MLO_GIT(reference_target);
  MLO_GIT(reference_shorthand);
  MLO_GIT(reference_is_branch);
  MLO_GIT(reference_peel);
  MLO_GIT(object_free);
  MLO_GIT(oid_tostr);
  MLO_GIT(config_free);
  MLO_GIT(config_get_string_buf);
  MLO_GIT(buf_dispose);
  MLO_GIT(diff_tree_to_workdir_with_index);
  MLO_GIT(diff_to_buf);
  MLO_GIT(diff_free);
  MLO_GIT(error_last);
#undef MLO_GIT
};

const Library& git() {
  static const Library kLibrary = [] {
    Library library;
    library.libgit2_init();
    return library;
  }();
  return kLibrary;
}

/// An object of libgit2 with its own function to free it.
template <typename T>
using Owned = std::unique_ptr<T, void (*)(T*)>;
template <typename T>
Owned<T> owned(T* pointer, void (*release)(T*)) {
  return Owned<T>(pointer, release);
}

void check(int code, std::string_view what) {
  if (code >= 0) return;
  const auto* last = git().error_last();
  throw Error(ErrorKind::unavailable, "git: cannot {}: {}", what,
              last == nullptr ? "unknown reason" : last->message);
}

class Buffer {
 public:
  Buffer() = default;
  ~Buffer() { git().buf_dispose(&buffer_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  git_buf* operator&() {
    return &buffer_;
  }  // NOLINT(google-runtime-operator): an out parameter of C
  [[nodiscard]] std::string text() const {
    return buffer_.ptr == nullptr ? "" : std::string(buffer_.ptr, buffer_.size);
  }

 private:
  git_buf buffer_{};
};

std::string configured_author(git_repository* repository) {
  git_config* raw = nullptr;
  check(git().repository_config(&raw, repository), "read its configuration");
  const auto config = owned(raw, git().config_free);
  const auto value = [&](const char* key) {
    Buffer buffer;
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
  check(git().diff_tree_to_workdir_with_index(&raw, repository, head, &options),
        "compare the working tree");
  const auto diff = owned(raw, git().diff_free);
  Buffer patch;
  check(git().diff_to_buf(&patch, diff.get(), GIT_DIFF_FORMAT_PATCH), "write a patch");
  return patch.text();
}

void read_head(git_repository* repository, GitState& state) {
  git_reference* raw = nullptr;
  const int code = git().repository_head(&raw, repository);
  if (code == GIT_EUNBORNBRANCH || code == GIT_ENOTFOUND) {
    state.diff = uncommitted(repository, nullptr);
    return;
  }
  check(code, "read HEAD");
  const auto head = owned(raw, git().reference_free);
  std::string digits(GIT_OID_HEXSZ + 1, '\0');
  git().oid_tostr(digits.data(), digits.size(), git().reference_target(head.get()));
  state.commit = digits.c_str();
  if (git().reference_is_branch(head.get()) == 1)
    state.branch = git().reference_shorthand(head.get());
  git_object* tree = nullptr;
  check(git().reference_peel(&tree, head.get(), GIT_OBJECT_TREE), "read HEAD's tree");
  const auto kept = owned(tree, git().object_free);
  state.diff = uncommitted(repository, reinterpret_cast<git_tree*>(tree));
}

}  // namespace

std::optional<GitState> git_state(const fs::path& folder, std::string* problem) {
  const auto root = git_root(folder);
  if (!root) return std::nullopt;
  try {
    git_repository* raw = nullptr;
    check(git().repository_open_ext(&raw, folder.c_str(), 0, nullptr), "open the repository");
    const auto repository = owned(raw, git().repository_free);
    GitState state{.root = *root};
    state.author = configured_author(repository.get());
    read_head(repository.get(), state);
    return state;
  } catch (const Error& error) {
    if (problem != nullptr) *problem = error.message();
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
  const auto place = root / ".git";
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
