#include "run/run_query.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "run/question_words.h"

namespace mlo::run {
namespace {

constexpr int kMaxDepth = 20;  // SQLite's parser keeps 100 things in mind, each level takes up to 3
constexpr int kMaxComparisons = 400;  // SQLite takes expressions up to a depth of 1000
constexpr std::size_t kMaxValues = 10'000;
constexpr auto kNewestFirst = "runs.started_at DESC, runs.entry DESC";

/// A plain fact of a run and the SQL that says it.
struct Fact {
  std::string_view name;
  std::string_view sql;
  bool moment = false;
};
constexpr std::array<Fact, 11> kFacts{{{"id", "id"},
                                       {"name", "name"},
                                       {"status", "status"},
                                       {"started_at", "started_at", true},
                                       {"finished_at", "finished_at", true},
                                       {"duration_ms", "((finished_at - started_at) / 1000)"},
                                       {"trigger", "trigger_kind"},
                                       {"git_commit", "git_commit"},
                                       {"git_branch", "git_branch"},
                                       {"actor", "actor"},
                                       {"reason", "reason"}}};
constexpr std::array<std::string_view, 3> kGroups{"metrics", "params", "tags"};

class Parser : private QuestionWords {
 public:
  explicit Parser(std::string_view text) : QuestionWords(text) {}

  /// The whole text: condition, order, limit.
  void read() {
    if (!is_end() && !is_word("order") && !is_word("limit")) where_ = either(0);
    if (take_word("order")) {
      if (!take_word("by")) throw wrong("expected 'by'");
      read_order();
    }
    if (take_word("limit")) read_limit();
    if (!is_end()) throw wrong("expected 'and', 'or', 'order by', 'limit' or the end");
  }

  /// What options beside the text ask; the text itself counts first.
  void order_by(std::string_view text) {
    if (!order_.empty()) return;
    begin(text);
    read_order();
    if (!is_end()) throw wrong("expected ',' or the end");
  }
  void limit(std::int64_t most) {
    if (!limit_) limit_ = most;
  }
  RunQuery finish() {
    const auto where = where_.empty() ? std::string() : " WHERE " + where_;
    query_.sql = where + " ORDER BY " + order_ + kNewestFirst;
    if (!limit_) return std::move(query_);
    query_.limit = *limit_;
    const auto limit = " LIMIT " + bind(*limit_);
    query_.sql += limit;
    if (!leader_.empty())
      query_.leading = fmt::format(
          "(SELECT run AS leader, value AS lead FROM run_metric WHERE key = {} AND "
          "not_a_number = 0) CROSS JOIN runs ON runs.id = leader{} ORDER BY lead{}, {}{}{}",
          leader_, where, leader_first_ ? "" : " DESC", after_leader_, kNewestFirst, limit);
    return std::move(query_);
  }

 private:
  template <typename Value>
  std::string bind(const Value& value) {
    if (query_.bound.size() >= kMaxValues)
      throw wrong(fmt::format("more than {} values", kMaxValues));
    query_.bound.emplace_back(value);
    return fmt::format("?{}", query_.bound.size());
  }
  std::string bind_text(std::string text) {
    return bind(std::string_view(query_.texts.emplace_back(std::move(text))));
  }

  /// Flat, however long: brackets around each pair would be a level each for SQLite.
  std::string either(int depth) {
    auto sql = both(depth);
    if (!is_word("or")) return sql;
    while (take_word("or")) sql += " OR " + both(depth);
    return fmt::format("({})", sql);
  }
  std::string both(int depth) {
    auto sql = unary(depth);
    if (!is_word("and")) return sql;
    while (take_word("and")) sql += " AND " + unary(depth);
    return fmt::format("({})", sql);
  }
  std::string unary(int depth) {
    if (depth > kMaxDepth) throw wrong("nested too deep");
    if (take_word("not")) {
      ++negations_;
      auto sql = fmt::format("(NOT {})", unary(depth + 1));
      --negations_;
      return sql;
    }
    if (!take_if_sign("(")) return comparison();
    auto sql = either(depth + 1);
    if (!take_if_sign(")")) throw wrong("expected ')'");
    return sql;
  }

