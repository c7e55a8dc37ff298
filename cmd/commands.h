#pragma once

#include <CLI/CLI.hpp>

#include "session.h"

namespace mlo::cmd {

// One function a command: its options, one call into lib/, one view. Their order is the help page.
void add_init(CLI::App& mlo, Session& session);
void add_track(CLI::App& mlo, Session& session);
void add_untrack(CLI::App& mlo, Session& session);
void add_mv(CLI::App& mlo, Session& session);
void add_status(CLI::App& mlo, Session& session);
void add_diff(CLI::App& mlo, Session& session);
void add_log(CLI::App& mlo, Session& session);
void add_show(CLI::App& mlo, Session& session);
void add_tag(CLI::App& mlo, Session& session);
void add_checkout(CLI::App& mlo, Session& session);
void add_profile(CLI::App& mlo, Session& session);
void add_sql(CLI::App& mlo, Session& session);
void add_schema(CLI::App& mlo, Session& session);
void add_drift(CLI::App& mlo, Session& session);
void add_evaluate(CLI::App& mlo, Session& session);
void add_train(CLI::App& mlo, Session& session);
void add_search(CLI::App& mlo, Session& session);
void add_runs(CLI::App& mlo, Session& session);
void add_record(CLI::App& mlo, Session& session);
void add_validate(CLI::App& mlo, Session& session);
void add_models(CLI::App& mlo, Session& session);
void add_approve(CLI::App& mlo, Session& session);
void add_promote(CLI::App& mlo, Session& session);
void add_rollback(CLI::App& mlo, Session& session);
void add_serve(CLI::App& mlo, Session& session);
void add_server(CLI::App& mlo, Session& session);
void add_ingest(CLI::App& mlo, Session& session);
void add_monitor(CLI::App& mlo, Session& session);
void add_lineage(CLI::App& mlo, Session& session);
void add_policy(CLI::App& mlo, Session& session);
void add_identity(CLI::App& mlo, Session& session);
void add_audit(CLI::App& mlo, Session& session);
void add_gc(CLI::App& mlo, Session& session);
void add_fsck(CLI::App& mlo, Session& session);
void add_hooks(CLI::App& mlo, Session& session);
void add_config(CLI::App& mlo, Session& session);
void add_doctor(CLI::App& mlo, Session& session);
void add_step(CLI::App& mlo, Session& session);

}  // namespace mlo::cmd
