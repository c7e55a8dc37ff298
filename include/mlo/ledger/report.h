#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mlo/ledger/ledger.h"

namespace mlo::ledger {

/// What an audit report is about.
struct ReportScope {
  std::string model;  ///< empty: everything
  std::optional<Timestamp> since;
  std::optional<Timestamp> until;  ///< before
};

struct ReportRow {
  std::int64_t entry = -1;  ///< -1: the ledger as a whole
  std::optional<Timestamp> at;
  std::string who;
  std::string what;
  std::string why;
  std::optional<Timestamp> until = {};  ///< of what lasts: empty when it still does
  std::string state = {};               ///< live, pending; the rule that was broken; …
};

struct ReportSection {
  std::string key;     ///< publications
  std::string title;   ///< "Publications"
  bool lasts = false;  ///< its rows have an end
  bool alarming = false;
  std::vector<ReportRow> rows;
};

/// What happened, section by section, oldest first: publications, who held which stage and what was
/// deployed (from–to), approvals, accesses, changes of rules and identities, exceptions, and gaps:
/// what does not verify, and what nothing vouches for.
struct Report {
  ReportScope scope;
  std::int64_t entries = 0;  ///< that it is made of
  Digest root;               ///< of the ledger it was made of
  bool verified = false;
  std::vector<ReportSection> sections;
  [[nodiscard]] std::size_t count(const std::string& key) const;
};
/// Verifies the whole ledger. Throws not_found for a model that there is not.
Report audit_report(Ledger& ledger, const ReportScope& scope);

/// One table with a column for the section (RFC 4180). A cell that a spreadsheet would take for a
/// formula begins with an apostrophe.
std::string to_csv(const Report& report);

}  // namespace mlo::ledger
