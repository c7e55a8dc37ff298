#pragma once

#include <string>
#include <string_view>

namespace mlo::workspace {

/// Beside a hook of ours: the one that was there before.
constexpr std::string_view kOlderHook = ".before-mlo";

/// What git calls under `name`; `older`: it calls the hook that was there before first. Its last
/// line is the digest of those above.
std::string hook_script(std::string_view name, bool older);
/// Whether `text` is as this mlo or an earlier one wrote it, and nobody has edited it since.
bool is_unedited_hook(std::string_view text);

}  // namespace mlo::workspace
