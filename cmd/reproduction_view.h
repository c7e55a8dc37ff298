#pragma once

#include "mlo/run/reproduce.h"
#include "mlo/ui/view.h"

namespace mlo::cmd {

/// What `mlo train --reproduce` answers.
ui::View reproduction_view(const run::Reproduction& reproduction);

}  // namespace mlo::cmd
