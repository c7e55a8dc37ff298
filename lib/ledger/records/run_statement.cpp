#include "ledger/records/run_statement.h"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "ledger/records/fields.h"
#include "mlo/core/error.h"

namespace mlo::ledger {
namespace {

constexpr auto kBuildType = "urn:mlo:pipeline:v1";
constexpr auto kBuilder = "urn:mlo:builder:v1";
// In base64 four thirds as large, plus what the ledger adds, this stays below kMaxEntryBytes.
constexpr std::size_t kPieceBytes = 44'000;
constexpr auto kRole = "mlo_role";  // marks dependencies that are no file of the workspace

/// Facts of which a run may have more than one entry holds.
constexpr std::array<std::pair<std::string_view, Json Run::*>, 4> kGroups{
    {{"params", &Run::params},
     {"tags", &Run::tags},
     {"metrics", &Run::metrics},
     {"tracking", &Run::tracking}}};

std::string run_name(std::string_view id) {
  return fmt::format("run/{}", id);
}

/// Outputs that are also products are written by name alone.
Json json_of(const RunStep& step, const std::map<std::string, Digest>& products) {
  Json outputs = Json::array();
  for (const auto& output : step.outputs) {
    const auto product = products.find(output.path);
    const bool known = product != products.end() && product->second == output.digest;
    outputs.add(known ? Json(output.path) : descriptor_of(output));
  }
  auto json = Json::object({{"name", step.name},
                            {"status", step.status},
                            {"duration_ms", step.duration_ms},
                            {"outputs", std::move(outputs)}});
  if (step.fingerprint) json.set("fingerprint", step.fingerprint->text());
  if (!step.reason.empty()) json.set("reason", step.reason);
  if (step.exit_code != 0) json.set("exit_code", step.exit_code);
  if (step.cpu_ms != 0) json.set("cpu_ms", step.cpu_ms);
  if (step.peak_memory_bytes != 0) json.set("peak_memory_bytes", step.peak_memory_bytes);
  if (!step.log.empty()) json.set("log", step.log);
  return json;
}

RunStep step_of(const Json& json, const std::map<std::string, Digest>& products) {
  RunStep step{.name = json.at("name").as_string(),
               .status = json.at("status").as_string(),
               .reason = json.string_or("reason", ""),
               .fingerprint = digest_or_nothing(json["fingerprint"]),
               .duration_ms = json.at("duration_ms").as_integer(),
               .cpu_ms = integer_or_nothing(json["cpu_ms"]).value_or(0),
               .peak_memory_bytes = static_cast<std::uint64_t>(
                   integer_or_nothing(json["peak_memory_bytes"]).value_or(0)),
               .exit_code = static_cast<int>(integer_or_nothing(json["exit_code"]).value_or(0)),
               .log = json.string_or("log", "")};
  for (const auto& output : json.at("outputs").as_array()) {
    if (!output.is_string()) {
      step.outputs.push_back(artifact_of(output));
      continue;
    }
    const auto product = products.find(output.as_string());
    if (product == products.end())
      throw Error(ErrorKind::integrity, "the run has no product '{}'", output.as_string());
    step.outputs.push_back({.path = product->first, .digest = product->second});
  }
  return step;
}

std::map<std::string, Digest> by_path(const std::vector<Artifact>& artifacts) {
  std::map<std::string, Digest> digests;
  for (const auto& artifact : artifacts) digests.emplace(artifact.path, artifact.digest);
  return digests;
}

std::vector<Artifact> products_of(const Entry& entry, std::string_view id) {
  std::vector<Artifact> products;
  for (const auto& subject : entry.subjects)
    if (subject.digest != run_digest(id))
      products.push_back({.path = subject.name, .digest = subject.digest});
  return products;
}

/// Of the head: what it depends on beside the materials.
void add_sources(Json& all, const Run& run) {
  if (!run.git_commit.empty())
    all.add(Json::object({{"name", "source"},
                          {"digest", Json::object({{"gitCommit", run.git_commit}})},
                          {"annotations", Json::object({{kRole, "git"},
                                                        {"branch", run.git_branch},
                                                        {"author", run.git_author}})}}));
  if (run.git_dirty)
    all.add(Json::object({{"name", "uncommitted changes"},
                          {"digest", digest_set(*run.git_dirty)},
                          {"annotations", Json::object({{kRole, "dirty"}})}}));
}

void read_dependencies(const Json& dependencies, Run& run) {
  for (const auto& dependency : dependencies.as_array()) {
    const auto role = dependency["annotations"].string_or(kRole, "");
    if (role == "git") {
      run.git_commit = dependency.at("digest").at("gitCommit").as_string();
      run.git_branch = dependency["annotations"].string_or("branch", "");
      run.git_author = dependency["annotations"].string_or("author", "");
    } else if (role == "dirty") {
      run.git_dirty = artifact_of(dependency).digest;
    } else {
      run.materials.push_back(artifact_of(dependency));
    }
  }
}

void read_steps(const Json& steps, Run& run) {
  const auto products = by_path(run.products);
  for (const auto& step : steps.as_array()) run.steps.push_back(step_of(step, products));
}

RunPart read_provenance(const Entry& entry) {
  const auto& definition = entry.predicate.at("buildDefinition");
  const auto& external = definition.at("externalParameters");
  const auto& metadata = entry.predicate.at("runDetails").at("metadata");
  const auto& facts = entry.predicate.at("mlo_run");
  Run run{.id = metadata.at("invocationId").as_string(),
          .name = external.at("name").as_string(),
          .status = facts.at("status").as_string(),
          .started_at = Timestamp::parse(metadata.at("startedOn").as_string()),
          .finished_at = Timestamp::parse(metadata.at("finishedOn").as_string()),
          .trigger = external.at("trigger").as_string(),
          .params = external.at("params"),
          .metrics = facts.at("metrics"),
          .tags = facts.at("tags"),
          .environment = definition.at("internalParameters"),
          .tracking = facts["tracking"],
          .origin = origin_of(entry)};
  run.products = products_of(entry, run.id);
  read_dependencies(definition.at("resolvedDependencies"), run);
  read_steps(facts.at("steps"), run);
  return {.run = std::move(run)};
}

RunPart read_part(const Entry& entry) {
  const auto& facts = entry.predicate;
  RunPart part{.part = facts.at("part").as_integer(),
               .first_step = facts.at("first_step").as_integer()};
  part.run.id = facts.at("run").as_string();
  part.run.products = products_of(entry, part.run.id);
  part.run.materials = artifacts_of(facts.at("materials"));
  part.run.origin = origin_of(entry);
  for (const auto& [name, group] : kGroups)
    if (const auto* more = facts.find(name)) part.run.*group = *more;
  read_steps(facts.at("steps"), part.run);
  return part;
}

std::size_t bytes_of(const Json& json) {
  return json.canonical().size() + 1;
}

/// What one entry is to tell of a run, as it grows.
struct Piece {
  std::int64_t first_step = 0;
  std::vector<Subject> products;
  Json materials = Json::array();
  Json steps = Json::array();
  Run facts;  ///< of the groups those that stand here; of the head also all that is not cut
};

/// A run that made nothing is its own subject, as a statement needs one.
std::vector<Subject> subjects_of(Piece& piece, std::string_view run) {
  std::ranges::sort(piece.products, {}, &Subject::name);
  if (!piece.products.empty()) return std::move(piece.products);
  return {{.name = run_name(run), .digest = run_digest(run)}};
}

Statement statement_of_head(Piece piece) {
  const Run& run = piece.facts;
  add_sources(piece.materials, run);
  auto facts = Json::object({{"status", run.status},
                             {"metrics", run.metrics},
                             {"tags", run.tags},
                             {"steps", std::move(piece.steps)}});
  if (!run.tracking.is_null()) facts.set("tracking", run.tracking);
  auto predicate = Json::object(
      {{"buildDefinition",
        Json::object(
            {{"buildType", kBuildType},
             {"externalParameters",
              Json::object({{"name", run.name}, {"trigger", run.trigger}, {"params", run.params}})},
             {"internalParameters", run.environment},
             {"resolvedDependencies", std::move(piece.materials)}})},
       {"runDetails",
        Json::object({{"builder", Json::object({{"id", kBuilder}})},
                      {"metadata", Json::object({{"invocationId", run.id},
                                                 {"startedOn", run.started_at.text()},
                                                 {"finishedOn", run.finished_at.text()}})},
                      {"byproducts", Json::array()}})},
       {"mlo_run", std::move(facts)}});
  return {.subjects = subjects_of(piece, run.id),
          .predicate_type = kProvenanceType,
          .predicate = std::move(predicate)};
}

Statement statement_of_part(Piece piece, std::string_view run, std::int64_t part) {
  auto facts = Json::object({{"run", std::string(run)},
                             {"part", part},
                             {"first_step", piece.first_step},
                             {"materials", std::move(piece.materials)},
                             {"steps", std::move(piece.steps)}});
  for (const auto& [name, group] : kGroups)
    if ((piece.facts.*group).size() > 0) facts.set(name, std::move(piece.facts.*group));
  return {.subjects = subjects_of(piece, run),
          .predicate_type = kRunPartType,
          .predicate = std::move(facts)};
}

/// Cuts a run into pieces of about `max_bytes` each. Each step and file becomes JSON once: a run of
/// thousands of steps is written at its end, while somebody waits.
class Cutter {
 public:
  Cutter(Run run, std::size_t max_bytes) : max_bytes_(max_bytes), run_(run.id) {
    materials_ = std::exchange(run.materials, {});
    steps_ = std::exchange(run.steps, {});
    products_ = by_path(std::exchange(run.products, {}));
    for (const auto& [name, group] : kGroups)
      if ((run.*group).canonical().size() > max_bytes / 8) {
        facts_.emplace_back(group, std::exchange(run.*group, Json::object()));
        if (group == &Run::tracking) take_small_facts(run.tracking);
      }
    used_ = bytes_of(statement_of_head({.facts = run}).predicate);
    pieces_.push_back({.facts = std::move(run)});
  }

