#include <memory>

#include "commands.h"
#include "promotion_view.h"

namespace mlo::cmd {
void add_rollback(CLI::App& mlo, Session& session) {
  auto options = std::make_shared<model::RollbackOptions>();
  auto* rollback = mlo.add_subcommand("rollback", "Put the version that held a stage before back");
  rollback->add_option("model", options->model, "Model")->required();
  rollback->add_option("--stage", options->stage, "Stage")->required();
  rollback->add_option("-m,--message", options->reason, "Why: kept in the ledger")->required();
  rollback->callback([options, &session] {
    const auto moved =
        model::roll_back(session.repository(), *options, session.progress(), session.stop());
    session.show(view(moved, Move::rollback), delivery_failure(moved));
  });
}

}  // namespace mlo::cmd
