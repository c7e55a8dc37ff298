#pragma once

#include <span>
#include <string>
#include <string_view>

#include "commands.h"
#include "mlo/core/error.h"

namespace mlo::cmd {

/// What is wrong with a command line that `mlo`, after its parse, refused: named by the command
/// that was meant, with the nearest option or command. An unknown option comes before a missing
/// one, which it may have been meant to be.
Error usage_error(const CLI::App& mlo, const CLI::ParseError& problem);

/// For a command that there is not: "no command 'runs lst'", with the nearest of `names`.
/// `parent`: "mlo runs".
Error unknown_command(std::string_view parent, std::string_view word,
                      std::span<const std::string> names);

}  // namespace mlo::cmd
