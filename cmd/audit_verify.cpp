#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "audit.h"
#include "mlo/core/text.h"
#include "mlo/ledger/identities.h"
#include "mlo/ledger/proofs.h"
#include "mlo/ledger/trust.h"
#include "mlo/workspace/anchor.h"

namespace mlo::cmd {
namespace {

struct Options {
  std::string place;
  std::string since;
  std::vector<std::string> keys;
  std::vector<std::string> checkpoints;
  std::vector<std::string> witnesses;
};

Json problem_rows(const ledger::Verification& verification) {
  Json problems = Json::array();
  for (const auto& problem : verification.problems)
    problems.add(Json::object({{"entry", problem.entry < 0 ? Json() : Json(problem.entry)},
                               {"problem", problem.problem}}));
  return problems;
}

Json checkpoint_rows(const std::vector<ledger::HeldCheckpoint>& checkpoints) {
  Json rows = Json::array();
  for (const auto& held : checkpoints)
    rows.add(Json::object({{"source", held.source},
                           {"size", held.size},
                           {"holds", held.problem.empty()},
                           {"problem", held.problem}}));
  return rows;
}

Json doubt_rows(const std::vector<ledger::Doubt>& doubts) {
  Json rows = Json::array();
  for (const auto& doubt : doubts)
    rows.add(Json::object({{"entry", doubt.entry},
                           {"actor", doubt.actor},
                           {"at", doubt.at.text()},
                           {"since", doubt.since.text()}}));
  return rows;
}

Json unjudged_rows(const std::vector<ledger::Unjudged>& unjudged) {
  Json rows = Json::array();
  for (const auto& one : unjudged)
    rows.add(
        Json::object({{"entry", one.entry < 0 ? Json() : Json(one.entry)}, {"what", one.why}}));
  return rows;
}

/// What stands beside the verdict: the last of a part of a ledger, the others of the one at hand.
struct Beside {
  std::vector<ledger::HeldCheckpoint> checkpoints = {};
  std::string unread = {};  ///< why checkpoints in git could not be looked at
  std::vector<ledger::Doubt> doubts = {};
  std::vector<ledger::Unjudged> unjudged = {};
};

ui::View view(const std::string& what, const ledger::Verification& verification,
              const Beside& beside) {
  const auto problems = problem_rows(verification);
  const auto count = static_cast<std::int64_t>(problems.size());
  return {
      .shape = "audit-verify/1",
      .headline = verification.verified()
                      ? fmt::format("{} verified: {} {}", what, format_count(verification.entries),
                                    verification.entries == 1 ? "entry" : "entries")
                      : fmt::format("{} NOT verified: {}", what, format_count(count, "problem")),
      .good = verification.verified(),
      .fields = {{"verified", "", verification.verified()},
                 {"entries", "Entries", verification.entries, ui::Format::count},
                 {"root", verification.root == Digest() ? "" : "Root", verification.root.text()},
                 {"checkpoints",
                  "Checkpoints kept elsewhere",
                  checkpoint_rows(beside.checkpoints),
                  ui::Format::plain,
                  {{"source", "Kept in"},
                   {"size", "Entries"},
                   {"holds", "", ui::Format::verdict},
                   {"problem", "Problem"}}},
                 {"unread", beside.unread.empty() ? "" : "Checkpoints in git not looked at",
                  beside.unread.empty() ? Json() : Json(beside.unread)},
                 {"in_doubt",
                  "In doubt: their key was revoked as of a time before them",
                  doubt_rows(beside.doubts),
                  ui::Format::plain,
                  {{"entry", "Entry"},
                   {"actor", "Actor"},
                   {"at", "Signed", ui::Format::time},
                   {"since", "Key not safe since", ui::Format::time}}},
                 {"unjudged",
                  "Not judged: a part cannot tell",
                  unjudged_rows(beside.unjudged),
                  ui::Format::plain,
                  {{"entry", "Entry"}, {"what", "What"}}},
                 {"problems",
                  "Problems",
                  problems,
                  ui::Format::plain,
                  {{"entry", "Entry"}, {"problem", "Problem"}}}}};
}

std::vector<std::filesystem::path> paths(const Session& session,
                                         const std::vector<std::string>& typed) {
  std::vector<std::filesystem::path> all;
  all.reserve(typed.size());
  for (const auto& text : typed) all.push_back(session.path(text));
  return all;
}

void show(Session& session, const ui::View& answer, const ledger::Verification& verification) {
  session.show(answer,
               verification.verified() ? std::nullopt : std::optional(ErrorKind::integrity));
}

/// Something from elsewhere; a repository around it says which log to trust when no key does.
void verify_file(const Options& options, Session& session) {
  auto trusted =
      ledger::read_trusted(paths(session, options.keys), paths(session, options.checkpoints));
  if (trusted.log_key.empty()) trusted.log_key = own_log_key(session);
  const auto outside = ledger::verify_outside(session.path(options.place), trusted);
  auto answer =
      view(outside.kind == "tiles" ? "The tiles are" : fmt::format("The {} is", outside.kind),
           outside.found, {.unjudged = outside.unjudged});
  if (outside.kind == "consistency" && outside.found.verified())
    answer.headline =
        fmt::format("The log went on from the checkpoint that was kept, to {} entries",
                    format_count(outside.size));
  if (trusted.log_key.empty())
    answer.next = {"mlo audit keys KEYS  (where the ledger is)",
                   fmt::format("mlo audit verify {} --keys KEYS", options.place)};
  show(session, answer, outside.found);
}

/// Git may be there and not answer: the ledger is verified nevertheless.
void hold_against_git(const workspace::Repository& repository, ledger::Ledger& ledger,
                      Beside& beside) {
  try {
    for (const auto& anchor : workspace::anchors(repository))
      beside.checkpoints.push_back(ledger::hold_against(ledger, anchor.note, anchor.place));
  } catch (const Error& error) {
    beside.unread = error.message();
    if (!error.hint().empty()) beside.unread += ": " + error.hint();
  }
}

void verify_here(const Options& options, Session& session) {
  const auto& repository = session.repository();
  ledger::Ledger ledger(repository.folder(), session.world());
  auto verification = options.since.empty()
                          ? ledger.verify()
                          : ledger::verify_since(ledger, read_typed(session, options.since));
  const auto& problems = verification.problems;
  if (const auto problem = ledger::distrust(ledger, repository.folder(), session.world());
      problem && std::ranges::find(problems, *problem, &ledger::Problem::problem) == problems.end())
    verification.problems.push_back({.problem = *problem});
  Beside beside;
  // Told by the views, once they are known to say what the entries say.
  if (options.since.empty() && verification.verified())
    beside.doubts = ledger::entries_in_doubt(ledger);
  hold_against_git(repository, ledger, beside);
  std::vector<std::string> witnesses;
  witnesses.reserve(options.witnesses.size());
  for (const auto& file : options.witnesses) witnesses.push_back(read_typed(session, file));
  for (const auto& file : options.checkpoints)
    beside.checkpoints.push_back(
        ledger::hold_against(ledger, read_typed(session, file), file, witnesses));
  for (const auto& held : beside.checkpoints)
    if (!held.problem.empty())
      verification.problems.push_back(
          {.problem = fmt::format("the checkpoint in {}: {}", held.source, held.problem)});
  show(session, view("The ledger is", verification, beside), verification);
}

}  // namespace

void add_audit_verify(CLI::App& audit, Session& session) {
  auto options = std::make_shared<Options>();
  auto* verify = audit.add_subcommand(
      "verify", "Check that nobody rewrote the ledger or its views, or what was exported of it");
  verify->add_option("file", options->place, "A bundle, a proof or a folder of tiles: offline");
  auto* since = verify->add_option("--since", options->since,
                                   "Only what came after the checkpoint in this file");
  since->type_name("FILE");
  verify
      ->add_option("--checkpoint", options->checkpoints,
                   "Also hold it against a checkpoint that was kept in this file")
      ->type_name("FILE");
  verify
      ->add_option("--witness", options->witnesses,
                   "The checkpoint must be cosigned by the witness of this key (C2SP)")
      ->type_name("FILE");
  verify
      ->add_option("--keys", options->keys,
                   "With FILE: trust these public keys only: the log's, and signers' in PEM")
      ->type_name("PATH");
  verify->callback([options, &session] {
    if (options->place.empty())
      verify_here(*options, session);
    else
      verify_file(*options, session);
  });
}

}  // namespace mlo::cmd
