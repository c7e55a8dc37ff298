#include "mlo/model/registry.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/model/predictor.h"
#include "mlo/model/promotion.h"
#include "mlo/run/tracking.h"
#include "model/registry/claims.h"
#include "model/registry/model_files.h"
#include "model/signature.h"
#include "model/version_number.h"

namespace mlo::model {
namespace {

const ledger::Act kAct{"track", ""};

constexpr auto kOwnModel = R"sql(
  SELECT min(at), max(at) FROM model_version JOIN act USING (entry) WHERE model = ?1
)sql";

Error no_model(std::string_view name) {
  return {ErrorKind::not_found, "no registered model '{}'", printable(name)};
}

Error no_version(std::string_view name, std::int64_t number) {
  return {ErrorKind::not_found, "no version {} of the model '{}'", number, printable(name)};
}

ledger::RegisteredModel need_model(workspace::Repository& repository, std::string_view name) {
  if (auto model = registered_model(repository, name)) return std::move(*model);
  throw no_model(name);
}

/// The newest of the stages that clients know; a project may have others.
std::string client_stage(const std::vector<std::string>& newest_first) {
  for (const auto& stage : newest_first) {
    if (stage == "staging") return "Staging";
    if (stage == "production") return "Production";
  }
  return "None";
}

/// What a version that mlo registered by itself would have been told.
ledger::VersionNote note_of_own(workspace::Repository& repository,
                                const ledger::ModelVersion& version) {
  ledger::VersionNote note{
      .model = version.model,
      .number = version.number,
      .description = version.description.string_or("intended_use", ""),
      .source = fmt::format("mlflow-artifacts:/mlo/{}/{}", version.model, version.number),
      .updated_at = version.origin.at};
  note.stage = client_stage(ledger::stages_of(repository.ledger(), version.model, version.number));
  return note;
}

NotedVersion with_note(workspace::Repository& repository, ledger::ModelVersion version) {
  auto note = ledger::find_version_note(repository.ledger(), version.model, version.number);
  if (!note) note = note_of_own(repository, version);
  return {.version = std::move(version), .note = std::move(*note)};
}

NotedVersion need_version(workspace::Repository& repository, std::string_view name,
                          std::int64_t number) {
  if (auto version = find_version(repository, name, number)) return std::move(*version);
  throw no_version(name, number);
}

/// Of a model that mlo.yaml describes (now, not when this process began), so that mlo can judge and
/// serve what clients register. Their call goes well also where that cannot be told: `validate`
/// says then what is missing.
Json described_signature(workspace::Repository& repository, const ledger::ModelVersion& version) {
  try {
    auto fresh = reopened(repository);
    const auto* described = fresh.project().find_model(version.model);
    if (described == nullptr || !has_engine(version.path)) return Json::object();
    auto spec = *described;
    spec.path = version.path;
    return signature_for(fresh, spec, version.digest).json;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    return Json::object();
  }
}

/// Numbers that a model of this name once gave out are not given again, but to the version that had
/// it: a model may take back a name that it bore.
void require_the_same(ledger::Ledger& ledger, const ledger::ModelVersion& version) {
  const auto before = ledger::find_model(ledger, version.model, version.number);
  if (before && before->digest == version.digest) return;
  throw Error(ErrorKind::bad_input, "a model '{}' had another version {} before",
              printable(version.model), version.number)
      .hint("give it a name that no model had");
}

void drop_aliases(ledger::RegisteredModel& model, std::int64_t number) {
  Json kept = Json::object();
  for (const auto& [alias, held] : model.aliases.as_object())
    if (held.as_integer() != number) kept.append(alias, held);
  model.aliases = std::move(kept);
}

}  // namespace

std::optional<ledger::RegisteredModel> registered_model(workspace::Repository& repository,
                                                        std::string_view name) {
  auto& ledger = repository.ledger();
  auto known = ledger::find_registered_model(ledger, name);
  if (known && known->deleted && ledger::model_versions(ledger, name).empty()) return std::nullopt;
  if (known) {
    // What was registered after the removal made it a model again.
    known->deleted = false;
    return known;
  }
  const auto own = ledger.database().one(
      kOwnModel,
      [](const Row& row) {
        return std::pair(row.get<std::optional<Timestamp>>(0),
                         row.get<std::optional<Timestamp>>(1));
      },
      name);
  if (!own || !own->first) return std::nullopt;
  return ledger::RegisteredModel{
      .name = std::string(name), .created_at = *own->first, .updated_at = *own->second};
}

ledger::RegisteredModel create_model(workspace::Repository& repository, const std::string& name,
                                     const std::string& description, const Json& tags) {
  const auto lock = run::tracking_lock(repository);
  if (registered_model(repository, name))
    throw Error(ErrorKind::conflict, "there is a registered model '{}' already", printable(name));
  const auto now = repository.world().now();
  ledger::RegisteredModel model{
      .name = name, .description = description, .created_at = now, .updated_at = now, .tags = tags};
  repository.ledger().append(ledger::statement_of(model), kAct);
  return model;
}

ledger::RegisteredModel edit_model(workspace::Repository& repository, std::string_view name,
                                   const std::function<void(ledger::RegisteredModel&)>& change) {
  const auto lock = run::tracking_lock(repository);
  auto model = need_model(repository, name);
  change(model);
  model.updated_at = repository.world().now();
  repository.ledger().append(ledger::statement_of(model), kAct);
  return model;
}

