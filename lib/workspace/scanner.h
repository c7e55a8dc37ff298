#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

#include "mlo/core/progress.h"
#include "mlo/store/object_store.h"
#include "mlo/store/tree.h"
#include "mlo/workspace/repository.h"
#include "mlo/workspace/snapshot.h"
#include "workspace/file_index.h"
#include "workspace/ignore.h"

namespace mlo::workspace {

/// Folders are not nested deeper, in the workspace or in trees of the store.
constexpr int kMaxDepth = 128;

/// A repository's own folder is no data: it is neither tracked nor touched. In any case of letters:
/// some file systems take `.GIT` for `.git`, and trees hold neither.
bool is_private(std::string_view name);
/// The same bytes, as far as stat tells.
bool same_stat(const FileStatus& left, const FileStatus& right);

/// What a scan found in a folder. A folder that is as the index says keeps no entries of its own.
struct ScannedFolder {
  struct Entry {
    std::string name;
    FileStatus status;
    Digest digest;
    store::TreeEntry::Mode mode = store::TreeEntry::Mode::file;
    bool known = false;  ///< `digest` is that of the file's bytes
  };

  std::string path;  ///< in the workspace
  int depth = 0;
  FileStatus status;
  Ignores ignores;  ///< before `visit` those of the folder above
  std::optional<FileIndex::Known> known;
  bool gone = false;           ///< since its parent was listed
  bool as_known = false;       ///< every name and file is as the index says
  bool unchanged = false;      ///< `tree` is what the index says
  std::vector<Entry> entries;  ///< without folders
  std::vector<std::unique_ptr<ScannedFolder>> folders;
  Digest tree;
  std::uint64_t size_bytes = 0;
  std::int64_t files = 0;
};

/// Looks at files and folders of the workspace: which content they have now.
///
/// What the index knows is not read again; the rest is read on all cores. Links are never followed.
class Scanner {
 public:
  enum class Keep { digests_only, objects };
  Scanner(Repository& repository, Keep keep, std::stop_token stop = {});

  /// Throws not_found, or bad_input for what cannot be tracked.
  Snapshot scan(const RepoPath& path);
  /// What restoring wrote is known without reading it: the digest of each path, by its state.
  struct Written {
    FileStatus status;
    Digest digest;
  };
  void trust(std::unordered_map<std::string, Written> written) { written_ = std::move(written); }
  /// An object beside what is scanned; only of a scanner that keeps objects.
  Digest keep(std::string_view content) { return batch_->add(content); }
  /// Makes objects durable, and the index remember.
  void commit();

  void report_to(Progress& progress) { progress_ = &progress; }
  /// Call before `scan` when `for_each_file` is wanted after it.
  void keep_entries() { keep_entries_ = true; }
  /// Calls `take` with every file and link of what was scanned last.
  using TakeFile = std::function<void(const std::string& path, const ScannedFolder::Entry&)>;
  void for_each_file(const TakeFile& take) const;

 private:
  using Mode = store::TreeEntry::Mode;
  Snapshot scan_file(const RepoPath& path, const FileStatus& status);
  Snapshot scan_folder(const RepoPath& path);
  void visit(ScannedFolder& folder, const std::function<void(ScannedFolder*)>& more);
  bool visit_known(ScannedFolder& folder, const File& open);
  void visit_unknown(ScannedFolder& folder, const File& open);
  void add_entry(ScannedFolder& folder, const File& open, const std::string& name,
                 const FileStatus& status);
  static void add_link(ScannedFolder::Entry& entry, const File& open);
  Digest keep_link(const std::string& target);
  ScannedFolder& add_folder(ScannedFolder& folder, const std::string& name) const;
  void read_unknown_files();
  void collect_unknown(ScannedFolder& folder);
  [[nodiscard]] Digest read(const std::string& path, const FileStatus& status,
                            FileCounter& counter);
  void close_inner(ScannedFolder& folder);
  void close(ScannedFolder& folder);
  void warn_of_case(const ScannedFolder& folder,
                    const std::vector<store::TreeEntry>& entries) const;
  void remember(const ScannedFolder& folder);
  void was_freed(std::size_t bytes);
  void for_each_file(const ScannedFolder& folder, const TakeFile& take) const;

  Repository& repository_;
  FileIndex& index_;
  std::unique_ptr<store::Batch> batch_;  ///< none when only digests are wanted
  store::Layout layout_ = store::Layout::packed;
  bool keep_entries_ = false;
  std::atomic<bool> closing_wide_ = false;    ///< all cores are at work on some folder already
  std::atomic<std::size_t> freed_bytes_ = 0;  ///< of entries, since memory was last given back
  Progress* progress_ = &no_progress();
  std::stop_token stop_;
  File root_;
  std::unique_ptr<ScannedFolder> top_;  ///< of the last scan; for a file, a folder that holds it
  std::vector<std::pair<ScannedFolder*, std::size_t>> unknown_;
  std::unordered_map<std::string, Written> written_;
};

}  // namespace mlo::workspace