  std::vector<Statement> cut() {
    for (const auto& [group, facts] : facts_) place(group, facts);
    for (const auto& step : steps_) place(step);
    for (const auto& [path, digest] : products_) {
      make_room(bytes_of(descriptor_of({.path = path, .digest = digest})));
      pieces_.back().products.push_back({.name = path, .digest = digest});
    }
    for (const auto& material : materials_) {
      auto json = descriptor_of(material);
      make_room(bytes_of(json));
      pieces_.back().materials.add(std::move(json));
    }
    std::vector<Statement> statements{statement_of_head(std::move(pieces_.front()))};
    for (std::size_t part = 1; part < pieces_.size(); ++part)
      statements.push_back(
          statement_of_part(std::move(pieces_[part]), run_, static_cast<std::int64_t>(part)));
    return statements;
  }

 private:
  void make_room(std::size_t bytes) {
    if (used_ + bytes > max_bytes_ && used_ > 0) {
      pieces_.push_back({.first_step = steps_placed_});
      used_ = 0;
    }
    used_ += bytes;
  }

  /// A step and the products that it made stay together, so that each entry can be read alone.
  void place(const RunStep& step) {
    std::map<std::string, Digest> made;
    for (const auto& output : step.outputs) {
      const auto product = products_.find(output.path);
      if (product != products_.end() && product->second == output.digest)
        made.insert(products_.extract(product));
    }
    auto json = json_of(step, made);
    std::size_t bytes = bytes_of(json);
    for (const auto& [path, digest] : made)
      bytes += bytes_of(descriptor_of({.path = path, .digest = digest}));
    make_room(bytes);
    auto& piece = pieces_.back();
    for (const auto& [path, digest] : made)
      piece.products.push_back({.name = path, .digest = digest});
    piece.steps.add(std::move(json));
    ++steps_placed_;
  }

