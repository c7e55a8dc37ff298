#include "mlo/workspace/show.h"

#include <algorithm>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/ledger/approvals.h"
#include "mlo/ledger/versions.h"
#include "workspace/closure.h"
#include "workspace/tree_files.h"

namespace mlo::workspace {
namespace {

/// An object of the store that the ledger does not speak of: a file within a folder, for instance.
std::optional<Digest> stored_object(const store::ObjectStore& store, std::string_view text) {
  if (text.starts_with("sha256:")) text.remove_prefix(7);
  if (text.size() < 6 || text.size() > 2 * Digest::kSize ||
      text.find_first_not_of("0123456789abcdef") != std::string_view::npos)
    return std::nullopt;
  const auto least =
      Digest::parse(std::string(text) + std::string(2 * Digest::kSize - text.size(), '0'));
  const auto all = store.list();
  auto found = std::ranges::lower_bound(all, least);
  if (found == all.end() || !found->hex().starts_with(text)) return std::nullopt;
  if (const auto next = found + 1; next != all.end() && next->hex().starts_with(text))
    throw Error(ErrorKind::bad_input, "'{}' could be several objects", text)
        .hint("type more digits: {}", found->text());
  return *found;
}

/// Whether an object that nothing describes is a folder's tree: it reads as one.
bool reads_as_tree(const store::ObjectStore& store, const Digest& digest) {
  constexpr std::uint64_t kMaxTreeBytes = 64U << 20U;
  if (!store.contains(digest) || store.size_bytes(digest) > kMaxTreeBytes) return false;
  const auto text = store.read(digest);
  if (!text.starts_with("mlo-tree ")) return false;
  try {
    static_cast<void>(store::decode_tree(text));
    return true;
  } catch (const Error&) {
    return false;
  }
}

std::string content_state(Repository& repository, const Shown& shown) {
  if (shown.kind == "run" || shown.kind == "service") return "none";
  Closure closure(repository.store());
  closure.add(shown.digest, shown.folder);
  if (closure.missing().empty()) return "stored";
  if (const auto gone = ledger::collection_of(repository.ledger(), shown.digest))
    return fmt::format("collected on {} by {} ({})", gone->origin.at.brief(), gone->origin.actor,
                       gone->rule);
  return closure.objects().size() == 1
             ? std::string("missing")
             : fmt::format("{} of {} objects missing", closure.missing().size(),
                           closure.objects().size());
}

Shown describe_dataset(Repository& repository, const DatasetReference& reference) {
  Shown shown{.name = reference.name(),
              .kind = reference.output ? "output" : "dataset",
              .digest = reference.digest,
              .folder = reference.folder,
              .version = reference.version};
  if (shown.version) {
    shown.size_bytes = shown.version->size_bytes;
    for (const auto& tag : ledger::tags(repository.ledger(), shown.version->path))
      if (tag.number == shown.version->number) shown.tags.push_back(tag.name);
  }
  return shown;
}

Shown describe_digest(Repository& repository, const Digest& digest) {
  Shown shown{.digest = digest};
  shown.folder = reads_as_tree(repository.store(), digest);
  const auto lineage = ledger::lineage(repository.ledger(), digest, ledger::Direction::up, 1);
  const auto& node = lineage.nodes.front();
  shown.name = node.name;
  shown.kind = node.kind == "file" && shown.folder ? "folder" : node.kind;
  shown.facts = node.facts;
  return shown;
}

/// Its content is about to be shown. An object that is named by its digest is read under the names
/// that the ledger has for it.
void record_reading(Repository& repository, const Shown& shown) {
  const bool model = shown.kind == "model";
  const auto name = shown.version ? shown.version->path : shown.name;
  ledger::record_access(repository.ledger(), "show",
                        {{.kind = model ? "model" : "dataset",
                          .name = name.substr(0, model ? name.find('@') : std::string::npos),
                          .digest = shown.digest}});
}

std::optional<Digest> in_ledger(Repository& repository, const Typed& typed) {
  try {
    return find_reference(repository, typed);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
    return std::nullopt;
  }
}

}  // namespace

Shown show(Repository& repository, const Typed& typed) {
  Shown shown;
  if (const auto reference = find_dataset(repository, typed)) {
    shown = describe_dataset(repository, *reference);
  } else if (const auto digest = in_ledger(repository, typed)) {
    shown = describe_digest(repository, *digest);
  } else if (const auto object = stored_object(repository.store(), typed.text)) {
    shown = describe_digest(repository, *object);
  } else {
    throw Error(ErrorKind::not_found, "nothing is called '{}'", typed.text)
        .hint("PATH@VERSION, MODEL@VERSION, a run or a digest: mlo log lists them");
  }
  shown.content = content_state(repository, shown);
  if (!shown.size_bytes && !shown.folder && repository.store().contains(shown.digest))
    shown.size_bytes = repository.store().size_bytes(shown.digest);
  return shown;
}

std::vector<StoredFile> files_of(Repository& repository, const Shown& shown) {
  if (!shown.folder)
    return {{.path = shown.version ? shown.version->path : shown.name,
             .size_bytes = shown.size_bytes.value_or(0),
             .digest = shown.digest}};
  return tree_files(repository.store(), shown.digest);
}

std::string content_of(Repository& repository, const Shown& shown, const std::string& inner) {
  if (shown.kind == "run" || shown.kind == "service")
    throw Error(ErrorKind::usage, "a {} has no content", shown.kind)
        .hint("mlo runs show {}", shown.name);
  record_reading(repository, shown);
  if (!shown.folder) {
    if (!inner.empty())
      throw Error(ErrorKind::usage, "'{}' is a file: it holds no '{}'", shown.name, inner)
          .hint("leave '{}' out", inner);
    return repository.store().read(shown.digest);
  }
  if (inner.empty())
    throw Error(ErrorKind::usage, "'{}' is a folder", shown.name)
        .hint("mlo show {} --tree lists its files, --content FILE prints one", shown.name);
  const auto all = files_of(repository, shown);
  const auto found = std::ranges::find(all, inner, &StoredFile::path);
  if (found == all.end())
    throw Error(ErrorKind::not_found, "'{}' holds no file '{}'", shown.name, inner)
        .hint("mlo show {} --tree lists its files", shown.name);
  return repository.store().read(found->digest);
}

}  // namespace mlo::workspace
