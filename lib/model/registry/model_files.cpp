#include "model/registry/model_files.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "mlo/core/text.h"
#include "mlo/model/registry.h"
#include "mlo/run/tracking.h"
#include "mlo/store/tree.h"

namespace mlo::model {
namespace {

/// A folder as it is built up from its files' paths.
struct Folder {
  std::map<std::string, run::TrackedFile> files;
  std::map<std::string, Folder> folders;
};

struct Written {
  Digest digest;
  std::uint64_t size_bytes = 0;
};

Written write(store::Batch& batch, const Folder& folder) {
  std::vector<store::TreeEntry> entries;
  std::uint64_t size_bytes = 0;
  for (const auto& [name, file] : folder.files)
    entries.push_back({.size_bytes = file.size_bytes, .digest = file.digest, .name = name});
  for (const auto& [name, below] : folder.folders) {
    const auto written = write(batch, below);
    entries.push_back({.mode = store::TreeEntry::Mode::folder,
                       .size_bytes = written.size_bytes,
                       .digest = written.digest,
                       .name = name});
  }
  for (const auto& entry : entries) size_bytes += entry.size_bytes;
  return {.digest = batch.add(store::encode_tree(std::move(entries))), .size_bytes = size_bytes};
}

std::string shown_path(std::string_view path) {
  return path.empty() ? "model" : std::string(path);
}

}  // namespace

ModelFiles gather_files(workspace::Repository& repository, store::Batch& batch,
                        std::string_view owner, std::string_view path) {
  if (const auto own = own_version(repository, owner))
    return {.digest = own->digest,
            .path = own->path,
            .tree = own->digest,
            .size_bytes = own->size_bytes};
  const auto files = run::artifacts_below(repository, owner, path);
  if (files.size() == 1 && files.front().path == path)
    return {.digest = files.front().digest,
            .path = std::string(path),
            .tree = files.front().digest,
            .size_bytes = files.front().size_bytes};
  Folder root;
  for (const auto& file : files) {
    const auto parts = split(file.path.substr(path.empty() ? 0 : path.size() + 1), '/');
    auto* folder = &root;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) folder = &folder->folders[parts[i]];
    folder->files[parts.back()] = file;
  }
  const auto tree = write(batch, root);
  ModelFiles found{.digest = tree.digest,
                   .path = shown_path(path),
                   .tree = tree.digest,
                   .size_bytes = tree.size_bytes};
  const auto is_onnx = [](const run::TrackedFile& file) { return file.path.ends_with(".onnx"); };
  if (std::ranges::count_if(files, is_onnx) == 1) {
    const auto& onnx = *std::ranges::find_if(files, is_onnx);
    found.digest = onnx.digest;
    found.path = onnx.path;
    found.size_bytes = onnx.size_bytes;
  }
  return found;
}

void add_run_facts(workspace::Repository& repository, ledger::ModelVersion& version) {
  constexpr std::size_t kLongest = 500;  // a release says what matters, not everything
  const auto run = run::tracked_run(repository, version.run);
  if (!run) return;
  for (const auto& [key, value] : run->params)
    if (value.size() <= kLongest && version.params.size() < kLongest / 5)
      version.params.set(key, value);
  for (const auto& point : run->metrics)
    if (std::isfinite(point.value) && version.metrics.size() < kLongest / 5)
      version.metrics.set(point.key, point.value);
}

}  // namespace mlo::model
