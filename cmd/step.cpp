#include "mlo/run/step.h"

#include <memory>

#include "commands.h"

namespace mlo::cmd {

// For engines only: what `mlo train` submits to them. Not on the help page, as nobody types it.
void add_step(CLI::App& mlo, Session& session) {
  const auto place = std::make_shared<std::string>();
  auto* command =
      mlo.add_subcommand("step", "Run one attempt at a step where an engine has put it");
  command->group("");
  command->add_option("attempt", *place, "Folder of the attempt, .mlo/jobs/KEY")->required();
  command->callback([place, &session] { run::run_step(*place, session.world(), session.stop()); });
}

}  // namespace mlo::cmd
