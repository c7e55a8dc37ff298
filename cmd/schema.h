#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "mlo/data/contract.h"
#include "session.h"
#include "table_options.h"

// What the files of `mlo schema` share.

namespace mlo::cmd {

/// The contract in the file that was typed, or for "-" on standard input.
data::Contract read_contract(Session& session, const std::string& typed,
                             const data::TableChoice& table);
/// "data/train.csv.gz" → "train": the table's name.
std::string table_name(const std::string& source);

void add_schema_diff(CLI::App& schema, Session& session);
void add_schema_evolve(CLI::App& schema, Session& session);
void add_schema_import(CLI::App& schema, Session& session);

}  // namespace mlo::cmd
