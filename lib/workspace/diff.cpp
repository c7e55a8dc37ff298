#include "mlo/workspace/diff.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/process.h"
#include "mlo/data/contract.h"
#include "mlo/ledger/approvals.h"
#include "mlo/store/tree.h"
#include "mlo/workspace/snapshot.h"
#include "mlo/workspace/versions.h"
#include "workspace/diff_sides.h"
#include "workspace/plan.h"
#include "workspace/scanner.h"
#include "workspace/scratch.h"
#include "workspace/tree_files.h"

namespace mlo::workspace {
namespace fs = std::filesystem;
namespace {

using store::TreeEntry;
/// A file or folder of one side.
struct Node {
  TreeEntry::Mode mode = TreeEntry::Mode::file;
  Digest digest;
  std::uint64_t size_bytes = 0;
  bool workspace = false;
  [[nodiscard]] bool folder() const { return mode == TreeEntry::Mode::folder; }
};
using Nodes = std::map<std::string, Node>;

class Comparison {
 public:
  Comparison(Repository& repository, std::stop_token stop)
      : repository_(repository), stop_(std::move(stop)) {}

  std::vector<FileDifference> files;

  [[nodiscard]] std::optional<Node> present(const std::string& path) {
    const auto status = status_of(repository_.root() / path);
    if (!status) return std::nullopt;
    if (status->type == FileStatus::Type::link) {
      const auto target = fs::read_symlink(repository_.root() / path).string();
      return Node{TreeEntry::Mode::link, Digest::of(target), target.size(), true};
    }
    const auto content = snapshot(repository_, RepoPath::parse(path), stop_);
    const auto mode = content.folder       ? TreeEntry::Mode::folder
                      : status->executable ? TreeEntry::Mode::executable
                                           : TreeEntry::Mode::file;
    return Node{mode, content.digest, content.size_bytes, true};
  }

  [[nodiscard]] Node recorded(const Recorded& content) const {
    const auto& store = repository_.store();
    const bool sized = !content.folder && store.contains(content.digest);
    return {content.folder ? TreeEntry::Mode::folder : TreeEntry::Mode::file, content.digest,
            sized ? store.size_bytes(content.digest) : 0, false};
  }

  void compare(const std::string& path, const std::optional<Node>& before,
               const std::optional<Node>& after, int depth) {
    throw_if_stopped(stop_);
    if (!before && !after) return;
    if (before && after && before->digest == after->digest && before->folder() == after->folder())
      return;
    if ((before && before->folder()) || (after && after->folder()))
      return compare_folders(path, before, after, depth);
    add(path, before, after);
  }

 private:
  void compare_folders(const std::string& path, const std::optional<Node>& before,
                       const std::optional<Node>& after, int depth) {
    if (after && after->workspace) return compare_files(path, before, *after);
    if (depth > kMaxDepth)
      throw Error(ErrorKind::integrity, "'{}' is nested deeper than {} folders", path, kMaxDepth);
    refuse_endless(before, after, depth);
    const auto old_nodes = below(before);
    const auto new_nodes = below(after);
    if (before && !before->folder()) add(path, before, std::nullopt);
    if (after && !after->folder()) add(path, std::nullopt, after);
    for (const auto& [name, node] : old_nodes) {
      const auto other = new_nodes.find(name);
      compare(fmt::format("{}/{}", path, name), node,
              other == new_nodes.end() ? std::nullopt : std::optional(other->second), depth + 1);
    }
    for (const auto& [name, node] : new_nodes)
      if (!old_nodes.contains(name))
        compare(fmt::format("{}/{}", path, name), std::nullopt, node, depth + 1);
  }

  /// Two recorded folders are read no further than they differ, so what they unfold to is measured
  /// only when there is much.
  void refuse_endless(const std::optional<Node>& before, const std::optional<Node>& after,
                      int depth) {
    if (depth == 0) {
      top_ = {before, after};
      folders_ = 0;
    }
    if (++folders_ != kUnmeasuredFolders) return;
    for (const auto& side : top_)
      if (side && side->folder()) check_extent(repository_.store(), side->digest);
  }

