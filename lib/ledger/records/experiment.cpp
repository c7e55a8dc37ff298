#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "ledger/record_kind.h"
#include "ledger/records/fields.h"
#include "mlo/core/canonical_json.h"
#include "mlo/core/error.h"
#include "mlo/ledger/tracking.h"

namespace mlo::ledger {
namespace {

constexpr auto kType = "urn:mlo:experiment:v1";

constexpr auto kSet = R"sql(
  INSERT INTO experiment (number, entry, name, deleted, created_at, updated_at, tags)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
  ON CONFLICT (number) DO UPDATE SET entry = excluded.entry, name = excluded.name,
    deleted = excluded.deleted, updated_at = excluded.updated_at, tags = excluded.tags
)sql";

constexpr auto kColumns =
    "SELECT number, name, deleted, created_at, updated_at, tags FROM experiment ";

Experiment read_row(const Row& row) {
  return {.number = row.get<std::int64_t>(0),
          .name = row.get<std::string>(1),
          .deleted = row.get<bool>(2),
          .created_at = row.get<Timestamp>(3),
          .updated_at = row.get<Timestamp>(4),
          .tags = Json::parse(row.get<std::string>(5))};
}

void project_experiment(Database& database, const Entry& entry) {
  const auto& facts = entry.predicate;
  database.run(kSet, facts.at("number").as_integer(), entry.index, facts.at("name").as_string(),
               facts.at("deleted").as_bool(), Timestamp::parse(facts.at("created_at").as_string()),
               Timestamp::parse(facts.at("updated_at").as_string()), facts.at("tags").canonical());
}

std::string describe(const Entry& entry) {
  return fmt::format("experiment {} '{}'{}", entry.predicate.at("number").as_integer(),
                     entry.predicate.at("name").as_string(),
                     entry.predicate.at("deleted").as_bool() ? ", removed" : "");
}

const bool kRegistered = record_kinds().add(
    kType, {.word = "experiment", .project = project_experiment, .describe = describe});

}  // namespace

Json to_json(const MetricFact& fact) {
  const bool finite = std::isfinite(fact.value);
  return Json::array(
      {finite ? Json(fact.value) : Json("NaN"), integer_fact(fact.step), fact.at.microseconds});
}

MetricFact metric_fact(const Json& json) {
  const auto& parts = json.as_array();
  if (parts.size() != 3) throw Error(ErrorKind::bad_input, "a metric has value, step and time");
  return {.value = parts[0].is_string() ? std::numeric_limits<double>::quiet_NaN()
                                        : parts[0].as_number(),
          .step = integer_of_fact(parts[1]),
          .at = {parts[2].as_integer()}};
}

Json integer_fact(std::int64_t number) {
  return canonical_integers(number);
}

std::int64_t integer_of_fact(const Json& json) {
  return (json.is_string() ? Json::parse(json.as_string()) : json).as_integer();
}

Statement statement_of(const Experiment& experiment) {
  const auto name = fmt::format("experiment/{}", experiment.number);
  return {.subjects = {{.name = name, .digest = Digest::of("urn:mlo:" + name)}},
          .predicate_type = kType,
          .predicate = Json::object({{"number", experiment.number},
                                     {"name", experiment.name},
                                     {"deleted", experiment.deleted},
                                     {"created_at", experiment.created_at.text()},
                                     {"updated_at", experiment.updated_at.text()},
                                     {"tags", experiment.tags}})};
}

std::vector<Experiment> experiments(Ledger& ledger) {
  return ledger.database().all(std::string(kColumns) + "ORDER BY number", read_row);
}

std::optional<Experiment> find_experiment(Ledger& ledger, std::int64_t number) {
  return ledger.database().one(std::string(kColumns) + "WHERE number = ?1", read_row, number);
}

std::optional<Experiment> find_experiment(Ledger& ledger, std::string_view name) {
  return ledger.database().one(std::string(kColumns) + "WHERE name = ?1", read_row, name);
}

}  // namespace mlo::ledger
