#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mlo/core/database.h"
#include "mlo/core/time.h"
#include "mlo/ledger/ledger.h"

namespace mlo::ledger {

/// What every statement carries beside the caller's part, as the predicate's member `mlo_act`.
struct Signed {
  std::int64_t entry = 0;
  std::string repository;
  std::string actor;
  Digest key;
  Timestamp time;
  Act act;
  std::string host;
};

/// The in-toto Statement v1 as canonical JSON. Throws bad_input when `statement` has no subject or
/// its predicate is no object.
std::string statement_text(const Statement& statement, const Signed& about);
/// Reads what `statement_text` writes and nothing else; `leaf` stays empty.
/// Throws integrity naming what is wrong.
Entry read_statement(std::string_view text);

/// An entry from a row (number, leaf, envelope). Throws integrity when the envelope is not what
/// its leaf says.
Entry read_entry(const Row& row);

}  // namespace mlo::ledger
