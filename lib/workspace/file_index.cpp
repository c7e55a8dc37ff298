#include "workspace/file_index.h"

#include "mlo/core/error.h"

namespace mlo::workspace {
namespace {

constexpr std::int64_t kNanosPerMicro = 1000;
// File systems stamp with the kernel's tick, which lags the clock by up to 10 ms.
constexpr std::int64_t kGrainNs = 20'000'000;

constexpr auto kTable = R"sql(
  CREATE TABLE IF NOT EXISTS file_index (
    path TEXT PRIMARY KEY,        -- in the workspace
    size_bytes INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL,
    changed_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    recorded_ns INTEGER NOT NULL, -- when the file had been read
    digest BLOB NOT NULL
  ) STRICT, WITHOUT ROWID
)sql";

constexpr auto kFind = R"sql(
  SELECT digest, recorded_ns FROM file_index
  WHERE path = ?1 AND size_bytes = ?2 AND modified_ns = ?3 AND changed_ns = ?4 AND inode = ?5
)sql";

constexpr auto kRemember = R"sql(
  INSERT INTO file_index VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
  ON CONFLICT (path) DO UPDATE SET size_bytes = ?2, modified_ns = ?3, changed_ns = ?4, inode = ?5,
    recorded_ns = ?6, digest = ?7
)sql";

}  // namespace

FileIndex::FileIndex(Database& database) : database_(&database) {
  const auto count = [](const Row& row) { return row.get<std::int64_t>(0); };
  // Asked first: a repository that is read-only can be looked at all the same.
  if (database.one("SELECT count(*) FROM sqlite_schema WHERE name = 'file_index'", count) == 0)
    database.execute(kTable);
}

std::optional<Digest> FileIndex::find(const std::string& path, const FileStatus& status) {
  const auto read = [&](const Row& row) -> std::optional<Digest> {
    const bool racy = status.modified_ns + kGrainNs >= row.get<std::int64_t>(1);
    return racy ? std::nullopt : std::optional(row.get<Digest>(0));
  };
  return database_
      ->one(kFind, read, path, status.size_bytes, status.modified_ns, status.changed_ns,
            status.inode)
      .value_or(std::nullopt);
}

void FileIndex::remember(const std::string& path, const FileStatus& status, const Digest& digest,
                         Timestamp now) {
  learned_.push_back({path, status, digest, now});
}

void FileIndex::save() {
  if (learned_.empty()) return;
  try {
    Transaction transaction(*database_);
    for (const auto& [path, status, digest, at] : learned_)
      database_->run(kRemember, path, status.size_bytes, status.modified_ns, status.changed_ns,
                     status.inode, at.microseconds * kNanosPerMicro, digest);
    transaction.commit();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::integrity) throw;
  }
  learned_.clear();
}

}  // namespace mlo::workspace
