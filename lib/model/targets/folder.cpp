#include <filesystem>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/path.h"
#include "mlo/workspace/lock_file.h"
#include "model/targets/target.h"

namespace mlo::model {
namespace {

namespace fs = std::filesystem;

Json metadata(const ledger::ModelVersion& version, const std::string& stage) {
  return Json::object({{"model", version.model},
                       {"version", version.number},
                       {"stage", stage},
                       {"digest", version.digest.text()},
                       {"run", version.run},
                       {"signature", version.signature},
                       {"description", version.description}});
}

constexpr auto kDescription = "mlo-model.json";

/// The folder that `path` of mlo.yaml names, which whoever wrote that chose: never a repository's
/// own one.
fs::path folder_of(const workspace::Repository& repository, const std::string& path) {
  const auto folder = fs::weakly_canonical(repository.root() / path);
  for (const auto& part : folder)
    if (part == ".git" || part == ".mlo")
      throw Error(ErrorKind::not_allowed, "'{}' reaches into a repository's own folder", path)
          .hint("deliver into a folder that holds nothing else");
  return folder;
}

/// Nor does a delivery write over what the workspace records.
void require_unrecorded(const workspace::Repository& repository, const fs::path& file) {
  const auto relative = file.lexically_relative(fs::weakly_canonical(repository.root()));
  if (relative.empty() || *relative.begin() == "..") return;
  const auto place = RepoPath::parse(relative.generic_string());
  const auto lock = workspace::read_lock_file(repository.root());
  for (const auto* const section : {&lock.data, &lock.outputs})
    for (const auto& [known, digest] : *section)
      if (const auto path = RepoPath::parse(known); path.is_within(place) || place.is_within(path))
        throw Error(ErrorKind::conflict, "'{}' would be written over '{}', which mlo.lock records",
                    place.text(), known)
            .hint("deliver into a folder that holds nothing else");
}

/// Puts the model file and `mlo-model.json` into a folder; each replaces its predecessor whole, the
/// description last, so that who reads it finds a model at least as new.
Delivered deliver(workspace::Repository& repository, const ledger::ModelVersion& version,
                  const std::string& stage, const Json& options, const std::stop_token& /*stop*/) {
  const auto path = options.string_or("path", "");
  if (path.empty())
    throw Error(ErrorKind::bad_input, "delivery to a folder needs 'path'")
        .hint("deliver: {{{}: {{folder: {{path: …}}}}}}", stage);
  const auto folder = folder_of(repository, path);
  const auto file = folder / fs::path(version.path).filename();
  require_unrecorded(repository, file);
  require_unrecorded(repository, folder / kDescription);
  fs::create_directories(folder);
  repository.store().restore(version.digest, file, false);
  write_durably(folder / kDescription, bytes_of(metadata(version, stage).pretty() + "\n"),
                repository.world(), "deliver.rename");
  return {"live", folder.string()};
}

const bool kRegistered = targets().add("folder", {.deliver = deliver});

}  // namespace
}  // namespace mlo::model