  /// A name and the SQL of its value.
  struct Field {
    std::string sql;
    bool moment = false;
    bool text = false;        ///< compared as text, also with 2026
    std::string metric = {};  ///< its name as it is bound
  };
  /// MLflow's names for the same: metric.auc, attributes.status.
  static std::string plural(const std::string& name) {
    for (const std::string_view attribute : {"attributes.", "attribute."})
      if (name.starts_with(attribute)) return name.substr(attribute.size());
    for (const std::string_view group : {"metric", "param", "tag"})
      if (name.starts_with(group) && name.substr(group.size(), 1) == ".")
        return fmt::format("{}s{}", group, name.substr(group.size()));
    return name;
  }
  Field metric(const std::string& key) {
    const auto bound = bind_text(key);
    return {.sql = fmt::format("(SELECT value FROM run_metric WHERE run = runs.id AND key = {} AND "
                               "not_a_number = 0)",
                               bound),
            .metric = bound};
  }
  std::string path_of(const std::string& key) { return bind_text(fmt::format("$.\"{}\"", key)); }
  Field tag(const std::string& key) {
    return {fmt::format("CAST(json_extract(tags, {}) AS TEXT)", path_of(key)), false, true};
  }
  Field param(const std::string& key) {
    const auto path = path_of(key);
    if (key.find('.') == std::string::npos) return {fmt::format("json_extract(params, {})", path)};
    // A param of a group: {"tree": {"depth": 5}} when the whole group was declared.
    std::string nested = "$";
    for (const auto& part : split(key, '.')) nested += fmt::format(".\"{}\"", part);
    return {fmt::format("coalesce(json_extract(params, {}), json_extract(params, {}))", path,
                        bind_text(nested))};
  }
  Field field() {
    if (word().kind != Word::Kind::name) throw wrong("expected a name like metrics.auc or status");
    const auto at = word().at;
    const auto name = plural(word().text);
    advance();
    for (const auto& fact : kFacts)
      if (lower(name) == fact.name)
        return {std::string(fact.sql), fact.moment, fact.name != "duration_ms"};
    for (const auto group : kGroups) {
      if (name.size() < group.size() + 2 || !name.starts_with(group) || name[group.size()] != '.')
        continue;
      const auto key = name.substr(group.size() + 1);
      if (key.find('"') != std::string::npos) throw wrong("a name holds no '\"'", at);
      // SQLite's paths into JSON would end at a zero.
      if (std::ranges::any_of(key, [](char c) { return static_cast<unsigned char>(c) < ' '; }))
        throw wrong("a name holds no control characters", at);
      return group == "metrics" ? metric(key) : group == "tags" ? tag(key) : param(key);
    }
    auto error = wrong("no such name", at);
    std::vector<std::string> known{"metrics.NAME", "params.NAME", "tags.NAME"};
    for (const auto& fact : kFacts) known.emplace_back(fact.name);
    if (const auto close = nearest(name, known))
      error.hint("did you mean '{}'?", *close);
    else
      error.hint("names: {}", join(known, ", "));
    throw error;
  }

  std::string comparison() {
    if (++comparisons_ > kMaxComparisons)
      throw wrong(fmt::format("more than {} comparisons", kMaxComparisons));
    const auto left = field();
    if (take_word("is")) {
      const bool negated = take_word("not");
      if (!take_word("null")) throw wrong("expected 'null'");
      return fmt::format("({} IS {}NULL)", left.sql, negated ? "NOT " : "");
    }
    const bool negated = take_word("not");
    if (take_word("in")) return among(left, negated);
    if (take_word("like")) {
      const auto pattern = value(left, Shape::text);
      return fmt::format("(CAST({} AS TEXT) {}LIKE {})", left.sql, negated ? "NOT " : "", pattern);
    }
    if (take_word("between")) {
      const auto low = value(left, Shape::any);
      if (!take_word("and")) throw wrong("expected 'and'");
      return holds(left, fmt::format("{}BETWEEN {} AND {}", negated ? "NOT " : "", low,
                                     value(left, Shape::any)));
    }
    if (negated) throw wrong("expected 'in', 'like' or 'between'");
    if (word().kind != Word::Kind::sign || word().text == "(" || word().text == ")" ||
        word().text == ",")
      throw wrong("expected =, !=, <, <=, >, >=, like, in, between or is");
    const auto sign = word().text;
    advance();
    const auto right = value(left, Shape::any);
    return holds(left, fmt::format("{} {}", sign, right));
  }

