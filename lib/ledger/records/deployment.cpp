#include <fmt/format.h>

#include "ledger/record_kind.h"
#include "ledger/records/fields.h"
#include "mlo/ledger/records.h"

namespace mlo::ledger {
namespace {

constexpr auto kType = "urn:mlo:deployment:v1";

constexpr auto kInsert = R"sql(
  INSERT INTO deployment (entry, model, number, digest, stage, target, status, detail)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
)sql";

constexpr auto kNewestFirst = R"sql(
  SELECT entry.number, leaf, envelope FROM deployment JOIN entry ON entry.number = entry
  WHERE ?1 = '' OR model = ?1 ORDER BY entry DESC
)sql";

Deployment read_deployment(const Entry& entry) {
  const auto& facts = entry.predicate;
  return {.model = facts.at("model").as_string(),
          .number = facts.at("number").as_integer(),
          .digest = only_subject(entry).digest,
          .stage = facts.at("stage").as_string(),
          .target = facts.at("target").as_string(),
          .status = facts.at("status").as_string(),
          .detail = facts.at("detail").as_string(),
          .origin = origin_of(entry)};
}

void project_deployment(Database& database, const Entry& entry) {
  const auto deployment = read_deployment(entry);
  require_version(database, deployment.model, deployment.number);
  database.run(kInsert, entry.index, deployment.model, deployment.number, deployment.digest,
               deployment.stage, deployment.target, deployment.status, deployment.detail);
  if (deployment.status == "failed") return;
  const auto service = service_digest(deployment.model, deployment.stage, deployment.target);
  write_thing(
      database, entry,
      {.digest = service,
       .kind = "service",
       .name = fmt::format("{} {}@{}", deployment.target, deployment.model, deployment.stage)});
  write_arrow(database, entry,
              {.source = deployment.digest, .target = service, .relation = "delivery"});
}

std::string describe(const Entry& entry) {
  const auto deployment = read_deployment(entry);
  return fmt::format("delivered {} to {} of {}: {}",
                     version_name(deployment.model, deployment.number), deployment.target,
                     deployment.stage, deployment.status);
}

const bool kRegistered =
    record_kinds().add(kType, {.word = "deployment",
                               .project = project_deployment,
                               .describe = describe,
                               .actions = {"deploy", "promote", "rollback", "break-glass"},
                               .resources = stage_resources});

}  // namespace

Statement statement_of(const Deployment& deployment) {
  return {.subjects = {{.name = version_name(deployment.model, deployment.number),
                        .digest = deployment.digest}},
          .predicate_type = kType,
          .predicate = Json::object({{"model", deployment.model},
                                     {"number", deployment.number},
                                     {"stage", deployment.stage},
                                     {"target", deployment.target},
                                     {"status", deployment.status},
                                     {"detail", deployment.detail}})};
}

std::vector<Deployment> deployments(Ledger& ledger, std::string_view model) {
  return read_records(ledger, read_deployment, kNewestFirst, model);
}

}  // namespace mlo::ledger
