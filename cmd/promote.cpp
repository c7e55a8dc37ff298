#include <memory>

#include <fmt/format.h>

#include "commands.h"
#include "promotion_view.h"

namespace mlo::cmd {

void add_promote(CLI::App& mlo, Session& session) {
  auto options = std::make_shared<model::PromoteOptions>();
  auto* promote =
      mlo.add_subcommand("promote", "Move a stage to a model version, through its gate");
  promote->add_option("model", options->reference, "churn (newest version), churn@3")->required();
  promote->add_option("--to", options->stage, "Stage")->required();
  promote->add_option("-m,--message", options->reason, "Why: kept in the ledger")->required();
  promote->add_flag("--dry-run", options->dry_run,
                    "Say what the gate would decide; record nothing");
  promote->add_flag("--break-glass", options->break_glass,
                    "Go past a gate that says no, which every report shows; once a policy is in "
                    "force it takes the permission break-glass");
  promote->callback([options, &session] {
    const auto promoted =
        model::promote(session.repository(), *options, session.progress(), session.stop());
    const auto answer = view(promoted, options->dry_run ? Move::tried : Move::promotion);
    if (promoted.decision.passed || promoted.move)
      session.show(answer, delivery_failure(promoted));
    else
      session.show(answer, false);
  });
}

}  // namespace mlo::cmd
