#include <fmt/format.h>

#include "ledger/record_kind.h"
#include "ledger/records/fields.h"
#include "mlo/ledger/approvals.h"
#include "mlo/ledger/records.h"

namespace mlo::ledger {
namespace {

constexpr auto kPromotion = "urn:mlo:promotion:v1";
constexpr auto kRollback = "urn:mlo:rollback:v1";

constexpr auto kInsert = R"sql(
  INSERT INTO stage_move (entry, model, number, digest, stage, previous, rollback)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
)sql";

constexpr auto kInsertException = R"sql(
  INSERT INTO exception (entry, kind, reason) VALUES (?1, ?2, ?3)
)sql";
constexpr auto kBreakGlass = "break-glass";

constexpr auto kExceptions = R"sql(
  SELECT entry.number, leaf, envelope, exception.kind
  FROM exception JOIN entry ON entry.number = entry ORDER BY entry DESC
)sql";

constexpr auto kNewestFirst = R"sql(
  SELECT entry.number, leaf, envelope FROM stage_move JOIN entry ON entry.number = entry
  WHERE (?1 = '' OR model = ?1) AND (?2 = '' OR stage = ?2) ORDER BY entry DESC
)sql";

/// What clients of tracking know as stages: Staging, Production.
constexpr auto kNotesOfOthers = R"sql(
  UPDATE version_note SET stage = 'Archived'
  WHERE model = ?1 AND number <> ?2 AND lower(stage) = ?3
)sql";
constexpr auto kOwnNote = R"sql(
  UPDATE version_note SET stage = upper(substr(?3, 1, 1)) || substr(?3, 2)
  WHERE model = ?1 AND number = ?2 AND ?3 IN ('staging', 'production')
)sql";

bool breaks_glass(const Entry& entry) {
  const auto* flag = entry.predicate.find("break_glass");
  return flag != nullptr && flag->as_bool();
}

StageMove read_move(const Entry& entry) {
  const auto& facts = entry.predicate;
  return {.model = facts.at("model").as_string(),
          .number = facts.at("number").as_integer(),
          .digest = only_subject(entry).digest,
          .stage = facts.at("stage").as_string(),
          .previous = integer_or_nothing(facts["previous"]),
          .rollback = entry.predicate_type == kRollback,
          .break_glass = breaks_glass(entry),
          .origin = origin_of(entry)};
}

void project_move(Database& database, const Entry& entry) {
  const auto move = read_move(entry);
  require_version(database, move.model, move.number);
  database.run(kInsert, entry.index, move.model, move.number, move.digest, move.stage,
               move.previous, move.rollback);
  if (move.break_glass) database.run(kInsertException, entry.index, kBreakGlass, entry.reason);
  database.run(kNotesOfOthers, move.model, move.number, move.stage);
  database.run(kOwnNote, move.model, move.number, move.stage);
}

std::string describe(const Entry& entry) {
  const auto move = read_move(entry);
  const auto name = version_name(move.model, move.number);
  if (move.rollback) return fmt::format("rolled {} back to {}", move.stage, name);
  return fmt::format("{}promoted {} to {}", move.break_glass ? "BREAK GLASS: " : "", name,
                     move.stage);
}

const bool kPromotionRegistered =
    record_kinds().add(kPromotion, {.word = "promotion",
                                    .project = project_move,
                                    .describe = describe,
                                    .actions = {"promote", "break-glass"},
                                    .resources = stage_resources});
const bool kRollbackRegistered = record_kinds().add(kRollback, {.word = "rollback",
                                                                .project = project_move,
                                                                .describe = describe,
                                                                .actions = {"rollback", "promote"},
                                                                .resources = stage_resources});

}  // namespace

Statement statement_of(const StageMove& move) {
  Statement statement{
      .subjects = {{.name = version_name(move.model, move.number), .digest = move.digest}},
      .predicate_type = move.rollback ? kRollback : kPromotion,
      .predicate = Json::object({{"model", move.model},
                                 {"number", move.number},
                                 {"stage", move.stage},
                                 {"previous", integer_or_null(move.previous)}})};
  if (move.break_glass) statement.predicate.set("break_glass", true);
  return statement;
}

std::vector<Exception> exceptions(Ledger& ledger) {
  return ledger.database().all(kExceptions, [](const Row& row) {
    const auto entry = read_entry(row);
    const auto move = read_move(entry);
    return Exception{.kind = row.get<std::string>(3),
                     .what = describe(entry),
                     .model = move.model,
                     .origin = move.origin};
  });
}

std::vector<StageMove> stage_moves(Ledger& ledger, std::string_view model, std::string_view stage) {
  return read_records(ledger, read_move, kNewestFirst, model, stage);
}

}  // namespace mlo::ledger