  /// With what lies in the workspace: all files of both, by path. One walk finds their digests.
  void compare_files(const std::string& path, const std::optional<Node>& before,
                     const Node& after) {
    Nodes old_files;
    if (before && before->folder())
      for (auto& file : tree_files(repository_.store(), before->digest))
        old_files.emplace(path + "/" + file.path, Node{file.mode, file.digest, file.size_bytes});
    else if (before)
      old_files.emplace(path, *before);
    Nodes new_files;
    if (after.folder()) {
      Scanner scanner(repository_, Scanner::Keep::digests_only, stop_);
      scanner.keep_entries();
      static_cast<void>(scanner.scan(RepoPath::parse(path)));
      scanner.for_each_file([&](const std::string& file, const ScannedFolder::Entry& entry) {
        new_files.emplace(file, Node{entry.mode, entry.digest, entry.status.size_bytes, true});
      });
      scanner.commit();
    } else {
      new_files.emplace(path, after);
    }
    for (const auto& [file, node] : old_files) {
      const auto other = new_files.find(file);
      if (other == new_files.end())
        add(file, node, std::nullopt);
      else if (other->second.digest != node.digest)
        add(file, node, other->second);
    }
    for (const auto& [file, node] : new_files)
      if (!old_files.contains(file)) add(file, std::nullopt, node);
  }

  Nodes below(const std::optional<Node>& node) const {
    Nodes nodes;
    if (!node || !node->folder()) return nodes;
    for (auto& entry : store::decode_tree(repository_.store().read(node->digest)))
      nodes.emplace(std::move(entry.name), Node{entry.mode, entry.digest, entry.size_bytes});
    return nodes;
  }

  void add(const std::string& path, const std::optional<Node>& before,
           const std::optional<Node>& after) {
    FileDifference one{.path = path,
                       .change = before && after ? "modified"
                                 : before        ? "removed"
                                                 : "added"};
    if (before) one.before = before->digest, one.size_before = before->size_bytes;
    if (after) one.after = after->digest, one.size_after = after->size_bytes;
    files.push_back(std::move(one));
  }

  static constexpr std::uint64_t kUnmeasuredFolders = 100'000;
  Repository& repository_;
  std::stop_token stop_;
  std::array<std::optional<Node>, 2> top_;
  std::uint64_t folders_ = 0;  ///< compared below `top_`
};

/// A removed and an added file of one content are one that was renamed.
void pair_renames(std::vector<FileDifference>& files) {
  std::multimap<Digest, std::size_t> removed;
  for (std::size_t i = 0; i < files.size(); ++i)
    if (files[i].change == "removed") removed.emplace(*files[i].before, i);
  std::vector<std::size_t> gone;
  for (auto& file : files) {
    if (file.change != "added") continue;
    const auto found = removed.find(*file.after);
    if (found == removed.end()) continue;
    file.change = "renamed";
    file.from = files[found->second].path;
    file.before = file.after;
    file.size_before = file.size_after;
    gone.push_back(found->second);
    removed.erase(found);
  }
  std::ranges::sort(gone, std::greater());
  for (const auto index : gone) files.erase(files.begin() + static_cast<std::ptrdiff_t>(index));
}

/// The column by which the contract of `path` (or of the dataset that it is part of) tells rows
/// apart: the first that must be unique and present.
std::string key_of(Repository& repository, const std::string& path) {
  for (fs::path at = path; !at.empty(); at = at.parent_path()) {
    const auto* spec = repository.project().find_data(at.string());
    const auto name = spec != nullptr && !spec->schema.empty()
                          ? spec->schema
                          : "schemas/" + at.stem().string() + ".yaml";
    const auto file = RepoPath::parse(name).under(repository.root());
    if (!status_of(file)) continue;
    constexpr std::uint64_t kMaxContractBytes = 16U << 20U;
    const auto contract = data::parse_contract(read_file(file, kMaxContractBytes), name,
                                               {.likely = at.stem().string()});
    for (const auto& column : contract.columns)
      if (column.unique && column.required) return column.name;
  }
  return "";
}

class TableReader {
 public:
  TableReader(Repository& repository, bool workspace)
      : repository_(repository), workspace_(workspace) {}

