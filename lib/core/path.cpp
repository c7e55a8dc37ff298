#include "mlo/core/path.h"

#include "mlo/core/bytes.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo {
namespace fs = std::filesystem;

RepoPath RepoPath::parse(std::string_view text) {
  const auto refuse = [&](std::string_view why) {
    return Error(ErrorKind::bad_input, "path '{}' {}", text, why)
        .hint("paths are relative to the workspace: data/train.csv");
  };
  if (text.empty()) throw refuse("is empty");
  if (text.find('\0') != std::string_view::npos) throw refuse("holds a NUL byte");
  // Names inside a tracked folder may hold any byte; this one is written into text files.
  if (!is_utf8(text))
    throw Error(ErrorKind::bad_input, "path '{}' is not UTF-8", printable(text))
        .hint("rename it; names inside a tracked folder are free");
  if (text.front() == '/') throw refuse("is absolute");
  std::string clean;
  for (const auto& part : fs::path(text)) {
    const auto& name = part.native();
    if (name.empty() || name == ".") continue;
    if (name == "..") throw refuse("leads out of the workspace");
    if (name == ".mlo" || name == ".git") throw refuse("reaches into a repository's own folder");
    if (!clean.empty()) clean += '/';
    clean += name;
  }
  if (clean.empty()) throw refuse("names the workspace itself");
  return RepoPath(std::move(clean));
}

RepoPath RepoPath::from_user(const fs::path& root, const fs::path& folder, const fs::path& typed) {
  // Folders above the last name may be links (macOS's /tmp is); the last name itself is not
  // followed.
  const fs::path full = (folder / typed).lexically_normal();
  const fs::path named = full.has_filename() ? full : full.parent_path();
  std::error_code ignored;
  fs::path parent = fs::weakly_canonical(named.parent_path(), ignored);
  if (ignored) parent = named.parent_path();
  const fs::path relative =
      (parent / named.filename()).lexically_relative(fs::weakly_canonical(root));
  if (relative.empty() || *relative.begin() == "..")
    throw Error(ErrorKind::usage, "'{}' lies outside the workspace '{}'", typed.string(),
                root.string())
        .hint("copy it into the workspace, or run mlo init where it is");
  return parse(relative.native());
}

bool RepoPath::is_within(const RepoPath& folder) const {
  return text_ == folder.text_ ||
         (text_.size() > folder.text_.size() && text_.starts_with(folder.text_) &&
          text_[folder.text_.size()] == '/');
}

}  // namespace mlo
