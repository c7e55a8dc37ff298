#include "workspace/repair.h"

#include <fcntl.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/process.h"
#include "mlo/ledger/records.h"
#include "mlo/workspace/lock_file.h"
#include "mlo/workspace/snapshot.h"

namespace mlo::workspace {
namespace fs = std::filesystem;

void Repair::note(const std::set<Digest>& wanted, const std::string& source) {
  for (const auto& digest : wanted)
    if (!sources_.contains(digest) && repository_.store().contains(digest))
      sources_.emplace(digest, source);
}

void Repair::from_workspace(const std::set<Digest>& wanted) {
  std::set<std::string> paths;
  const auto lock = read_lock_file(repository_.root());
  for (const auto* facts : {&lock.data, &lock.outputs})
    for (const auto& [path, digest] : *facts) paths.insert(RepoPath::parse(path).text());
  for (const auto& version : ledger::dataset_versions(repository_.ledger()))
    paths.insert(version.path);
  for (const auto& text : paths) {
    throw_if_stopped(stop_);
    const auto path = RepoPath::parse(text);
    if (!status_of(path.under(repository_.root()))) continue;
    progress_.say("looking into " + text);
    // Stores what is not in the store, trees included, and reads nothing that is.
    try {
      static_cast<void>(store_snapshot(repository_, path, stop_));
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::interrupted || error.kind() == ErrorKind::unavailable) throw;
      progress_.warn(text + ": " + error.message());
    }
    note(wanted, text);
  }
}

void Repair::from_folder(const fs::path& folder, const std::set<Digest>& wanted) {
  for (const auto& objects : {folder / ".mlo" / "objects", folder / "objects"})
    if (fs::is_directory(objects) && fs::exists(objects.parent_path() / "format"))
      return from_store(objects, wanted);
  from_files(folder, wanted);
}

void Repair::from_store(const fs::path& objects, const std::set<Digest>& wanted) {
  const store::ObjectStore other(objects, repository_.world());
  const TemporaryFolder folder(repository_.folder() / "tmp", repository_.world());
  const auto file = folder.path() / "object";
  store::Batch batch(repository_.store());
  for (const auto& digest : wanted) {
    throw_if_stopped(stop_);
    if (repository_.store().contains(digest) || !other.contains(digest)) continue;
    try {
      auto output = File::open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
      other.copy_to(digest, output);
      output.close();
      batch.add_file(file);
    } catch (const Error& error) {
      // Theirs may be damaged too.
      if (error.kind() != ErrorKind::integrity && error.kind() != ErrorKind::not_found) throw;
      progress_.warn(digest.text() + ": " + error.message());
    }
  }
  batch.commit();
  note(wanted, objects.parent_path().string());
}

void Repair::from_files(const fs::path& folder, const std::set<Digest>& wanted) {
  store::Batch batch(repository_.store());
  std::map<Digest, std::string> found;
  for (const auto& item :
       fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied)) {
    throw_if_stopped(stop_);
    if (item.is_symlink() || !item.is_regular_file()) continue;
    const auto digest = Digest::of_file(item.path());
    if (!wanted.contains(digest) || repository_.store().contains(digest)) continue;
    if (batch.add_file(item.path()) == digest) found.emplace(digest, item.path().string());
  }
  batch.commit();
  sources_.merge(found);
}

}  // namespace mlo::workspace
