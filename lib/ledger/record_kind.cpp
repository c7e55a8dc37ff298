#include "ledger/record_kind.h"

#include <array>

namespace mlo::ledger {
namespace {

constexpr auto kAct = R"sql(
  INSERT INTO act (entry, at, actor, key, command, reason, host, predicate_type)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
)sql";

constexpr auto kSubject = R"sql(
  INSERT INTO subject (entry, position, name, digest) VALUES (?1, ?2, ?3, ?4)
)sql";

constexpr std::array<std::string_view, 41> kViewTables{"act",
                                                       "subject",
                                                       "repository",
                                                       "identity",
                                                       "dataset_version",
                                                       "run",
                                                       "run_part",
                                                       "run_step",
                                                       "run_file",
                                                       "model_version",
                                                       "evidence",
                                                       "check_result",
                                                       "stage_move",
                                                       "stage_left",
                                                       "deployment",
                                                       "gate_decision",
                                                       "gate_evidence",
                                                       "monitor_window",
                                                       "alert",
                                                       "lineage_edge",
                                                       "lineage_thing",
                                                       "tag",
                                                       "untracking",
                                                       "collected_version",
                                                       "identity_change",
                                                       "policy",
                                                       "policy_proposal",
                                                       "policy_consent",
                                                       "approval",
                                                       "access",
                                                       "exception",
                                                       "experiment",
                                                       "run_param",
                                                       "run_tag",
                                                       "run_metric",
                                                       "run_input",
                                                       "run_model",
                                                       "artifact",
                                                       "logged_model",
                                                       "registered_model",
                                                       "version_note"};

}  // namespace

Registry<RecordKind>& record_kinds() {
  static Registry<RecordKind> kinds;
  return kinds;
}

void project(Database& database, const Entry& entry) {
  database.run(kAct, entry.index, entry.time, entry.actor, entry.key, entry.command, entry.reason,
               entry.host, entry.predicate_type);
  std::int64_t position = 0;
  for (const auto& subject : entry.subjects)
    database.run(kSubject, entry.index, position++, subject.name, subject.digest);
  if (const auto* kind = record_kinds().find(entry.predicate_type)) kind->project(database, entry);
}

std::span<const std::string_view> view_tables() {
  return kViewTables;
}

}  // namespace mlo::ledger