ledger::RegisteredModel rename_model(workspace::Repository& repository, std::string_view name,
                                     const std::string& new_name) {
  const auto lock = run::tracking_lock(repository);
  auto& ledger = repository.ledger();
  auto old = need_model(repository, name);
  if (new_name == name) return old;
  if (registered_model(repository, new_name))
    throw Error(ErrorKind::conflict, "there is a registered model '{}' already",
                printable(new_name));
  require_free(repository, name);
  auto renamed = old;
  renamed.name = new_name;
  renamed.updated_at = repository.world().now();
  std::vector<ledger::Statement> statements;
  auto versions = versions_of(repository, name);
  std::ranges::reverse(versions);
  const auto given_out = next_number(ledger, new_name) - 1;
  for (auto& [version, note] : versions) {
    version.model = new_name;
    note.model = new_name;
    if (version.number > given_out)
      statements.push_back(ledger::statement_of(version));
    else
      require_the_same(ledger, version);
    statements.push_back(ledger::statement_of(note));
    note.model = name;
    note.deleted = true;
    statements.push_back(ledger::statement_of(note));
  }
  old.deleted = true;
  old.aliases = Json::object();
  statements.push_back(ledger::statement_of(old));
  statements.push_back(ledger::statement_of(renamed));
  ledger.append(statements, kAct);
  return renamed;
}

void remove_model(workspace::Repository& repository, std::string_view name) {
  const auto lock = run::tracking_lock(repository);
  auto model = need_model(repository, name);
  require_free(repository, name);
  std::vector<ledger::Statement> statements;
  for (auto& [version, note] : versions_of(repository, name)) {
    note.deleted = true;
    statements.push_back(ledger::statement_of(note));
  }
  model.deleted = true;
  model.aliases = Json::object();
  statements.push_back(ledger::statement_of(model));
  repository.ledger().append(statements, kAct);
}

NotedVersion create_version(workspace::Repository& repository, const NewVersion& wanted) {
  const auto lock = run::tracking_lock(repository);
  auto& ledger = repository.ledger();
  auto model = need_model(repository, wanted.model);
  store::Batch batch(repository.store());
  const auto files = gather_files(repository, batch, wanted.owner, wanted.path);
  batch.commit();
  const auto now = repository.world().now();
  ledger::ModelVersion version{
      .model = wanted.model,
      .number = next_number(ledger, wanted.model),
      .digest = files.digest,
      .path = files.path,
      .size_bytes = files.size_bytes,
      .run = wanted.run,
      .description = Json::object({{"source", wanted.source}, {"files", files.tree.text()}})};
  version.signature = described_signature(repository, version);
  if (!wanted.run.empty()) add_run_facts(repository, version);
  const ledger::VersionNote note{.model = wanted.model,
                                 .number = version.number,
                                 .description = wanted.description,
                                 .source = wanted.source,
                                 .link = wanted.link,
                                 .logged_model = wanted.logged_model,
                                 .updated_at = now,
                                 .tags = wanted.tags};
  model.updated_at = now;
  const std::vector<ledger::Statement> statements{
      ledger::statement_of(version), ledger::statement_of(note), ledger::statement_of(model)};
  ledger.append(statements, kAct);
  return need_version(repository, wanted.model, version.number);
}

std::optional<NotedVersion> find_version(workspace::Repository& repository, std::string_view name,
                                         std::int64_t number) {
  auto noted = former_version(repository, name, number);
  if (!noted || noted->note.deleted || !registered_model(repository, name)) return std::nullopt;
  return noted;
}

std::optional<NotedVersion> former_version(workspace::Repository& repository, std::string_view name,
                                           std::int64_t number) {
  auto version = ledger::find_model(repository.ledger(), name, number);
  if (!version) return std::nullopt;
  return with_note(repository, std::move(*version));
}

std::optional<ledger::ModelVersion> own_version(workspace::Repository& repository,
                                                std::string_view owner) {
  constexpr std::string_view kOwn = "mlo:";
  if (!owner.starts_with(kOwn)) return std::nullopt;
  const auto named = owner.substr(kOwn.size());
  const auto at = named.rfind('@');
  std::int64_t number = 0;
  std::from_chars(named.data() + at + 1, named.data() + named.size(), number);
  if (auto version = ledger::find_model(repository.ledger(), named.substr(0, at), number))
    return version;
  throw Error(ErrorKind::not_found, "no version '{}'", printable(named));
}

std::vector<NotedVersion> versions_of(workspace::Repository& repository, std::string_view name) {
  std::vector<NotedVersion> versions;
  for (auto& version : ledger::model_versions(repository.ledger(), name))
    versions.push_back(with_note(repository, std::move(version)));
  return versions;
}

NotedVersion edit_version(workspace::Repository& repository, std::string_view name,
                          std::int64_t number,
                          const std::function<void(ledger::VersionNote&)>& change) {
  const auto lock = run::tracking_lock(repository);
  auto version = need_version(repository, name, number);
  change(version.note);
  version.note.updated_at = repository.world().now();
  repository.ledger().append(ledger::statement_of(version.note), kAct);
  return version;
}

void remove_version(workspace::Repository& repository, std::string_view name, std::int64_t number) {
  const auto lock = run::tracking_lock(repository);
  auto version = need_version(repository, name, number);
  require_free(repository, version.version);
  version.note.deleted = true;
  auto model = need_model(repository, name);
  drop_aliases(model, number);
  model.updated_at = repository.world().now();
  const std::vector<ledger::Statement> statements{ledger::statement_of(version.note),
                                                  ledger::statement_of(model)};
  repository.ledger().append(statements, kAct);
}

std::optional<std::int64_t> version_of_alias(workspace::Repository& repository,
                                             const ledger::RegisteredModel& model,
                                             std::string_view alias) {
  if (const auto* number = model.aliases.find(alias)) return number->as_integer();
  const auto held = ledger::model_at_stage(repository.ledger(), model.name, alias);
  if (!held || !find_version(repository, model.name, held->number)) return std::nullopt;
  return held->number;
}

}  // namespace mlo::model
