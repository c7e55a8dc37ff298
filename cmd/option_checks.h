#pragma once

#include <string>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/ledger/audit.h"

namespace mlo::cmd {

/// Checks an option's value by reading it: what `parse` throws is wrong use of the command line
/// (exit 2), told with the option's name.
template <typename Parse>
CLI::Validator readable_by(Parse parse) {
  return CLI::Validator(
      [parse = std::move(parse)](const std::string& text) -> std::string {
        try {
          static_cast<void>(parse(text));
          return {};
        } catch (const Error& error) {
          return error.hint().empty() ? error.message()
                                      : fmt::format("{} ({})", error.message(), error.hint());
        }
      },
      "");
}

/// A time as `--since` takes it.
inline CLI::Validator time_check() {
  return readable_by([](const std::string& text) { return ledger::parse_since(text, {}); });
}

}  // namespace mlo::cmd
