#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/json.h"
#include "mlo/core/time.h"
#include "mlo/data/profile.h"
#include "mlo/data/table.h"

namespace mlo::data {

/// Where a rule was read, for errors. What two rules say does not depend on it.
struct Place {
  std::string text;  ///< "schemas/t.yaml:12:9"; empty: it was not read
  /// "schemas/t.yaml:12:9: "
  [[nodiscard]] std::string prefix() const { return text.empty() ? "" : text + ": "; }
  bool operator==(const Place&) const { return true; }
};

/// A limit of numbers: a whole one of 64 bits exactly, every other as a double.
class Bound {
 public:
  // NOLINTBEGIN(google-explicit-constructor): a number reads as the limit that it is
  Bound(double limit);
  Bound(int limit) : Bound(std::int64_t{limit}) {}
  Bound(std::int64_t limit) : number_(static_cast<double>(limit)), whole_(limit) {}
  // NOLINTEND(google-explicit-constructor)
  /// Throws bad_input for JSON that is no number.
  static Bound of(const Json& number);

  [[nodiscard]] double number() const { return number_; }
  /// 5 rather than 5.0.
  [[nodiscard]] Json json() const { return whole_ ? Json(*whole_) : Json(number_); }
  /// By the whole numbers, where both are.
  std::partial_ordering operator<=>(const Bound& other) const;
  bool operator==(const Bound& other) const { return (*this <=> other) == 0; }

 private:
  double number_ = 0;
  std::optional<std::int64_t> whole_ = {};  ///< `number_`, where that is whole
};

/// What one column must hold; absent means unbounded.
struct ColumnRule {
  std::string name;
  ColumnType type = ColumnType::other;
  bool required = false;  ///< no nulls
  bool unique = false;
  std::optional<Bound> minimum;
  std::optional<Bound> maximum;
  std::optional<Bound> above = {};              ///< exclusive minimum
  std::optional<Bound> below = {};              ///< exclusive maximum
  std::optional<double> multiple_of = {};       ///< above zero
  std::optional<std::int64_t> min_length = {};  ///< of text, in characters
  std::optional<std::int64_t> max_length = {};
  std::vector<std::string> values;     ///< the only ones allowed; empty: any
  std::optional<std::string> pattern;  ///< regular expression (RE2), whole value
  std::string format = {};             ///< of dates in text files: "dd/MM/yyyy"; empty: ISO 8601
  std::optional<double> max_null_share;
  std::string severity = "error";  ///< error, warn
  Place place = {};
};

/// What a figure must be, in the operators of ODCS.
struct Condition {
  enum class Operator {
    equal,
    not_equal,
    greater,
    greater_or_equal,
    less,
    less_or_equal,
    between,      ///< both ends included
    not_between,  ///< neither end is allowed
  };
  Operator comparison = Operator::equal;
  Json value = 0;  ///< a number; with equal and not_equal also text or boolean
  Bound high = 0;  ///< the other end of between and not_between

  /// False for null and for what cannot be compared with `value`.
  [[nodiscard]] bool holds(const Json& figure) const;
  /// ">= 3", "between 1 and 5"
  [[nodiscard]] std::string text() const;
  bool operator==(const Condition&) const = default;
};

/// A rule about more than the single values of one column.
struct QualityRule {
  enum class Kind {
    rows,        ///< how many there are
    missing,     ///< nulls in `column`, and `values` that also mean nothing
    invalid,     ///< values of `column` that are not in `values`, or do not match `pattern`
    duplicates,  ///< rows that repeat an earlier one's `columns`; with a null they repeat nothing
    query,       ///< `sql` is a SELECT of one figure
    expression,  ///< `sql` is false for a row; rows for which it is null pass, as in SQL's CHECK
    statistic,   ///< `statistic` of `column`
    order,       ///< rows whose `column` is not in `order` behind the one before
    freshness,   ///< seconds since the latest time in `column`
    reference,  ///< rows whose `columns` are no `target_columns` of `table`; nulls refer to nothing
  };
  Kind kind = Kind::rows;
  std::string name;    ///< as reports call it
  std::string column;  ///< empty: it is about the whole table
  Condition condition;
  bool percent = false;  ///< the figure is a percentage of the rows
  std::vector<std::string> columns = {};
  std::vector<std::string> values = {};
  std::string pattern = {};
  std::string sql = {};
  std::string statistic = {};  ///< mean std sum min max median quantile distinct
  double level = 0.5;          ///< of a quantile
  std::string order = {};      ///< [strictly_]increasing, [strictly_]decreasing
  std::string table = {};      ///< that is referred to
  std::vector<std::string> target_columns = {};
  std::string source = {};  ///< its file below the project; empty: the contract's `sources` know
  std::string where = {};   ///< SQL: only these rows count
  std::string by = {};      ///< each value of this column must keep the rule by itself
  std::string severity = "error";
  std::string owner = {};   ///< whom to ask
  std::string reason = {};  ///< why the rule is there
  Place place = {};

