#pragma once

#include <CLI/CLI.hpp>

#include "session.h"

namespace mlo::cmd {

/// `mlo runs tag|note|rm|restore`
void add_runs_edit(CLI::App& runs, Session& session);
/// `mlo runs import`
void add_runs_import(CLI::App& runs, Session& session);

}  // namespace mlo::cmd
