#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/ledger/records.h"

// What happens to dataset versions after they are recorded: names, moves, and content given up.

namespace mlo::ledger {

/// `urn:mlo:tag:v1`, or `urn:mlo:tag-removal:v1`: a name for one version of a dataset.
struct Tag {
  std::string path;
  std::string name;
  std::int64_t number = 0;  ///< of the version
  Digest digest;
  bool removed = false;
  Origin origin;
};

/// `urn:mlo:untracking:v1`: the path is no longer looked at; its versions stay.
struct Untracking {
  std::string path;
  Digest digest;         ///< what `mlo.lock` said last
  std::string moved_to;  ///< the path that goes on; empty: none
  Origin origin;
};

/// `urn:mlo:collection:v1`: the content of these old versions was given up on purpose.
struct Collection {
  struct Version {
    std::string path;
    std::int64_t number = 0;
    Digest digest;
  };
  std::vector<Version> versions;
  std::string rule;  ///< "keep 3", "older than 90d"
  Origin origin;
};

Statement statement_of(const Tag& tag);
Statement statement_of(const Untracking& untracking);
/// As many statements as the entries' size limit asks for.
std::vector<Statement> statements_of(const Collection& collection);

/// Tags in force, by path and name; an empty `path` means every path.
std::vector<Tag> tags(Ledger& ledger, std::string_view path = {});
/// Every tag that was set or removed, newest first.
std::vector<Tag> tag_history(Ledger& ledger, std::string_view path);
/// Newest first.
std::vector<Untracking> untrackings(Ledger& ledger, std::string_view path);
/// A path that a dataset had before it was moved: what was recorded of it up to that entry.
struct FormerPath {
  std::string path;
  std::int64_t until = 0;  ///< the entry of the move
};
/// How the dataset at `path` was called before, by all moves on its way there, the last one first.
std::vector<FormerPath> former_paths(Ledger& ledger, std::string_view path);
/// Versions of the dataset at `path`, newest first, then those that it had under former paths.
std::vector<DatasetVersion> versions_with_former(Ledger& ledger, std::string_view path);
/// Tags in force of those versions: of `path` first.
std::vector<Tag> tags_with_former(Ledger& ledger, std::string_view path);
/// Content of runs that were removed before `before` and that nothing else is made of or names.
std::vector<Collection::Version> content_of_removed_runs(Ledger& ledger, Timestamp before);
/// Drops the points of those runs.
void drop_points_of_removed_runs(Ledger& ledger, Timestamp before);
/// The newest collection that names `digest`, if any.
std::optional<Collection> collection_of(Ledger& ledger, const Digest& digest);
/// Every collected digest, sorted.
std::vector<Digest> collected_digests(Ledger& ledger);

}  // namespace mlo::ledger
