#include "workspace/recordable.h"

#include <array>
#include <string_view>

#include "mlo/core/error.h"
#include "mlo/workspace/from_here.h"

namespace mlo::workspace {
namespace {

constexpr std::array<std::string_view, 3> kProjectFiles{"mlo.yaml", "mlo.lock", "schemas"};

}  // namespace

void refuse_project_files(const std::filesystem::path& root, const RepoPath& path) {
  for (const auto name : kProjectFiles)
    if (path.is_within(RepoPath::parse(name)))
      throw Error(ErrorKind::bad_input, "'{}' is a file of the project, not data", path.text())
          .hint("git keeps it: git add {}", file_from_here(root, path.text()));
}

TrackedPaths::TrackedPaths(std::filesystem::path root, const std::map<std::string, Digest>& data)
    : root_(std::move(root)) {
  for (const auto& [path, digest] : data) paths_.insert(RepoPath::parse(path).text());
}

void TrackedPaths::add(const RepoPath& path) {
  const auto& text = path.text();
  for (auto slash = text.find('/'); slash != std::string::npos; slash = text.find('/', slash + 1))
    if (const auto folder = text.substr(0, slash); paths_.contains(folder))
      throw Error(ErrorKind::conflict, "'{}' lies in '{}', which is tracked", text, folder)
          .hint("mlo track {0} records all that it holds, mlo untrack {0} lets it go",
                from_here(root_, folder));
  if (const auto inner = paths_.lower_bound(text + "/");
      inner != paths_.end() && inner->starts_with(text + "/"))
    throw Error(ErrorKind::conflict, "'{}' holds '{}', which is tracked", text, *inner)
        .hint("mlo untrack {} lets it go", from_here(root_, *inner));
  paths_.insert(text);
}

}  // namespace mlo::workspace
