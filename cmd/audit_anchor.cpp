#include <memory>

#include <fmt/format.h>

#include "audit.h"
#include "mlo/ledger/audit.h"
#include "mlo/ledger/trust.h"
#include "mlo/workspace/anchor.h"

namespace mlo::cmd {
namespace {

struct Options {
  bool note = false;
  std::string reason;
};

void anchor(const Options& options, Session& session) {
  auto& repository = session.repository();
  auto& ledger = repository.ledger();
  const auto kind = options.note ? workspace::AnchorKind::note : workspace::AnchorKind::tag;
  const auto size = ledger.size();
  const auto kept = workspace::write_anchor(repository, ledger.checkpoint(), size, kind);
  session.show({.shape = "audit-anchor/1",
                .headline = fmt::format("Anchored {} entries in git", size),
                .fields = {{"place", "Kept in", kept.place},
                           {"entries", "", size},
                           {"checkpoint", "", kept.note}},
                .next = {options.note ? "git push origin 'refs/notes/mlo-audit*'"
                                      : "git push origin --tags"}});
}

}  // namespace

void add_audit_anchor(CLI::App& audit, Session& session) {
  auto options = std::make_shared<Options>();
  auto* anchoring = audit.add_subcommand(
      "anchor", "Keep the checkpoint in git, so that the code's history vouches for the ledger");
  anchoring->add_flag("--note", options->note, "As a git note of HEAD, not as a tag");
  anchoring->callback([options, &session] { anchor(*options, session); });
  auto* accepting = audit.add_subcommand("accept",
                                         "Go on with a ledger that is not the one seen here last, "
                                         "or whose last entry was made by a clock "
                                         "that was ahead, and record why");
  accepting->add_option("-m,--message", options->reason, "Why: kept in the ledger")->required();
  accepting->callback([options, &session] {
    auto ledger = ledger_as_it_is(session);
    const auto entry =
        ledger::accept(ledger, session.repository().folder(), session.world(), options->reason);
    session.show({.shape = "audit-accept/1",
                  .headline = "Accepted: the ledger goes on from here",
                  .fields = {{"entry", "Entry", entry.index},
                             {"problem", "What was wrong", ledger::describe(entry)}}});
  });
}

}  // namespace mlo::cmd
