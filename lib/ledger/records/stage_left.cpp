#include <fmt/format.h>

#include "ledger/record_kind.h"
#include "ledger/records/fields.h"
#include "mlo/ledger/tracking.h"

namespace mlo::ledger {
namespace {

constexpr auto kType = "urn:mlo:stage-left:v1";

constexpr auto kInsert = R"sql(
  INSERT INTO stage_left (entry, model, number, stage) VALUES (?1, ?2, ?3, ?4)
)sql";

constexpr auto kHeld = R"sql(
  SELECT stage FROM stage WHERE model = ?1 AND number = ?2 ORDER BY entry DESC
)sql";

void project_leaving(Database& database, const Entry& entry) {
  const auto& facts = entry.predicate;
  const auto model = facts.at("model").as_string();
  const auto number = facts.at("number").as_integer();
  require_version(database, model, number);
  database.run(kInsert, entry.index, model, number, facts.at("stage").as_string());
}

std::string describe(const Entry& entry) {
  return fmt::format("took {} from {}", only_subject(entry).name,
                     entry.predicate.at("stage").as_string());
}

const bool kRegistered = record_kinds().add(kType, {.word = "promotion",
                                                    .project = project_leaving,
                                                    .describe = describe,
                                                    .actions = {"promote"},
                                                    .resources = stage_resources});

}  // namespace

Statement statement_of(const StageLeft& left) {
  return {.subjects = {{.name = version_name(left.model, left.number), .digest = left.digest}},
          .predicate_type = kType,
          .predicate = Json::object(
              {{"model", left.model}, {"number", left.number}, {"stage", left.stage}})};
}

std::vector<std::string> stages_of(Ledger& ledger, std::string_view model, std::int64_t number) {
  return ledger.database().all(
      kHeld, [](const Row& row) { return row.get<std::string>(0); }, model, number);
}

}  // namespace mlo::ledger
