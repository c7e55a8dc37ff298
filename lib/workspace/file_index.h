#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/digest.h"
#include "mlo/core/file.h"
#include "mlo/core/thread.h"
#include "mlo/core/world.h"
#include "mlo/store/tree.h"

namespace mlo::workspace {

/// A file, link or folder in a folder of the workspace, as it was when it was last looked at.
struct IndexEntry {
  std::string_view name;
  store::TreeEntry::Mode mode = store::TreeEntry::Mode::file;
  FileStatus status;
  Digest digest;         ///< of a folder: none, it has a record of its own
  bool believed = true;  ///< false: could have changed unseen (git's racy-clean rule)
};

/// A folder of the workspace as it was when it was last looked at.
struct IndexFolder {
  FileStatus status;
  Digest tree;
  std::uint64_t size_bytes = 0;
  std::int64_t files = 0;
  Digest rules;          ///< of the `.mloignore` files that hold there
  bool whole = false;    ///< all names are known, not just those of single tracked files
  bool believed = true;  ///< as long as `status` is the same, so are the names
};

/// Digests of the workspace's files that have not changed since they were last read: `.mlo/index`.
///
/// Follows git's racy-clean rule: what was modified no earlier than the index was written could
/// have changed within the clock's grain, and is not believed. A cache: losing it costs time only.
/// What is known may be asked for on several threads at once.
class FileIndex {
 public:
  /// A missing, torn or foreign file is an empty index.
  explicit FileIndex(std::filesystem::path file);
  ~FileIndex();
  FileIndex(const FileIndex&) = delete;
  FileIndex& operator=(const FileIndex&) = delete;

  /// A known folder, by its path in the workspace.
  class Known {
   public:
    [[nodiscard]] IndexFolder folder() const;
    [[nodiscard]] std::size_t count() const;
    /// Entries are sorted by name.
    [[nodiscard]] IndexEntry at(std::size_t number) const;
    [[nodiscard]] std::optional<IndexEntry> find(std::string_view name) const;

   private:
    friend class FileIndex;
    Known(const FileIndex& index, std::uint64_t number) : index_(&index), number_(number) {}
    const FileIndex* index_;
    std::uint64_t number_;
  };
  [[nodiscard]] std::optional<Known> find(std::string_view path) const;

  /// What a folder is now. Kept in memory until `save`; `entries` need no order.
  void put(const std::string& path, const IndexFolder& folder, std::vector<IndexEntry> entries);
  /// What a single tracked file is now; whatever else lies in its folder.
  void put_file(const std::string& folder, const IndexEntry& entry);
  /// Writes what was put beside what was known, and knows it. A cache that cannot be written is no
  /// error.
  void save(const World& world);

 private:
  struct Block;
  struct Layout;
  [[nodiscard]] bool is_racy(const FileStatus& status) const;
  [[nodiscard]] std::string_view path_at(std::uint64_t number) const;
  void load();
  void map(const File& file);
  void unload();
  /// True when folders, entries and texts follow each other as `save` writes them.
  [[nodiscard]] bool is_as_written() const;
  static Block block_of(const IndexFolder& folder, std::vector<IndexEntry> entries);
  void merge_files(std::map<std::string, Block>& fresh);
  struct Part;
  [[nodiscard]] std::vector<Part> parts(const std::map<std::string, Block>& fresh) const;
  template <typename Visit>
  void each_entry(const Part& part, Visit&& visit) const;
  void write(const std::map<std::string, Block>& fresh, File& file) const;

  std::filesystem::path path_;
  BytesView map_;
  std::int64_t written_ns_ = 0;  ///< when the file was written, by the file system's clock
  Guarded<std::map<std::string, Block>> fresh_;
  struct SingleFile {
    std::string name;
    IndexEntry entry;
  };
  Guarded<std::map<std::string, std::vector<SingleFile>>> files_;  ///< by folder
};

}  // namespace mlo::workspace
