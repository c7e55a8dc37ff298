#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "commands.h"

namespace mlo::cmd {

/// How much of a long list is shown: as much as was asked for; else all of it to scripts, which
/// would take a part for the whole, and a page to people.
class Listing {
 public:
  static constexpr std::int64_t kAll = std::numeric_limits<std::int64_t>::max();

  Listing(const Session& session, std::optional<std::int64_t> asked, std::int64_t page)
      : is_asked_(asked.has_value()),
        limit_(asked                  ? *asked
               : session.options.json ? kAll
                                      : page) {}

  /// What to ask for: one more than is shown says that there are more.
  [[nodiscard]] std::int64_t wanted() const { return limit_ == kAll ? kAll : limit_ + 1; }
  /// Takes away what is not shown; whether there was any.
  template <typename Row>
  bool cut(std::vector<Row>& rows) const {
    if (std::ssize(rows) <= limit_) return false;
    rows.erase(rows.begin() + limit_, rows.end());
    return true;
  }
  /// What to type for more, where something was cut that nobody asked to cut.
  [[nodiscard]] std::vector<std::string> more(bool is_cut, std::string_view command) const {
    if (!is_cut || is_asked_) return {};
    return {fmt::format("{} --limit {}  (there are more)", command, 2 * limit_)};
  }

 private:
  bool is_asked_;
  std::int64_t limit_;
};

}  // namespace mlo::cmd
