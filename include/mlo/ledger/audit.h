#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/time.h"
#include "mlo/ledger/ledger.h"

// Reading the ledger as people do: who did what, when and why.

namespace mlo::ledger {

/// What an entry did, in a few words: "promoted tumour@2 to production".
std::string describe(const Entry& entry);
/// The word for its kind, as `AuditFilter::what` takes it: "promotion".
std::string word_for(const Entry& entry);

struct AuditFilter {
  std::string who;                 ///< an actor's name
  std::string what;                ///< a word ("promotion") or a predicate type
  std::string model;               ///< entries about this model, and the runs that made it
  std::optional<Timestamp> since;  ///< not before
  std::int64_t limit = 100;
  std::optional<Timestamp> until = {};  ///< before
  std::string reason = {};              ///< part of why it was done, in any case of letters
  std::string about = {};               ///< a path or digest that it speaks of
  std::int64_t from = 0;                ///< entries from this number on
};
/// Matching entries, newest first. Throws bad_input for a kind that there is not.
std::vector<Entry> audit_log(Ledger& ledger, const AuditFilter& filter);

/// An entry as signed, for the eye of an auditor.
struct EntryDetail {
  Entry entry;
  Json statement;
  Json envelope;
  Json facts;  ///< [{"name", "value"}]: the predicate's members, nested ones as "a.b"
};
/// Throws not_found when there is no such entry.
EntryDetail entry_detail(Ledger& ledger, std::int64_t index);

/// Reads "7d" (before `now`), "2026-11-23" or a full RFC 3339 time. Throws bad_input.
Timestamp parse_since(std::string_view text, Timestamp now);

}  // namespace mlo::ledger