  /// The condition on a field. A metric's is answered from its index, but where it is denied: of a
  /// run without the metric neither the condition nor its denial holds.
  [[nodiscard]] std::string holds(const Field& left, const std::string& condition) const {
    if (left.metric.empty() || negations_ > 0) return fmt::format("({} {})", left.sql, condition);
    return fmt::format(
        "(runs.id IN (SELECT run FROM run_metric WHERE key = {} AND not_a_number = 0 AND value "
        "{}))",
        left.metric, condition);
  }

  std::string among(const Field& left, bool negated) {
    if (!take_if_sign("(")) throw wrong("expected '('");
    std::string values;
    do {
      values += (values.empty() ? "" : ", ") + value(left, Shape::any);
    } while (take_if_sign(","));
    if (!take_if_sign(")")) throw wrong("expected ',' or ')'");
    return holds(left, fmt::format("{}IN ({})", negated ? "NOT " : "", values));
  }

  enum class Shape { any, text };
  std::string value(const Field& left, Shape shape) {
    const auto token = word();
    if (token.kind == Word::Kind::end || token.kind == Word::Kind::sign)
      throw wrong("expected a value");
    advance();
    if (left.moment && shape == Shape::any) return moment(token);
    if (shape == Shape::text || left.text) return bind_text(token.text);
    if (token.kind == Word::Kind::number) return bind(token.number);
    if (token.kind == Word::Kind::name && lower(token.text) == "true") return bind(1);
    if (token.kind == Word::Kind::name && lower(token.text) == "false") return bind(0);
    return bind_text(token.text);
  }

  std::string moment(const QuestionWords::Word& token) {
    auto text = token.text;
    if (text.size() == std::string_view("2026-11-23").size()) text += "T00:00:00Z";
    try {
      return bind(Timestamp::parse(text).microseconds);
    } catch (const Error&) {
      throw wrong("expected a moment like '2026-11-23' or '2026-11-23T08:00:00Z'", token.at);
    }
  }

  void read_order() {
    do {
      const auto by = field();
      const bool down = take_word("desc");
      if (!down) take_word("asc");
      if (++comparisons_ > kMaxComparisons)
        throw wrong(fmt::format("more than {} comparisons", kMaxComparisons));
      // Whoever has no value comes last, whichever way.
      const auto order = fmt::format("{}{} NULLS LAST, ", by.sql, down ? " DESC" : "");
      if (!order_.empty()) {
        after_leader_ += order;
      } else if (!by.metric.empty()) {
        leader_ = by.metric;
        leader_first_ = !down;
      }
      order_ += order;
    } while (take_if_sign(","));
  }

  void read_limit() {
    if (word().kind != Word::Kind::number || word().number < 0 || word().number > 1e9 ||
        word().number != std::floor(word().number))
      throw wrong("expected a number of runs");
    limit_ = static_cast<std::int64_t>(word().number);
    advance();
  }

  RunQuery query_;
  std::string where_;
  std::string order_;
  std::string leader_;        ///< the metric that comes first in the order
  bool leader_first_ = true;  ///< its lowest value first
  std::string after_leader_;  ///< the rest of the order
  int negations_ = 0;         ///< around what is read
  std::optional<std::int64_t> limit_;
  int comparisons_ = 0;
};

}  // namespace

RunQuery compile(const RunQuestion& question) {
  Parser parser(question.text);
  parser.read();
  if (!question.order_by.empty()) parser.order_by(question.order_by);
  if (question.limit) parser.limit(*question.limit);
  return parser.finish();
}

std::optional<std::int64_t> limit_in(std::string_view text) {
  Parser parser(text);
  parser.read();
  const auto limit = parser.finish().limit;
  return limit < 0 ? std::nullopt : std::optional(limit);
}

}  // namespace mlo::run
