#include "ledger/records/run_edit.h"

#include <array>
#include <cmath>

#include <fmt/format.h>

#include "ledger/record_kind.h"
#include "ledger/records/fields.h"
#include "ledger/records/run_index.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::ledger {
namespace {

constexpr auto kResumption = "urn:mlo:run-resumption:v1";
constexpr auto kArtifacts = "urn:mlo:artifacts:v1";
constexpr std::size_t kBriefId = 12;
constexpr std::size_t kUploadBytes = 40'000;

constexpr std::array<std::string_view, 2> kRename{
    "UPDATE run SET name = ?2 WHERE id = ?1",
    "UPDATE live_tracked_run SET name = ?2 WHERE id = ?1"};
constexpr std::array<std::string_view, 2> kHide{
    "UPDATE run SET deleted = ?2 WHERE id = ?1",
    "UPDATE live_tracked_run SET deleted = ?2 WHERE id = ?1"};

constexpr auto kEnd = R"sql(
  UPDATE run SET status = coalesce(?2, status), finished_at = coalesce(?3, finished_at)
  WHERE id = ?1
)sql";

constexpr std::array<std::string_view, 10> kResume{
    "UPDATE run_param SET entry = NULL WHERE run = ?1",
    "UPDATE run_tag SET entry = NULL WHERE run = ?1",
    "UPDATE run_metric SET entry = NULL WHERE run = ?1",
    "UPDATE run_input SET entry = NULL WHERE run = ?1",
    "UPDATE run_model SET entry = NULL WHERE run = ?1",
    R"sql(INSERT INTO live_tracked_run
          SELECT id, experiment, name, 'running', started_at, NULL, user_name, deleted, entry
          FROM run WHERE id = ?1)sql",
    "DELETE FROM run_file WHERE run = ?1",
    "DELETE FROM run_step WHERE run = ?1",
    "DELETE FROM run_part WHERE run = ?1",
    "DELETE FROM run WHERE id = ?1"};

std::vector<Subject> about(const std::string& run) {
  return {{.name = fmt::format("run/{}", run), .digest = run_digest(run)}};
}

/// What of an edit's metrics lists may show: the numbers.
Json plain(const Json& metrics) {
  Json numbers = Json::object();
  for (const auto& [name, json] : metrics.as_object())
    if (const auto fact = metric_fact(json); std::isfinite(fact.value))
      numbers.append(name, fact.value);
  return numbers;
}

void project_edit(Database& database, const Entry& entry) {
  const auto edit = read_run_edit(entry);
  if (edit.name)
    for (const auto sql : kRename) database.run(sql, edit.run, *edit.name);
  if (edit.status || edit.finished_at) database.run(kEnd, edit.run, edit.status, edit.finished_at);
  if (edit.deleted)
    for (const auto sql : kHide)
      database.run(sql, edit.run, *edit.deleted ? entry.time.microseconds : 0);
  const RunFacts facts{.params = edit.params,
                       .tags = edit.tags,
                       .metrics = plain(edit.metrics),
                       .tracking = Json::object({{"spelled", edit.spelled},
                                                 {"metrics", edit.metrics},
                                                 {"inputs", edit.inputs},
                                                 {"models", edit.models}})};
  index_run_facts(database, entry, edit.run, facts);
  merge_run_facts(database, edit.run, facts);
}

std::string describe_edit(const Entry& entry) {
  const auto edit = read_run_edit(entry);
  std::vector<std::string> what;
  if (edit.deleted) what.emplace_back(*edit.deleted ? "removed" : "restored");
  if (edit.name) what.push_back(fmt::format("named '{}'", *edit.name));
  if (edit.status) what.push_back(*edit.status);
  const auto count = [&](const Json& values, std::string_view noun) {
    if (values.size() > 0)
      what.push_back(format_count(static_cast<std::int64_t>(values.size()), noun));
  };
  count(edit.tags, "tag");
  count(edit.params, "param");
  count(edit.metrics, "metric");
  count(edit.inputs, "dataset");
  count(edit.models, "model");
  return fmt::format("run {}: {}", edit.run.substr(0, kBriefId), join(what, ", "));
}

void project_resumption(Database& database, const Entry& entry) {
  const auto run = entry.predicate.at("run").as_string();
  for (const auto sql : kResume) database.run(sql, run);
}

std::string describe_resumption(const Entry& entry) {
  return fmt::format("run {} goes on", entry.predicate.at("run").as_string().substr(0, kBriefId));
}

