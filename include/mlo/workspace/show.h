#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/ledger/records.h"
#include "mlo/store/tree.h"
#include "mlo/workspace/references.h"

namespace mlo::workspace {

/// What is known of something that was named.
struct Shown {
  std::string name;  ///< "data/train.csv@v3"
  std::string kind;  ///< dataset, output, model, run, service, file, folder
  Digest digest;
  bool folder = false;
  std::optional<std::uint64_t> size_bytes;
  std::string content;  ///< "stored", "2 of 5 objects missing", "collected 2026-… by ana", "none"
  std::optional<ledger::DatasetVersion> version;
  std::vector<std::string> tags;
  std::vector<std::string> facts;  ///< what the ledger tells of it, a line each
};
/// Looks up a dataset version, model, run, or any object of the store by its digest.
/// Throws not_found, or bad_input when it could be several.
Shown show(Repository& repository, const Typed& typed);

/// A file of recorded content.
struct StoredFile {
  std::string path;  ///< within the folder; a single file's own
  store::TreeEntry::Mode mode = store::TreeEntry::Mode::file;
  std::uint64_t size_bytes = 0;
  Digest digest;
};
/// Every file below, sorted by path; a file is a list of one.
/// Throws not_found when a folder's tree is not in the store.
std::vector<StoredFile> files_of(Repository& repository, const Shown& shown);
/// The bytes of a file: of `shown` itself, or of the file `inner` in its folder (at most 1 GiB).
/// Throws not_found, usage when a folder is given without a file.
std::string content_of(Repository& repository, const Shown& shown, const std::string& inner);

}  // namespace mlo::workspace
