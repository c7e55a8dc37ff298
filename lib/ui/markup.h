#pragma once

#include <string>
#include <string_view>

namespace mlo::ui {

/// `text` for HTML and XML, as content or attribute; control characters XML forbids are dropped.
std::string escape_markup(std::string_view text);

}  // namespace mlo::ui
