#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/progress.h"
#include "mlo/ledger/tracking.h"
#include "mlo/workspace/repository.h"

// The registry as tracking clients use it, over the versions and stages that mlo itself has: what
// one registers the other lists.

namespace mlo::model {

/// A version with what is said of it. Of one that `mlo train` registered the note says where its
/// file is to be had.
struct NotedVersion {
  ledger::ModelVersion version;
  ledger::VersionNote note;
};

/// What is said of a model as a whole; nothing for a model that is not there or was removed.
std::optional<ledger::RegisteredModel> registered_model(workspace::Repository& repository,
                                                        std::string_view name);
/// Throws conflict when there is one.
ledger::RegisteredModel create_model(workspace::Repository& repository, const std::string& name,
                                     const std::string& description, const Json& tags);
/// Throws not_found, here and below, for what is not there. `change` may not touch the name.
ledger::RegisteredModel edit_model(workspace::Repository& repository, std::string_view name,
                                   const std::function<void(ledger::RegisteredModel&)>& change);
/// Registers every version under the new name as well, and removes the old one. Like the removals
/// below it throws not_allowed for a model that mlo.yaml describes, and where a version holds a
/// stage.
ledger::RegisteredModel rename_model(workspace::Repository& repository, std::string_view name,
                                     const std::string& new_name);
void remove_model(workspace::Repository& repository, std::string_view name);

struct NewVersion {
  std::string model;
  std::string source;        ///< as the client said
  std::string owner;         ///< whose artifacts these are: a run or a logged model
  std::string path;          ///< of the folder or file among them
  std::string run;           ///< id; may be empty
  std::string logged_model;  ///< may be empty
  std::string description;
  std::string link;
  Json tags = Json::object();
};
/// Registers the content of a folder of artifacts. One that holds a single ONNX file is registered
/// as that file, so that mlo can judge and serve it.
NotedVersion create_version(workspace::Repository& repository, const NewVersion& wanted);
std::optional<NotedVersion> find_version(workspace::Repository& repository, std::string_view name,
                                         std::int64_t number);
/// The same, also of one that was removed or renamed since: copies of it still lead there.
std::optional<NotedVersion> former_version(workspace::Repository& repository, std::string_view name,
                                           std::int64_t number);
/// The version that owns "mlo:churn@3", a file that mlo registered by itself, whatever became of it
/// since; nothing when the owner is a run or a logged model. Throws not_found.
std::optional<ledger::ModelVersion> own_version(workspace::Repository& repository,
                                                std::string_view owner);
/// Newest first.
std::vector<NotedVersion> versions_of(workspace::Repository& repository, std::string_view name);
NotedVersion edit_version(workspace::Repository& repository, std::string_view name,
                          std::int64_t number,
                          const std::function<void(ledger::VersionNote&)>& change);
/// Of a model that mlo.yaml describes too, unless it holds a stage. Its number is not given again.
void remove_version(workspace::Repository& repository, std::string_view name, std::int64_t number);
/// The version behind an alias, or behind the name of a stage that nobody took as an alias.
std::optional<std::int64_t> version_of_alias(workspace::Repository& repository,
                                             const ledger::RegisteredModel& model,
                                             std::string_view alias);

struct Transition {
  std::string model;
  std::int64_t number = 0;
  std::string stage;  ///< None, Staging, Production, Archived
  bool archive_others = false;
};
/// A stage of a model that mlo.yaml describes is reached through its gate: throws not_allowed with
/// the reasons when that says no; there a version leaves a stage only as another takes it. Stages
/// of other models are the clients': a version holds the one that it was moved to last, or none.
NotedVersion move_to_stage(workspace::Repository& repository, const Transition& transition,
                           Progress& progress, const std::stop_token& stop);

struct RegistryQuestion {
  std::string filter;
  std::vector<std::string> order_by;
  std::int64_t offset = 0;
  std::int64_t most = 100;
};
std::vector<ledger::RegisteredModel> search_models(workspace::Repository& repository,
                                                   const RegistryQuestion& question);
std::vector<NotedVersion> search_versions(workspace::Repository& repository,
                                          const RegistryQuestion& question);

}  // namespace mlo::model
