#include "mlo/ledger/audit.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "audit.h"
#include "listing.h"
#include "mlo/core/file.h"
#include "mlo/core/text.h"
#include "mlo/ledger/trust.h"
#include "option_checks.h"

namespace mlo::cmd {
namespace {

struct LogOptions {
  std::string who;
  std::string what;
  std::string model;
  std::string since;
  std::string until;
  std::string reason;
  std::string about;
  std::optional<std::int64_t> limit;
  bool follow = false;
};

constexpr std::int64_t kPage = 50;

ui::View log_view(const std::vector<ledger::Entry>& entries, bool truncated = false) {
  Json rows = Json::array();
  for (const auto& entry : entries)
    rows.add(Json::object({{"entry", entry.index},
                           {"time", entry.time.text()},
                           {"who", entry.actor},
                           {"what", ledger::describe(entry)},
                           {"kind", ledger::word_for(entry)},
                           {"why", entry.reason},
                           {"command", entry.command},
                           {"host", entry.host},
                           {"key", entry.key.text()},
                           {"predicate_type", entry.predicate_type}}));
  return {.shape = "audit-log/1",
          .headline = entries.empty() ? "No entry matches" : "",
          .fields = {{"entries",
                      "Audit log",
                      std::move(rows),
                      ui::Format::plain,
                      {{"entry", "Entry"},
                       {"time", "Time", ui::Format::time},
                       {"who", "Who"},
                       {"what", "What"},
                       {"why", "Why"}}},
                     {"truncated", "", truncated}}};
}

ui::View show_view(const ledger::EntryDetail& detail) {
  const auto& entry = detail.entry;
  Json subjects = Json::array();
  for (const auto& subject : entry.subjects)
    subjects.add(Json::object({{"name", subject.name}, {"digest", subject.digest.text()}}));
  return {.shape = "audit-show/1",
          .headline = fmt::format("Entry {}: {}", entry.index, ledger::describe(entry)),
          .fields = {{"entry", "", entry.index},
                     {"time", "Time", entry.time.text(), ui::Format::time},
                     {"who", "Who", entry.actor},
                     {"why", "Why", entry.reason},
                     {"command", "Command", entry.command},
                     {"host", "Host", entry.host},
                     {"key", "Key", entry.key.text()},
                     {"leaf", "Leaf", entry.leaf.text()},
                     {"predicate_type", "Type", entry.predicate_type},
                     {"subjects",
                      "Subjects",
                      std::move(subjects),
                      ui::Format::plain,
                      {{"name", "Name"}, {"digest", "Digest", ui::Format::digest}}},
                     {"facts",
                      "Predicate",
                      detail.facts,
                      ui::Format::plain,
                      {{"name", "Name"}, {"value", "Value"}}},
                     {"statement", "", detail.statement},
                     {"envelope", "", detail.envelope}}};
}

/// A path begins where the user is; a digest or "churn@3" stands for itself.
std::string subject_of(Session& session, const std::string& typed) {
  if (typed.empty() || typed.find('@') != std::string::npos || Digest::try_parse(typed))
    return typed;
  return session.path_in_workspace(typed).text();
}

ledger::AuditFilter filter_of(const LogOptions& options, Session& session) {
  const auto now = session.world().now();
  ledger::AuditFilter filter{.who = options.who,
                             .what = options.what,
                             .model = options.model,
                             .reason = options.reason,
                             .about = subject_of(session, options.about)};
  if (!options.since.empty()) filter.since = ledger::parse_since(options.since, now);
  if (!options.until.empty()) filter.until = ledger::parse_since(options.until, now);
  return filter;
}

/// One line an entry as it comes, oldest first; with --json one answer of one entry a line.
void follow(ledger::Ledger& ledger, ledger::AuditFilter filter, Session& session) {
  constexpr auto kPause = std::chrono::milliseconds(300);
  while (!session.stop().stop_requested()) {
    auto entries = ledger::audit_log(ledger, filter);
    std::ranges::reverse(entries);
    for (const auto& entry : entries) {
      if (session.options.json)
        session.show(log_view({entry}));
      else
        session.print_bytes(
            fmt::format("{:>6}  {}  {}  {}{}\n", entry.index, entry.time.brief(),
                        printable(entry.actor), printable(ledger::describe(entry)),
                        entry.reason.empty() ? "" : ": " + printable(entry.reason)));
      filter.from = entry.index + 1;
    }
    filter.limit = std::numeric_limits<std::int64_t>::max();
    std::this_thread::sleep_for(kPause);
  }
}

void add_audit_log(CLI::App& audit, Session& session) {
  auto options = std::make_shared<LogOptions>();
  auto* log = audit.add_subcommand("log", "List who did what, when and why, newest first");
  log->add_option("--who", options->who, "Only this actor");
  log->add_option("--what", options->what, "Only this kind: promotion, run, dataset, …");
  log->add_option("--model", options->model, "Only what concerns this model");
  log->add_option("--since", options->since,
                  "Not before: 7d, 2026-11-23 (its midnight in UTC), an RFC 3339 time")
      ->check(time_check());
  log->add_option("--until", options->until,
                  "Before: 2026-11-24 (its midnight in UTC), an RFC 3339 time")
      ->check(time_check());
  log->add_option("--reason", options->reason, "Only what was done for a reason with this in it");
  log->add_option("--about", options->about, "Only what speaks of this path or digest");
  log->add_option("--limit", options->limit, "Entries to list; default: all with --json, else 50")
      ->check(CLI::Range(1, 1'000'000));
  log->add_flag("-f,--follow", options->follow, "Go on with what is added, until interrupted");
  log->callback([options, &session] {
    auto ledger = ledger_as_it_is(session);
    auto filter = filter_of(*options, session);
    if (options->follow) {
      filter.limit = options->limit.value_or(kPage);
      return follow(ledger, filter, session);
    }
    const Listing listing(session, options->limit, kPage);
    filter.limit = listing.wanted();
    auto entries = ledger::audit_log(ledger, filter);
    const bool truncated = listing.cut(entries);
    auto answer = log_view(entries, truncated);
    answer.next = listing.more(truncated, "mlo audit log");
    session.show(answer);
  });
}

void add_audit_show(CLI::App& audit, Session& session) {
  auto number = std::make_shared<std::int64_t>();
  auto* show = audit.add_subcommand("show", "Show one entry with its signed statement");
  show->add_option("entry", *number, "Number of the entry")->required();
  show->callback([number, &session] {
    auto ledger = ledger_as_it_is(session);
    session.show(show_view(ledger::entry_detail(ledger, *number)));
  });
}

}  // namespace

ledger::Ledger ledger_as_it_is(Session& session) {
  const auto& repository = session.repository();
  ledger::Ledger ledger(repository.folder(), session.world());
  if (const auto problem = ledger::distrust(ledger, repository.folder(), session.world()))
    if (!session.options.quiet)
      fmt::print(stderr, "warning: the ledger is not what it was: {}\n", *problem);
  return ledger;
}

std::string own_log_key(Session& session) {
  try {
    return ledger::Ledger(session.repository().folder(), session.world()).verifier_key();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
    return {};
  }
}

std::string read_typed(const Session& session, const std::string& typed) {
  constexpr std::uint64_t kMaxBytes = 16U << 20U;
  return read_file(session.path(typed), kMaxBytes);
}

void add_audit(CLI::App& mlo, Session& session) {
  auto* audit = mlo.add_subcommand("audit", "Read and verify the ledger: who, what, when and why");
  audit->require_subcommand(1);
  add_audit_log(*audit, session);
  add_audit_show(*audit, session);
  add_audit_verify(*audit, session);
  add_audit_report(*audit, session);
  add_audit_evidence(*audit, session);
  add_audit_anchor(*audit, session);
}

}  // namespace mlo::cmd
