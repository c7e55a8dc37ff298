#include "workspace/marks.h"

#include <algorithm>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/ledger/audit.h"
#include "workspace/references_held.h"

namespace mlo::workspace {
namespace {

constexpr std::int64_t kEntriesAtOnce = 1000;

}  // namespace

Registry<MarkSource>& mark_sources() {
  static Registry<MarkSource> sources;
  return sources;
}

Marks::Marks(Repository& repository) : repository_(repository), closure_(repository.store()) {
  for (const auto& digest : ledger::collected_digests(repository.ledger()))
    collected_.insert(digest);
  for (const auto& version : ledger::dataset_versions(repository.ledger()))
    if (version.folder) folders_.insert(version.digest);
}

void Marks::mark(const std::set<Digest>& given_up) {
  for (const auto& held : held_locks(repository_)) {
    const std::string why = held.here ? "named by mlo.lock" : "named by mlo.lock in git";
    for (const auto* facts : {&held.lock.data, &held.lock.outputs})
      for (const auto& [path, digest] : *facts) add(why, digest, path.ends_with('/'));
    for (const auto& [step, fingerprint] : held.lock.steps) add_unknown(why, fingerprint);
  }
  for (const auto& name : mark_sources().names())
    for (const auto& digest : (*mark_sources().find(name))(repository_)) add_unknown(name, digest);
  const auto size = repository_.ledger().size();
  for (std::int64_t from = 0; from < size; from += kEntriesAtOnce)
    for (const auto& entry :
         repository_.ledger().entries(from, std::min(size, from + kEntriesAtOnce)))
      add_entry(entry, given_up);
}

void Marks::add(const std::string& why, const Digest& digest, bool folder) {
  if (closure_.contains(digest)) return;
  const auto objects = closure_.objects().size();
  const auto bytes = closure_.content_bytes();
  const auto missing = closure_.missing().size();
  closure_.add(digest, folder);
  // A tree that is not there could name anything: nothing may be taken away then.
  if (closure_.missing_trees() > 0 && closure_.missing().size() > missing &&
      !collected_.contains(digest))
    throw Error(ErrorKind::integrity, "a folder's tree of {} is missing: what it holds is unknown",
                digest.text())
        .hint("mlo fsck --repair, then mlo gc again");
  if (closure_.objects().size() == objects) return;
  if (!repository_.store().contains(digest)) return;
  auto found = std::ranges::find(kept_, why, &KeptFor::why);
  if (found == kept_.end()) found = kept_.insert(kept_.end(), KeptFor{.why = why});
  found->objects += closure_.objects().size() - objects - (closure_.missing().size() - missing);
  found->content_bytes += closure_.content_bytes() - bytes;
}

void Marks::add_unknown(const std::string& why, const Digest& digest) {
  // Keys, leaves and runs are digests without an object.
  if (closure_.contains(digest)) return;
  if (repository_.store().contains(digest) || folders_.contains(digest))
    add(why, digest, folders_.contains(digest) || is_tree(repository_.store(), digest));
}

void Marks::add_entry(const ledger::Entry& entry, const std::set<Digest>& given_up) {
  const auto why = fmt::format("recorded: {}", ledger::word_for(entry));
  for (const auto& subject : entry.subjects)
    if (!given_up.contains(subject.digest)) add_unknown(why, subject.digest);
  add_digests_in(why, entry.predicate, given_up);
}

/// Every text of a statement that reads as a digest: no kind of record can be forgotten so.
void Marks::add_digests_in(const std::string& why, const Json& value,
                           const std::set<Digest>& given_up) {
  if (value.is_object()) {
    for (const auto& [name, member] : value.as_object()) add_digests_in(why, member, given_up);
  } else if (value.is_array()) {
    for (const auto& item : value.as_array()) add_digests_in(why, item, given_up);
  } else if (value.is_string()) {
    const auto digest = Digest::try_parse(value.as_string());
    if (digest && !given_up.contains(*digest)) add_unknown(why, *digest);
  }
}

}  // namespace mlo::workspace
