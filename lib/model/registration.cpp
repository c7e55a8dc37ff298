#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/data/table.h"
#include "mlo/model/features.h"
#include "mlo/model/positive_column.h"
#include "mlo/model/predictor.h"
#include "mlo/model/reference.h"
#include "model/signature.h"
#include "model/version_number.h"

namespace mlo::model {
namespace {

using workspace::ModelSpec;

/// Tracked data and tables among what the run read and made: what the version was trained and
/// judged on.
std::vector<ledger::Artifact> datasets(ledger::Ledger& ledger, const ledger::Run& run) {
  std::set<Digest> tracked;
  for (const auto& version : ledger::dataset_versions(ledger)) tracked.insert(version.digest);
  std::vector<ledger::Artifact> all;
  for (const auto* artifacts : {&run.materials, &run.products})
    for (const auto& artifact : *artifacts)
      if (tracked.contains(artifact.digest) || data::Table::is_table(artifact.path))
        all.push_back(artifact);
  return all;
}

/// The run whose models are to be registered. After a crash between a run's end and that, the run
/// that finished last still lacks its versions.
const ledger::Run& run_of(const run::Trained& trained) {
  return trained.previous ? *trained.previous : trained.run;
}

const ledger::Artifact* find_at(const std::vector<ledger::Artifact>& artifacts,
                                const std::string& path) {
  const auto found = std::ranges::find(artifacts, path, &ledger::Artifact::path);
  return found == artifacts.end() ? nullptr : &*found;
}

/// What lies at `path` now, whether its step ran or found it as it was; else what the run that
/// finished last had made there.
const ledger::Artifact* output_at(const run::Trained& trained, const std::string& path) {
  for (const auto& step : trained.run.steps)
    if (const auto* output = find_at(step.outputs, path)) return output;
  return find_at(run_of(trained).products, path);
}

Registration new_version(workspace::Repository& repository, const ModelSpec& spec,
                         const ledger::Run& run, const Digest& content) {
  auto signature = signature_for(repository, spec, content);
  Registration fresh{.what = Registration::What::made,
                     .version = {.model = spec.name,
                                 .number = next_number(repository.ledger(), spec.name),
                                 .digest = content,
                                 .path = spec.path,
                                 .size_bytes = repository.store().size_bytes(content),
                                 .run = run.id,
                                 .signature = std::move(signature.json),
                                 .datasets = datasets(repository.ledger(), run),
                                 .params = run.params,
                                 .metrics = run.metrics,
                                 .description = spec.description},
                     .note = std::move(signature.missing)};
  record_positive_column(repository, fresh.version);
  return fresh;
}

/// Clients of the registry describe their versions themselves, and name the files that they gave.
bool from_client(const ledger::ModelVersion& version) {
  return version.description.find("files") != nullptr;
}

std::vector<std::string> differences(const ledger::ModelVersion& before,
                                     const ledger::ModelVersion& after) {
  const auto differs = [](const Json& one, const Json& other) {
    return one.canonical() != other.canonical();
  };
  std::vector<std::string> words;
  if (features_of(before) != features_of(after)) words.emplace_back("features");
  if (differs(before.signature["inputs"], after.signature["inputs"])) words.emplace_back("inputs");
  if (differs(before.description, after.description)) words.emplace_back("description");
  return words;
}

/// A version is what was said of its content when it was registered: gates, approvals and services
/// rest on that, so that what mlo.yaml says anew makes another version rather than another meaning.
Registration version_again(workspace::Repository& repository, const ModelSpec& spec,
                           const ledger::ModelVersion& before) {
  auto signature = signature_for(repository, spec, before.digest, &before);
  // What an engine that is not here could tell is looked for again; what none can is told once.
  Registration known{.what = Registration::What::known,
                     .version = before,
                     .note = has_engine(spec.path) ? std::move(signature.missing) : ""};
  auto fresh = before;
  fresh.signature = std::move(signature.json);
  fresh.description = from_client(before) ? before.description : spec.description;
  const auto other = differences(before, fresh);
  if (other.empty()) return known;
  fresh.number = next_number(repository.ledger(), spec.name);
  fresh.path = spec.path;
  record_positive_column(repository, fresh);
  return {.what = Registration::What::amended,
          .version = std::move(fresh),
          .note = fmt::format("the content of {}@{} with other {}", before.model, before.number,
                              join(other, " and "))};
}

std::optional<Registration> registration_of(workspace::Repository& repository,
                                            const ModelSpec& spec, const run::Trained& trained) {
  const auto* output = output_at(trained, spec.path);
  if (output == nullptr) return std::nullopt;
  const auto versions = ledger::model_versions(repository.ledger(), spec.name);
  const auto before = std::ranges::find(versions, output->digest, &ledger::ModelVersion::digest);
  if (before != versions.end()) return version_again(repository, spec, *before);
  const auto& run = run_of(trained);
  const auto* made = find_at(run.products, spec.path);
  if (made == nullptr || made->digest != output->digest) return std::nullopt;
  return new_version(repository, spec, run, made->digest);
}

std::optional<Registration> attempt(workspace::Repository& repository, const ModelSpec& spec,
                                    const run::Trained& trained) {
  try {
    return in_context("registering model '" + spec.name + "'",
                      [&] { return registration_of(repository, spec, trained); });
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    return Registration{
        .version = {.model = spec.name, .path = spec.path}, .note = {}, .problem = error};
  }
}

bool is_recorded(const Registration& one) {
  return !one.problem && one.what != Registration::What::known;
}

}  // namespace

std::vector<Registration> register_models(workspace::Repository& repository,
                                          const run::Trained& trained, const std::string& reason) {
  if (trained.run.status != "finished" || run_of(trained).status != "finished") return {};
  std::vector<Registration> all;
  std::vector<ledger::Statement> statements;
  for (const auto& spec : repository.project().models) {
    auto found = attempt(repository, spec, trained);
    if (!found) continue;
    if (is_recorded(*found)) statements.push_back(ledger::statement_of(found->version));
    all.push_back(std::move(*found));
  }
  if (!statements.empty()) repository.ledger().append(statements, {"train", reason});
  return all;
}

std::vector<ledger::ModelVersion> recorded(const std::vector<Registration>& all) {
  std::vector<ledger::ModelVersion> versions;
  for (const auto& one : all)
    if (is_recorded(one)) versions.push_back(one.version);
  return versions;
}

}  // namespace mlo::model
