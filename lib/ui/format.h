#pragma once

#include <string>
#include <string_view>

#include "mlo/ui/view.h"

namespace mlo::ui {

/// `value` for people in `format`; null is "–", structures read "a=1, b=2".
std::string shown(const Json& value, Format format);
/// Columns that `text` takes on a terminal: code points, not bytes.
std::size_t display_width(std::string_view text);
/// True when figures of this kind align on the right.
bool aligns_right(Format format, const Json& value);

}  // namespace mlo::ui