  void look_into(FileDifference& file) {
    if (file.change != "modified" || !data::Table::is_table(file.path)) return;
    const auto& store = repository_.store();
    if (!store.contains(*file.before) || (!workspace_ && !store.contains(*file.after))) {
      file.note = "its content is not in the store";
      return;
    }
    try {
      record_reads(file);
      file.table = data::compare_tables(
          stored(*file.before, file.path, "before"),
          workspace_ ? repository_.root() / file.path : stored(*file.after, file.path, "after"),
          key_of(repository_, file.path));
    } catch (const Error& error) {
      // That it differs may be known by all; what is in it by those who may read it.
      if (error.kind() != ErrorKind::bad_input && error.kind() != ErrorKind::not_allowed) throw;
      file.note = error.message();
    }
  }

 private:
  void record_reads(const FileDifference& file) {
    std::vector<ledger::Access> reads{
        {.kind = "dataset", .name = file.path, .digest = *file.before}};
    if (!workspace_) reads.push_back({.kind = "dataset", .name = file.path, .digest = *file.after});
    ledger::record_access(repository_.ledger(), "diff", reads);
  }

  /// A copy, since the engine reads by extension and objects have none.
  fs::path stored(const Digest& digest, const std::string& path, const char* side) {
    if (!folder_)
      folder_ = std::make_unique<TemporaryFolder>(scratch_of(&repository_), repository_.world());
    const auto folder = folder_->path() / side;
    fs::create_directories(folder);
    auto copy = folder / fs::path(path).filename();
    auto output = File::open(copy, O_WRONLY | O_CREAT | O_TRUNC);
    repository_.store().copy_to(digest, output);
    return copy;
  }

  Repository& repository_;
  bool workspace_;
  std::unique_ptr<TemporaryFolder> folder_;  ///< made when a table is to be read
};

bool is_meant(const Sides& sides, const std::string& path) {
  const auto place = RepoPath::parse(path);
  return sides.only.empty() || std::ranges::any_of(sides.only, [&](const RepoPath& only) {
           return place.is_within(only) || only.is_within(place);
         });
}

}  // namespace

Difference diff(Repository& repository, const std::vector<Typed>& words, Tables tables,
                const std::stop_token& stop) {
  const auto sides = read_sides(repository, words);
  std::set<std::string> paths;
  for (const auto* side : {&sides.before, &sides.after})
    for (const auto& [path, content] : side->content)
      if (is_meant(sides, path)) paths.insert(path);
  Comparison comparison(repository, stop);
  const auto node = [&](const Side& side, const std::string& path) -> std::optional<Node> {
    if (side.workspace) return comparison.present(path);
    const auto found = side.content.find(path);
    return found == side.content.end() ? std::nullopt
                                       : std::optional(comparison.recorded(found->second));
  };
  for (const auto& path : paths)
    comparison.compare(path, node(sides.before, path), node(sides.after, path), 0);
  Difference difference{.before = sides.before.name, .after = sides.after.name, .files = {}};
  for (auto& file : comparison.files)
    if (sides.only.empty() || std::ranges::any_of(sides.only, [&](const RepoPath& only) {
          return RepoPath::parse(file.path).is_within(only);
        }))
      difference.files.push_back(std::move(file));
  pair_renames(difference.files);
  std::ranges::sort(difference.files, {}, &FileDifference::path);
  if (tables == Tables::look_into) {
    TableReader reader(repository, sides.after.workspace);
    for (auto& file : difference.files) {
      throw_if_stopped(stop);
      reader.look_into(file);
    }
  }
  return difference;
}

}  // namespace mlo::workspace
