#include <fmt/format.h>

#include "ledger/record_kind.h"
#include "ledger/records/fields.h"
#include "mlo/ledger/approvals.h"

namespace mlo::ledger {
namespace {

constexpr auto kType = "urn:mlo:approval:v1";

constexpr auto kInsert = R"sql(
  INSERT INTO approval (entry, model, number, digest, stage, expires_at, withdrawn)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
)sql";

constexpr auto kNewestFirst = R"sql(
  SELECT entry.number, leaf, envelope FROM approval JOIN entry ON entry.number = entry
  WHERE ?1 = '' OR model = ?1 ORDER BY entry DESC
)sql";

Approval read_approval(const Entry& entry) {
  const auto& facts = entry.predicate;
  Approval approval{.model = facts.at("model").as_string(),
                    .number = facts.at("number").as_integer(),
                    .digest = only_subject(entry).digest,
                    .stage = facts.at("stage").as_string(),
                    .evidence = {},
                    .expires = {},
                    .withdrawn = facts.at("withdrawn").as_bool(),
                    .origin = origin_of(entry)};
  for (const auto& weighed : facts.at("evidence").as_array())
    approval.evidence.push_back(weighed.as_integer());
  if (const auto& expires = facts["expires"]; !expires.is_null())
    approval.expires = Timestamp::parse(expires.as_string());
  return approval;
}

void project_approval(Database& database, const Entry& entry) {
  const auto approval = read_approval(entry);
  require_version(database, approval.model, approval.number);
  database.run(kInsert, entry.index, approval.model, approval.number, approval.digest,
               approval.stage, approval.expires, approval.withdrawn);
}

std::string describe(const Entry& entry) {
  const auto approval = read_approval(entry);
  const auto name = version_name(approval.model, approval.number);
  return approval.withdrawn
             ? fmt::format("withdrew the approval of {} for {}", name, approval.stage)
             : fmt::format("approved {} for {}", name, approval.stage);
}

const bool kRegistered = record_kinds().add(kType, {.word = "approval",
                                                    .project = project_approval,
                                                    .describe = describe,
                                                    .actions = {"approve"},
                                                    .resources = stage_resources});

}  // namespace

Statement statement_of(const Approval& approval) {
  Json evidence = Json::array();
  for (const auto weighed : approval.evidence) evidence.add(weighed);
  return {.subjects = {{.name = version_name(approval.model, approval.number),
                        .digest = approval.digest}},
          .predicate_type = kType,
          .predicate =
              Json::object({{"model", approval.model},
                            {"number", approval.number},
                            {"stage", approval.stage},
                            {"evidence", std::move(evidence)},
                            {"expires", approval.expires ? Json(approval.expires->text()) : Json()},
                            {"withdrawn", approval.withdrawn}})};
}

std::vector<Approval> approvals(Ledger& ledger, std::string_view model) {
  return read_records(ledger, read_approval, kNewestFirst, model);
}

}  // namespace mlo::ledger