void project_upload(Database& database, const Entry& entry) {
  const auto owner = entry.predicate.at("owner").as_string();
  for (const auto& subject : entry.subjects) {
    index_artifact(database, entry, owner, {.path = subject.name, .digest = subject.digest});
    if (!owner.starts_with("m-"))
      write_arrow(database, entry,
                  {.source = run_digest(owner), .target = subject.digest, .relation = "product"});
  }
}

std::string describe_upload(const Entry& entry) {
  return fmt::format("{} of {}",
                     format_count(static_cast<std::int64_t>(entry.subjects.size()), "artifact"),
                     entry.predicate.at("owner").as_string().substr(0, kBriefId));
}

const bool kEditRegistered = record_kinds().add(
    kRunEditType, {.word = "run", .project = project_edit, .describe = describe_edit});
const bool kResumptionRegistered = record_kinds().add(
    kResumption, {.word = "run", .project = project_resumption, .describe = describe_resumption});
const bool kUploadRegistered = record_kinds().add(
    kArtifacts, {.word = "artifact", .project = project_upload, .describe = describe_upload});

}  // namespace

RunEdit read_run_edit(const Entry& entry) {
  const auto& facts = entry.predicate;
  const auto group = [&](std::string_view name, const Json& nothing) {
    const auto* found = facts.find(name);
    return found == nullptr ? nothing : *found;
  };
  RunEdit edit{.run = facts.at("run").as_string(),
               .params = group("params", Json::object()),
               .spelled = group("spelled", Json::object()),
               .tags = group("tags", Json::object()),
               .metrics = group("metrics", Json::object()),
               .points = digest_or_nothing(facts["points"]),
               .inputs = group("inputs", Json::array()),
               .models = group("models", Json::array())};
  if (const auto* name = facts.find("name")) edit.name = name->as_string();
  if (const auto* status = facts.find("status")) edit.status = status->as_string();
  if (const auto* at = facts.find("finished_at"))
    edit.finished_at = Timestamp::parse(at->as_string());
  if (const auto* deleted = facts.find("deleted")) edit.deleted = deleted->as_bool();
  return edit;
}

void apply(Run& run, const RunEdit& edit) {
  if (edit.name) run.name = *edit.name;
  if (edit.status) run.status = *edit.status;
  if (edit.finished_at) run.finished_at = *edit.finished_at;
  for (const auto& [name, value] : edit.params.as_object()) run.params.set(name, value);
  const auto metrics = plain(edit.metrics);
  for (const auto& [name, value] : metrics.as_object()) run.metrics.set(name, value);
  Json tags = Json::object();
  for (const auto& [name, value] : run.tags.as_object())
    if (edit.tags.find(name) == nullptr) tags.append(name, value);
  for (const auto& [name, value] : edit.tags.as_object())
    if (!value.is_null()) tags.append(name, value);
  run.tags = std::move(tags);
}

Statement statement_of(const RunEdit& edit) {
  auto facts = Json::object({{"run", edit.run}});
  if (edit.name) facts.set("name", *edit.name);
  if (edit.status) facts.set("status", *edit.status);
  if (edit.finished_at) facts.set("finished_at", edit.finished_at->text());
  if (edit.deleted) facts.set("deleted", *edit.deleted);
  if (edit.points) facts.set("points", edit.points->text());
  const auto add = [&](std::string_view name, const Json& values) {
    if (values.size() > 0) facts.set(name, values);
  };
  add("params", edit.params);
  add("spelled", edit.spelled);
  add("tags", edit.tags);
  add("metrics", edit.metrics);
  add("inputs", edit.inputs);
  add("models", edit.models);
  return {.subjects = about(edit.run), .predicate_type = kRunEditType, .predicate = facts};
}

Statement statement_of(const RunResumption& resumption) {
  return {.subjects = about(resumption.run),
          .predicate_type = kResumption,
          .predicate = Json::object({{"run", resumption.run}})};
}

std::vector<Statement> statements_of(const ArtifactUpload& upload) {
  std::vector<Statement> statements;
  std::size_t used = kUploadBytes;
  for (const auto& file : upload.files) {
    const auto bytes = descriptor_of(file).canonical().size() + 1;
    if (used + bytes > kUploadBytes) {
      statements.push_back({.subjects = {},
                            .predicate_type = kArtifacts,
                            .predicate = Json::object({{"owner", upload.owner}})});
      used = 0;
    }
    statements.back().subjects.push_back({.name = file.path, .digest = file.digest});
    used += bytes;
  }
  return statements;
}

}  // namespace mlo::ledger
