#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <git2.h>

#include "mlo/core/process.h"

// libgit2's door: what the files git*.cpp share of it.

namespace mlo::workspace {

/// libgit2, opened at the first call: linked, it would add 3–4 ms to every command. Its soname
/// carries its version; the functions used here have not changed since 0.28.
struct GitLibrary {
  SharedLibrary library{{"libgit2.so.1.5", "libgit2.so.1.7", "libgit2.so.1.8", "libgit2.so.1.9",
                         "libgit2.so.1.1", "libgit2.so"}};
  template <typename Function>
  Function* get(const char* name) const {
    return library.symbol<Function>(name);
  }
// NOLINTNEXTLINE(bugprone-macro-parentheses): a name is no expression
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
  MLO_GIT(diff_tree_to_index);
  MLO_GIT(diff_num_deltas);
  MLO_GIT(diff_get_delta);
  MLO_GIT(revparse_single);
  MLO_GIT(object_peel);
  MLO_GIT(object_lookup);
  MLO_GIT(tree_entry_bypath);
  MLO_GIT(tree_entry_id);
  MLO_GIT(tree_entry_type);
  MLO_GIT(tree_entry_free);
  MLO_GIT(blob_rawcontent);
  MLO_GIT(blob_rawsize);
  MLO_GIT(reference_list);
  MLO_GIT(strarray_dispose);
  MLO_GIT(repository_odb);
  MLO_GIT(odb_read_header);
  MLO_GIT(odb_free);
  MLO_GIT(repository_index);
  MLO_GIT(index_open);
  MLO_GIT(index_free);
  MLO_GIT(index_get_bypath);
  MLO_GIT(index_find_prefix);
  MLO_GIT(ignore_path_is_ignored);
  MLO_GIT(config_get_path);
  MLO_GIT(config_open_level);
  MLO_GIT(config_set_string);
  MLO_GIT(config_delete_entry);
  MLO_GIT(error_last);
  MLO_GIT(tag_create);
  MLO_GIT(tag_message);
  MLO_GIT(object_type);
  MLO_GIT(object_id);
  MLO_GIT(signature_default);
  MLO_GIT(signature_now);
  MLO_GIT(signature_free);
  MLO_GIT(note_create);
  MLO_GIT(note_read);
  MLO_GIT(note_message);
  MLO_GIT(note_free);
  MLO_GIT(note_foreach);
#undef MLO_GIT
};

const GitLibrary& git();

/// An object of libgit2 with its own function to free it.
template <typename T>
using Owned = std::unique_ptr<T, void (*)(T*)>;
template <typename T>
Owned<T> owned(T* pointer, void (*release)(T*)) {
  return Owned<T>(pointer, release);
}

/// Throws unavailable, "git: cannot <what>: …", when `code` is an error.
void check_git(int code, std::string_view what);

class GitBuffer {
 public:
  GitBuffer() = default;
  ~GitBuffer() { git().buf_dispose(&buffer_); }
  GitBuffer(const GitBuffer&) = delete;
  GitBuffer& operator=(const GitBuffer&) = delete;
  git_buf* operator&() {
    return &buffer_;
  }  // NOLINT(google-runtime-operator): an out parameter of C
  [[nodiscard]] std::string text() const {
    return buffer_.ptr == nullptr ? "" : std::string(buffer_.ptr, buffer_.size);
  }

 private:
  git_buf buffer_{};
};

Owned<git_repository> open_git(const std::filesystem::path& folder);

}  // namespace mlo::workspace
