#include <fmt/format.h>

#include "ledger/record_kind.h"
#include "ledger/records/fields.h"
#include "mlo/core/text.h"
#include "mlo/ledger/records.h"

namespace mlo::ledger {
namespace {

constexpr auto kWindow = "urn:mlo:monitoring-window:v1";
constexpr auto kAlert = "urn:mlo:alert:v1";

constexpr auto kInsertWindow = R"sql(
  INSERT INTO monitor_window (entry, model, number, digest, stage, from_at, to_at, row_count,
                              drifted, drifted_share)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
)sql";

constexpr auto kInsertAlert = R"sql(
  INSERT INTO alert (entry, model, digest, kind, message) VALUES (?1, ?2, ?3, ?4, ?5)
)sql";

constexpr auto kNewestWindows = R"sql(
  SELECT entry.number, leaf, envelope FROM monitor_window JOIN entry ON entry.number = entry
  WHERE ?1 = '' OR model = ?1 ORDER BY entry DESC LIMIT ?2
)sql";

constexpr auto kNewestAlerts = R"sql(
  SELECT entry.number, leaf, envelope FROM alert JOIN entry ON entry.number = entry
  WHERE ?1 = '' OR model = ?1 ORDER BY entry DESC LIMIT ?2
)sql";

std::vector<std::string> texts_of(const Json& list) {
  std::vector<std::string> texts;
  for (const auto& text : list.as_array()) texts.push_back(text.as_string());
  return texts;
}

Json list_of(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const auto& text : texts) list.add(text);
  return list;
}

MonitorWindow read_window(const Entry& entry) {
  const auto& facts = entry.predicate;
  return {.model = facts.at("model").as_string(),
          .number = facts.at("number").as_integer(),
          .digest = only_subject(entry).digest,
          .stage = facts.at("stage").as_string(),
          .from = Timestamp::parse(facts.at("from").as_string()),
          .to = Timestamp::parse(facts.at("to").as_string()),
          .rows = facts.at("rows").as_integer(),
          .drifted = facts.at("drifted").as_bool(),
          .drifted_share = facts.at("drifted_share").as_number(),
          .drifted_columns = texts_of(facts.at("drifted_columns")),
          .quality = facts.at("quality"),
          .report = digest_or_nothing(facts["report"]),
          .origin = origin_of(entry)};
}

Alert read_alert(const Entry& entry) {
  const auto& facts = entry.predicate;
  return {.model = facts.at("model").as_string(),
          .digest = only_subject(entry).digest,
          .kind = facts.at("kind").as_string(),
          .message = facts.at("message").as_string(),
          .actions = texts_of(facts.at("actions")),
          .origin = origin_of(entry)};
}

void project_window(Database& database, const Entry& entry) {
  const auto window = read_window(entry);
  database.run(kInsertWindow, entry.index, window.model, window.number, window.digest, window.stage,
               window.from, window.to, window.rows, window.drifted, window.drifted_share);
}

void project_alert(Database& database, const Entry& entry) {
  const auto alert = read_alert(entry);
  database.run(kInsertAlert, entry.index, alert.model, alert.digest, alert.kind, alert.message);
}

std::string describe_window(const Entry& entry) {
  const auto window = read_window(entry);
  const auto drift = window.drifted_columns.empty()
                         ? std::string("no drift")
                         : fmt::format("drift in {} column{}", window.drifted_columns.size(),
                                       window.drifted_columns.size() == 1 ? "" : "s");
  return fmt::format("watched {}: {} rows, {}", version_name(window.model, window.number),
                     format_count(window.rows), drift);
}

std::string describe_alert(const Entry& entry) {
  const auto alert = read_alert(entry);
  return fmt::format("{} alert for {}: {}", alert.kind, alert.model, alert.message);
}

std::vector<std::string> model_resources(const Entry& entry) {
  return {entry.predicate.at("model").as_string()};
}

const bool kWindowRegistered = record_kinds().add(kWindow, {.word = "monitoring",
                                                            .project = project_window,
                                                            .describe = describe_window,
                                                            .actions = {"monitor"},
                                                            .resources = model_resources});
const bool kAlertRegistered = record_kinds().add(kAlert, {.word = "alert",
                                                          .project = project_alert,
                                                          .describe = describe_alert,
                                                          .actions = {"monitor"},
                                                          .resources = model_resources});

}  // namespace

Statement statement_of(const MonitorWindow& window) {
  return {
      .subjects = {{.name = version_name(window.model, window.number), .digest = window.digest}},
      .predicate_type = kWindow,
      .predicate = Json::object({{"model", window.model},
                                 {"number", window.number},
                                 {"stage", window.stage},
                                 {"from", window.from.text()},
                                 {"to", window.to.text()},
                                 {"rows", window.rows},
                                 {"drifted", window.drifted},
                                 {"drifted_share", window.drifted_share},
                                 {"drifted_columns", list_of(window.drifted_columns)},
                                 {"quality", window.quality},
                                 {"report", text_or_null(window.report)}})};
}

Statement statement_of(const Alert& alert) {
  return {.subjects = {{.name = alert.model, .digest = alert.digest}},
          .predicate_type = kAlert,
          .predicate = Json::object({{"model", alert.model},
                                     {"kind", alert.kind},
                                     {"message", alert.message},
                                     {"actions", list_of(alert.actions)}})};
}

std::vector<MonitorWindow> monitor_windows(Ledger& ledger, std::string_view model,
                                           std::int64_t limit) {
  return read_records(ledger, read_window, kNewestWindows, model, limit);
}

std::vector<Alert> alerts(Ledger& ledger, std::string_view model, std::int64_t limit) {
  return read_records(ledger, read_alert, kNewestAlerts, model, limit);
}

}  // namespace mlo::ledger
