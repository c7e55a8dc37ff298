#pragma once

#include "commands.h"
#include "mlo/ledger/ledger.h"

namespace mlo::cmd {

// The subcommands of `mlo audit`, by what they are for.
void add_audit_verify(CLI::App& audit, Session& session);
void add_audit_report(CLI::App& audit, Session& session);    // report controls
void add_audit_evidence(CLI::App& audit, Session& session);  // checkpoint prove keys export import
void add_audit_anchor(CLI::App& audit, Session& session);    // anchor accept

/// The ledger as it stands: an audit must be able to look at one that no other command trusts.
ledger::Ledger ledger_as_it_is(Session& session);
/// The key of the log around the user's folder; empty when there is no repository.
std::string own_log_key(Session& session);
/// A file that the user names, relative to the folder that the user is in.
std::string read_typed(const Session& session, const std::string& typed);

}  // namespace mlo::cmd
