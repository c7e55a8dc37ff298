#pragma once

#include <optional>

#include "mlo/core/error.h"
#include "mlo/model/promotion.h"
#include "mlo/ui/view.h"

namespace mlo::cmd {

/// What kind of move is shown; a promotion that was only tried moves nothing.
enum class Move { promotion, tried, rollback };

/// The answer of `promote` and `rollback`: the gate's decision, the move, what was delivered.
ui::View view(const model::Promoted& promoted, Move move);
/// unavailable when the stage has moved and a target could not follow: a script must not go on as
/// if the version answered. A target that is not running yet (pending) is no failure.
std::optional<ErrorKind> delivery_failure(const model::Promoted& promoted);

}  // namespace mlo::cmd