  /// Of a large `tracking` its plain facts stay with the head.
  void take_small_facts(Json& head) {
    auto& large = facts_.back().second;
    Json rest = Json::object();
    for (const auto& [name, value] : large.as_object())
      (value.is_object() || value.is_array() ? rest : head).set(name, value);
    large = std::move(rest);
  }

  /// One by one: any single fact fits into an entry.
  void place(Json Run::*group, const Json& facts) {
    for (const auto& [name, value] : facts.as_object()) {
      if (group == &Run::tracking) {
        place_tracking(name, value);
        continue;
      }
      make_room(Json::object({{name, value}}).canonical().size());
      (pieces_.back().facts.*group).set(name, value);
    }
  }

  void place_tracking(const std::string& name, const Json& values) {
    const auto put = [&](const Json& fact, const auto& add) {
      make_room(bytes_of(fact));
      auto& tracking = pieces_.back().facts.tracking;
      const auto* present = tracking.find(name);
      auto there = present != nullptr  ? *present
                   : values.is_array() ? Json::array()
                                       : Json::object();
      add(there);
      tracking.set(name, std::move(there));
    };
    if (values.is_array())
      for (const auto& item : values.as_array()) put(item, [&](Json& there) { there.add(item); });
    else
      for (const auto& fact : values.as_object())
        put(Json::object({fact}), [&](Json& there) { there.set(fact.first, fact.second); });
  }

  std::size_t max_bytes_;
  std::string run_;
  std::size_t used_ = 0;
  std::int64_t steps_placed_ = 0;
  std::vector<std::pair<Json Run::*, Json>> facts_;
  std::vector<Artifact> materials_;
  std::vector<RunStep> steps_;
  std::map<std::string, Digest> products_;  ///< that no step placed so far has made
  std::vector<Piece> pieces_;
};

}  // namespace

std::vector<Statement> statements_of(Run run) {
  return Cutter(std::move(run), kPieceBytes).cut();
}

RunPart read_run_part(const Entry& entry) {
  return entry.predicate_type == kProvenanceType ? read_provenance(entry) : read_part(entry);
}

}  // namespace mlo::ledger
