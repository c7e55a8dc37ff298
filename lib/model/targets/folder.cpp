#include <filesystem>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
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

/// Puts the model file and `mlo-model.json` into a folder; each replaces its predecessor whole, the
/// description last, so that who reads it finds a model at least as new.
Delivered deliver(workspace::Repository& repository, const ledger::ModelVersion& version,
                  const std::string& stage, const Json& options, const std::stop_token& /*stop*/) {
  const auto path = options.string_or("path", "");
  if (path.empty())
    throw Error(ErrorKind::bad_input, "delivery to a folder needs 'path'")
        .hint("deliver: {{{}: {{folder: {{path: …}}}}}}", stage);
  const auto folder = fs::path(path).is_absolute() ? fs::path(path) : repository.root() / path;
  fs::create_directories(folder);
  repository.store().restore(version.digest, folder / fs::path(version.path).filename(), false);
  write_durably(folder / "mlo-model.json", bytes_of(metadata(version, stage).pretty() + "\n"),
                repository.world(), "deliver.rename");
  return {"live", folder.string()};
}

const bool kRegistered = targets().add("folder", {.deliver = deliver});

}  // namespace
}  // namespace mlo::model
