#include <memory>

#include <fmt/format.h>

#include "audit.h"
#include "mlo/core/text.h"
#include "mlo/ledger/audit.h"
#include "mlo/ledger/controls.h"
#include "mlo/ledger/report.h"
#include "option_checks.h"

namespace mlo::cmd {
namespace {

struct Options {
  std::string model;
  std::string since;
  std::string until;
  std::string csv;
  std::string html;
  std::string markdown;
  std::string framework;
  bool lacking = false;
};

Json time_or_null(const std::optional<Timestamp>& time) {
  return time ? Json(time->text()) : Json();
}

Json rows_of(const ledger::ReportSection& section) {
  Json rows = Json::array();
  for (const auto& row : section.rows) {
    auto json = Json::object({{"entry", row.entry < 0 ? Json() : Json(row.entry)},
                              {"time", time_or_null(row.at)},
                              {"who", row.who},
                              {"what", row.what},
                              {"why", row.why},
                              {"state", row.state}});
    if (section.lasts) json.set("until", time_or_null(row.until));
    // People see it in red.
    if (section.alarming) json.set("in_order", false);
    rows.add(std::move(json));
  }
  return rows;
}

ui::Field field_of(const ledger::ReportSection& section) {
  ui::Field field{.key = section.key, .label = section.title, .value = rows_of(section)};
  field.columns = {{"entry", "Entry"}, {"time", "Time", ui::Format::time}};
  if (section.lasts) field.columns.push_back({"until", "Until", ui::Format::time});
  field.columns.push_back({"who", "Who"});
  if (section.alarming) {
    field.columns.push_back({"in_order", "In order", ui::Format::verdict});
    field.columns.push_back({"state", "Why it is here"});
  } else if (section.key == "deployments") {
    field.columns.push_back({"state", "State"});
  }
  field.columns.push_back({"what", "What"});
  field.columns.push_back({"why", "Why"});
  return field;
}

std::string headline_of(const ledger::Report& report) {
  const auto count = [&](const char* key, const char* one, const char* several) {
    const auto number = report.count(key);
    return fmt::format("{} {}", number, number == 1 ? one : several);
  };
  return fmt::format("Audit report{}: {} entries, {}, {}, the ledger is {}",
                     report.scope.model.empty() ? "" : " of " + report.scope.model,
                     format_count(report.entries), count("exceptions", "exception", "exceptions"),
                     count("gaps", "gap", "gaps"), report.verified ? "verified" : "NOT verified");
}

ui::View view(const ledger::Report& report) {
  ui::View answer{
      .shape = "audit-report/1",
      .headline = headline_of(report),
      .good = report.verified && report.count("exceptions") == 0 && report.count("gaps") == 0,
      .fields = {{"model", report.scope.model.empty() ? "" : "Model",
                  report.scope.model.empty() ? Json() : Json(report.scope.model)},
                 {"since", report.scope.since ? "From" : "", time_or_null(report.scope.since),
                  ui::Format::time},
                 {"until", report.scope.until ? "To" : "", time_or_null(report.scope.until),
                  ui::Format::time},
                 {"entries", "", report.entries},
                 {"verified", "Ledger verified", report.verified, ui::Format::verdict},
                 {"root", "Root", report.root.text()}}};
  for (const auto& section : report.sections) answer.fields.push_back(field_of(section));
  return answer;
}

void write_pages(Session& session, const Options& options, const ui::View& answer) {
  if (!options.html.empty()) session.write(options.html, ui::to_html(answer));
  if (!options.markdown.empty()) session.write(options.markdown, ui::to_markdown(answer));
}

void add_pages(CLI::App& command, Options& options) {
  command.add_option("--html", options.html, "Also write a page here, ready to be printed")
      ->type_name("FILE");
  command.add_option("--markdown", options.markdown, "Also write Markdown here")->type_name("FILE");
}

void add_report(CLI::App& audit, Session& session) {
  auto options = std::make_shared<Options>();
  auto* report = audit.add_subcommand(
      "report",
      "Tell who published, approved, deployed and read what, when and why; and what is odd");
  report->add_option("--model", options->model, "Only what concerns this model");
  report
      ->add_option("--since", options->since,
                   "Not before: 30d, 2026-07-01 (its midnight in UTC), an RFC 3339 time")
      ->check(time_check());
  report
      ->add_option("--until", options->until,
                   "Before: 2026-10-01 (its midnight in UTC), an RFC 3339 time")
      ->check(time_check());
  report->add_option("--csv", options->csv, "Also write one table of all of it here")
      ->type_name("FILE");
  add_pages(*report, *options);
  report->callback([options, &session] {
    auto ledger = ledger_as_it_is(session);
    const auto now = session.world().now();
    ledger::ReportScope scope{.model = options->model};
    if (!options->since.empty()) scope.since = ledger::parse_since(options->since, now);
    if (!options->until.empty()) scope.until = ledger::parse_since(options->until, now);
    const auto made = ledger::audit_report(ledger, scope);
    const auto answer = view(made);
    if (!options->csv.empty()) session.write(options->csv, ledger::to_csv(made));
    write_pages(session, *options, answer);
    session.show(answer, made.verified ? std::nullopt : std::optional(ErrorKind::integrity));
  });
}

Json evidence_of(const ledger::Control& control) {
  Json evidence = Json::array();
  for (const auto& one : control.evidence) {
    Json entries = Json::array();
    for (const auto entry : one.entries) entries.add(entry);
    evidence.add(Json::object({{"kind", one.kind},
                               {"has", one.has},
                               {"entries", std::move(entries)},
                               {"hint", one.hint}}));
  }
  return evidence;
}

/// For people: entries that show it, and how to come by what is missing.
void add_summary(const ledger::Control& control, Json& row) {
  std::vector<std::string> entries;
  std::vector<std::string> missing;
  for (const auto& one : control.evidence) {
    for (const auto entry : one.entries) entries.push_back(std::to_string(entry));
    if (one.entries.empty()) missing.push_back(one.hint);
  }
  row.set("shown_by", join(entries, " "));
  row.set("missing", join(missing, "; "));
}

ui::View view(const std::vector<ledger::Control>& controls, bool only_lacking) {
  Json rows = Json::array();
  std::int64_t evidenced = 0;
  for (const auto& control : controls) {
    const auto status = control.status();
    if (status == "evidenced") ++evidenced;
    if (only_lacking && status == "evidenced") continue;
    auto row = Json::object({{"framework", control.framework},
                             {"control", control.control},
                             {"title", control.title},
                             {"status", status},
                             {"evidence", evidence_of(control)}});
    add_summary(control, row);
    rows.add(std::move(row));
  }
  return {
      .shape = "audit-controls/1",
      .headline = fmt::format("Evidence for {} of {} controls; whether it is enough, an auditor "
                              "says",
                              evidenced, controls.size()),
      .fields = {{"controls", "", static_cast<std::int64_t>(controls.size())},
                 {"evidenced", "", evidenced},
                 {"rows",
                  "Controls",
                  std::move(rows),
                  ui::Format::plain,
                  {{"framework", "Framework"},
                   {"control", "Control"},
                   {"title", "Title"},
                   {"status", "Status"},
                   {"shown_by", "Entries"},
                   {"missing", "Missing"}}}}};
}

void add_controls(CLI::App& audit, Session& session) {
  auto options = std::make_shared<Options>();
  auto* controls = audit.add_subcommand(
      "controls",
      "Say which controls of the EU AI Act, NIST AI RMF, ISO/IEC 42001, SR 26-2 and SR 11-7 the "
      "ledger has evidence for");
  controls->add_option("framework", options->framework, "Only what this names: eu, nist, iso, sr");
  controls->add_option("--model", options->model, "Only evidence that concerns this model");
  controls->add_flag("--lacking", options->lacking, "Only what is not fully evidenced");
  add_pages(*controls, *options);
  controls->callback([options, &session] {
    auto ledger = ledger_as_it_is(session);
    const auto answer =
        view(ledger::audit_controls(ledger, options->framework, options->model), options->lacking);
    write_pages(session, *options, answer);
    session.show(answer);
  });
}

}  // namespace

void add_audit_report(CLI::App& audit, Session& session) {
  add_report(audit, session);
  add_controls(audit, session);
}

}  // namespace mlo::cmd