  bool operator==(const QualityRule&) const = default;
};

/// A data contract in the Open Data Contract Standard 3.1 (`schemas/*.yaml`).
struct Contract {
  std::string id;
  std::string name;  ///< of its one table
  std::string version = "1.0.0";
  std::vector<ColumnRule> columns;
  std::optional<std::int64_t> min_rows;
  std::vector<QualityRule> rules = {};
  /// Where the tables that rules refer to lie below the project, by name.
  std::map<std::string, std::string> sources = {};

  /// For Table::open: the contract's types.
  [[nodiscard]] std::map<std::string, ColumnType> types() const;
  /// For Table::open: how dates are written, where the contract says it.
  [[nodiscard]] std::map<std::string, std::string> dates() const;
};

/// Bounds that hold for the profiled data and leave room for the next batch.
Contract infer_contract(const Profile& profile, std::string name);
/// Which table of a contract is meant. Neither: its only one.
struct TableChoice {
  std::string name = {};    ///< this one and no other
  std::string likely = {};  ///< of several the one that is called so
};
/// Throws bad_input naming line, key and the nearest known key; not_found for a table that is not
/// in it.
Contract parse_contract(std::string_view text, std::string source, const TableChoice& table = {});
std::string format_contract(const Contract& contract);

struct CheckResult {
  std::string name;    ///< "mean_radius: minimum"
  std::string target;  ///< the table's file
  std::string severity = "error";
  bool passed = false;
  Json value;
  Json threshold;
  std::optional<std::int64_t> failing_rows;
  std::vector<std::int64_t> sample;      ///< first failing rows, from 1
  std::vector<std::int64_t> lines = {};  ///< of the sample in its file, from 1; may be unknown
  /// What stands in the sample, each text once. For who asks: `message` has none of it, so that
  /// nobody's data gets into what is kept for ever.
  std::vector<std::string> found = {};
  std::string message;
  std::string check = {};  ///< that was asked for by name, "personal_data"; of a contract: empty
};

/// True when no check of severity error failed.
bool passed(std::span<const CheckResult> results);

/// What a check needs beside the contract and its table.
struct CheckSituation {
  Timestamp now;                      ///< freshness is measured to it
  std::filesystem::path folder = {};  ///< sources of other tables lie below it
  std::map<std::string, std::filesystem::path> tables = {};  ///< these are elsewhere
  std::chrono::milliseconds time{60'000};  ///< for each expression of the contract
};

/// Every rule as one result, in the contract's order; missing and unexpected columns come first.
/// Other tables that rules refer to must have been opened beside `table`, in the order of the
/// rules. Expressions of the contract are a stranger's: throws bad_input for a rule that cannot be
/// understood, not_allowed for one that wants more than to read the tables, unavailable for one
/// that takes too long.
std::vector<CheckResult> check(const Contract& contract, const Table& table,
                               std::string_view target, const CheckSituation& situation);
/// Opens `source` with the contract's types (whatever `reading` says of them) and checks it; text
/// that does not fit its type is a failed check, not an exception. Throws not_found when nobody
/// says where a table lies that a rule refers to.
std::vector<CheckResult> check_file(const Contract& contract, const std::filesystem::path& source,
                                    std::string_view target, const CheckSituation& situation,
                                    const ReadOptions& reading = {});

}  // namespace mlo::data
