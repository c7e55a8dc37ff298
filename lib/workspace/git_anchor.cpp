#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/workspace/anchor.h"
#include "mlo/workspace/git.h"
#include "workspace/git_library.h"

namespace mlo::workspace {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kTags = "refs/tags/";

/// Where in git the workspace lies: "" at its root, else "folder/".
std::string prefix_of(const fs::path& git_root, const fs::path& root) {
  const auto relative = root.lexically_relative(git_root).generic_string();
  return relative == "." ? "" : relative + "/";
}

std::string tag_folder(const std::string& prefix) {
  return "mlo/audit/" + prefix;
}

std::string notes_reference(const std::string& prefix) {
  const auto name = "refs/notes/mlo-audit/" + prefix;
  return name.substr(0, name.size() - 1);
}

Owned<git_object> head_commit(git_repository* repository) {
  git_object* raw = nullptr;
  const int code = git().revparse_single(&raw, repository, "HEAD^{commit}");
  if (code == GIT_ENOTFOUND || code == GIT_EUNBORNBRANCH)
    throw Error(ErrorKind::conflict, "git has no commit yet that could carry the checkpoint")
        .hint("git commit first");
  check_git(code, "read HEAD");
  return owned(raw, git().object_free);
}

Owned<git_signature> author_of(git_repository* repository) {
  git_signature* raw = nullptr;
  if (git().signature_default(&raw, repository) < 0)
    check_git(git().signature_now(&raw, "mlo", "mlo@localhost"), "sign a tag");
  return owned(raw, git().signature_free);
}

Anchor write_tag(git_repository* repository, const std::string& name, const std::string& note) {
  const auto commit = head_commit(repository);
  const auto author = author_of(repository);
  git_oid id;
  const int code =
      git().tag_create(&id, repository, name.c_str(), commit.get(), author.get(), note.c_str(), 0);
  if (code == GIT_EEXISTS)
    throw Error(ErrorKind::conflict, "there is a git tag '{}' already", name)
        .hint("nothing was added to the ledger since: mlo audit verify holds it against the tag");
  check_git(code, "write the tag");
  return {.place = "git tag " + name, .note = note};
}

Anchor write_note(git_repository* repository, const std::string& reference,
                  const std::string& note) {
  const auto commit = head_commit(repository);
  const auto author = author_of(repository);
  git_oid id;
  check_git(git().note_create(&id, repository, reference.c_str(), author.get(), author.get(),
                              git().object_id(commit.get()), note.c_str(), 1),
            "write the note");
  return {.place = "git note in " + reference, .note = note};
}

/// The message of the annotated tag; nothing when the reference is another thing.
std::optional<std::string> tag_message(git_repository* repository, const std::string& reference) {
  git_object* raw = nullptr;
  if (git().revparse_single(&raw, repository, reference.c_str()) < 0) return std::nullopt;
  const auto kept = owned(raw, git().object_free);
  if (git().object_type(raw) != GIT_OBJECT_TAG) return std::nullopt;
  const auto* message = git().tag_message(reinterpret_cast<const git_tag*>(raw));
  return message == nullptr ? std::nullopt : std::optional<std::string>(message);
}

void add_tags(git_repository* repository, const std::string& folder, std::vector<Anchor>& found) {
  git_strarray names{};
  check_git(git().reference_list(&names, repository), "list its references");
  std::vector<std::string> all;
  for (std::size_t i = 0; i < names.count; ++i) all.emplace_back(names.strings[i]);
  git().strarray_dispose(&names);
  const auto start = std::string(kTags) + folder;
  for (const auto& name : all) {
    // A project in a folder below has tags of its own there.
    if (!name.starts_with(start) || name.find('/', start.size()) != std::string::npos) continue;
    if (auto message = tag_message(repository, name))
      found.push_back(
          {.place = "git tag " + name.substr(kTags.size()), .note = std::move(*message)});
  }
}

void add_notes(git_repository* repository, const std::string& reference,
               std::vector<Anchor>& found) {
  std::vector<git_oid> commits;
  const auto visit = [](const git_oid* /*blob*/, const git_oid* annotated, void* list) {
    static_cast<std::vector<git_oid>*>(list)->push_back(*annotated);
    return 0;
  };
  if (git().note_foreach(repository, reference.c_str(), visit, &commits) < 0) return;
  for (const auto& commit : commits) {
    git_note* raw = nullptr;
    if (git().note_read(&raw, repository, reference.c_str(), &commit) < 0) continue;
    const auto kept = owned(raw, git().note_free);
    found.push_back({.place = "git note in " + reference, .note = git().note_message(raw)});
  }
}

}  // namespace

Anchor write_anchor(Repository& repository, const std::string& note, std::int64_t size,
                    AnchorKind kind) {
  const auto top = git_root(repository.root());
  if (!top)
    throw Error(ErrorKind::not_found, "'{}' is in no git repository", repository.root().string())
        .hint("mlo audit checkpoint -o FILE keeps it in a file");
  const auto git_repository = open_git(*top);
  const auto prefix = prefix_of(*top, repository.root());
  if (kind == AnchorKind::tag)
    return write_tag(git_repository.get(), tag_folder(prefix) + std::to_string(size), note);
  return write_note(git_repository.get(), notes_reference(prefix), note);
}

std::vector<Anchor> anchors(const Repository& repository) {
  const auto top = git_root(repository.root());
  if (!top || !git_library_version()) return {};
  const auto opened = open_git(*top);
  const auto prefix = prefix_of(*top, repository.root());
  std::vector<Anchor> found;
  add_tags(opened.get(), tag_folder(prefix), found);
  add_notes(opened.get(), notes_reference(prefix), found);
  return found;
}

}  // namespace mlo::workspace
