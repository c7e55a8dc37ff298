#pragma once

#include "mlo/model/promotion.h"
#include "mlo/ui/view.h"

namespace mlo::cmd {

/// What kind of move is shown; a promotion that was only tried moves nothing.
enum class Move { promotion, tried, rollback };

/// The answer of `promote` and `rollback`: the gate's decision, the move, what was delivered.
ui::View view(const model::Promoted& promoted, Move move);

}  // namespace mlo::cmd
