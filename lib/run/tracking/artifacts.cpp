#include <algorithm>
#include <map>

#include "mlo/core/error.h"
#include "mlo/store/object_store.h"
#include "mlo/store/tree.h"
#include "mlo/workspace/maintenance.h"
#include "run/tracking/rows.h"

namespace mlo::run {
namespace {

constexpr auto kFiles = "SELECT path, digest FROM artifact WHERE owner = ?1";
/// What the steps of a run made; points and what clients sent have rows of their own.
constexpr auto kProducts = R"sql(
  SELECT path, digest FROM run_file WHERE run = ?1 AND role = 'product'
    AND NOT path GLOB 'artifacts/?*' AND NOT path GLOB 'records/*'
)sql";
constexpr auto kKeep = R"sql(
  INSERT OR REPLACE INTO artifact (owner, path, digest, entry) VALUES (?1, ?2, ?3, NULL)
)sql";
constexpr auto kUntold = "SELECT digest FROM artifact WHERE entry IS NULL";
constexpr auto kUntoldInputs = "SELECT object FROM run_input WHERE entry IS NULL";
constexpr int kMaxDepth = 64;
constexpr std::uint64_t kMaxTreeBytes = 64ULL << 20U;

/// A tree's object begins so.
constexpr std::string_view kTree = "mlo-tree 1\n";

std::optional<std::vector<store::TreeEntry>> as_tree(const store::ObjectStore& store,
                                                     const Digest& digest) {
  if (store.size_bytes(digest) > kMaxTreeBytes) return std::nullopt;
  const auto text = store.read(digest, kMaxTreeBytes);
  if (!text.starts_with(kTree)) return std::nullopt;
  return store::decode_tree(text);
}

class Collector {
 public:
  explicit Collector(workspace::Repository& repository) : store_(repository.store()) {}

  void add(const std::string& path, const Digest& digest) { files_.insert_or_assign(path, digest); }
  /// A product may be a folder.
  void add_product(const std::string& path, const Digest& digest, int depth = 0) {
    if (!store_.contains(digest) || depth > kMaxDepth) return;
    const auto tree = as_tree(store_, digest);
    if (!tree) return add(path, digest);
    for (const auto& entry : *tree) {
      const auto below = path + "/" + entry.name;
      if (entry.mode == store::TreeEntry::Mode::folder)
        add_product(below, entry.digest, depth + 1);
      else
        add(below, entry.digest);
    }
  }
  [[nodiscard]] TrackedFile file(const std::string& path, const Digest& digest) const {
    return {.path = path,
            .size_bytes = store_.contains(digest) ? store_.size_bytes(digest) : 0,
            .digest = digest};
  }
  [[nodiscard]] const std::map<std::string, Digest>& files() const { return files_; }

 private:
  const store::ObjectStore& store_;
  std::map<std::string, Digest> files_;
};

Collector collect(workspace::Repository& repository, std::string_view owner) {
  Collector collector(repository);
  auto& database = repository.ledger().database();
  const auto read = [](const Row& row) {
    return ledger::Artifact{row.get<std::string>(0), row.get<Digest>(1)};
  };
  for (const auto& product : database.all(kProducts, read, owner))
    collector.add_product(product.path, product.digest);
  for (const auto& file : database.all(kFiles, read, owner)) collector.add(file.path, file.digest);
  return collector;
}

std::vector<Digest> untold(workspace::Repository& repository) {
  auto& database = repository.ledger().database();
  const auto read = [](const Row& row) { return row.get<Digest>(0); };
  auto digests = database.all(kUntold, read);
  const auto inputs = database.all(kUntoldInputs, read);
  digests.insert(digests.end(), inputs.begin(), inputs.end());
  return digests;
}

const bool kRegistered = workspace::mark_sources().add("live runs", untold);

}  // namespace

std::vector<TrackedFile> list_artifacts(workspace::Repository& repository, std::string_view owner,
                                        std::string_view folder) {
  const auto collector = collect(repository, owner);
  const auto prefix = folder.empty() ? std::string() : std::string(folder) + "/";
  std::vector<TrackedFile> listed;
  const auto& files = collector.files();
  for (auto at = files.lower_bound(prefix); at != files.end() && at->first.starts_with(prefix);
       ++at) {
    const auto rest = std::string_view(at->first).substr(prefix.size());
    const auto slash = rest.find('/');
    if (slash == std::string_view::npos) {
      listed.push_back(collector.file(at->first, at->second));
      continue;
    }
    auto name = prefix + std::string(rest.substr(0, slash));
    if (std::ranges::find(listed, name, &TrackedFile::path) == listed.end())
      listed.push_back({.path = std::move(name), .folder = true});
  }
  std::ranges::sort(listed, {}, &TrackedFile::path);
  return listed;
}

std::vector<TrackedFile> artifacts_below(workspace::Repository& repository, std::string_view owner,
                                         std::string_view path) {
  const auto collector = collect(repository, owner);
  std::vector<TrackedFile> found;
  for (const auto& [name, digest] : collector.files())
    if (path.empty() || name == path || name.starts_with(std::string(path) + "/"))
      found.push_back(collector.file(name, digest));
  return found;
}

std::optional<TrackedFile> find_artifact(workspace::Repository& repository, std::string_view owner,
                                         std::string_view path) {
  const auto collector = collect(repository, owner);
  const auto found = collector.files().find(std::string(path));
  if (found == collector.files().end()) return std::nullopt;
  return collector.file(found->first, found->second);
}

void keep_artifact(workspace::Repository& repository, const std::string& owner,
                   const ledger::Artifact& file) {
  auto& ledger = repository.ledger();
  bool ended = false;
  if (const auto model = ledger::find_logged_model(ledger, owner)) {
    if (model->deleted) throw Error(ErrorKind::not_found, "no logged model '{}'", owner);
    ended = model->status != "pending";
  } else {
    const auto run = tracked_row(ledger.database(), owner);
    if (!run) throw Error(ErrorKind::not_found, "no run with id '{}'", hex_of_run(owner));
    if (run->deleted)
      throw Error(ErrorKind::bad_input, "the run '{}' is removed: restore it first",
                  hex_of_run(owner));
    ended = !run->live;
  }
  if (ended)
    ledger.append(ledger::statements_of({.owner = owner, .files = {file}}), {"track", ""});
  else
    ledger.database().run(kKeep, owner, file.path, file.digest);
}

}  // namespace mlo::run
