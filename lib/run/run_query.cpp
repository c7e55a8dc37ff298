#include "run/run_query.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::run {
namespace {

constexpr int kMaxDepth = 64;
constexpr std::size_t kMaxText = 64U << 10U;
constexpr int kMaxComparisons = 400;  // SQLite takes expressions up to a depth of 1000
constexpr std::size_t kMaxValues = 10'000;

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
constexpr std::array<std::string_view, 8> kSigns{"<=", ">=", "!=", "<>", "==", "=", "<", ">"};

struct Token {
  enum class Kind { word, number, text, sign, end };
  Kind kind = Kind::end;
  std::string text;
  double number = 0;
  std::size_t at = 0;  ///< byte in the question
};

std::string lower(std::string_view text) {
  std::string small(text);
  std::ranges::transform(small, small.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return small;
}

/// Code points: what an editor counts as columns.
std::ptrdiff_t count_letters(std::string_view text) {
  return std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
}

bool in_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '/' || c == '@' || c == '-' || static_cast<signed char>(c) < 0;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {
    if (text.size() > kMaxText)
      throw Error(ErrorKind::bad_input, "the question is longer than {} bytes", kMaxText);
    advance();
  }

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
    text_ = text;
    position_ = 0;
    advance();
    read_order();
    if (!is_end()) throw wrong("expected ',' or the end");
  }
  void limit(std::int64_t most) {
    if (!limit_) limit_ = most;
  }
  RunQuery finish() {
    if (!where_.empty()) query_.sql += " WHERE " + where_;
    query_.sql += " ORDER BY " + order_ + "entry DESC";
    if (limit_) query_.sql += " LIMIT " + bind(*limit_);
    return std::move(query_);
  }

 private:
  [[nodiscard]] Error wrong(std::string_view what) const { return wrong(what, token_.at); }
  [[nodiscard]] Error wrong(std::string_view what, std::size_t at) const {
    const auto column = count_letters(text_.substr(0, at)) + 1;
    const auto found = at >= text_.size() ? std::string("the end")
                                          : fmt::format("'{}'", printable(text_.substr(at, 24)));
    Error error(ErrorKind::bad_input, "column {} of the question: {}, found {}", column, what,
                found);
    error.hint("as in: metrics.auc > 0.9 and params.depth = 5 order by metrics.auc desc limit 10");
    return error;
  }

  void advance() {
    while (position_ < text_.size() &&
           (text_[position_] == ' ' || text_[position_] == '\t' || text_[position_] == '\n'))
      ++position_;
    token_ = {.at = position_};
    if (position_ == text_.size()) return;
    const char c = text_[position_];
    if (c == '\'' || c == '"') return read_quoted(c);
    for (const auto sign : kSigns)
      if (text_.substr(position_).starts_with(sign)) return take_sign(sign);
    if (c == '(' || c == ')' || c == ',') return take_sign(text_.substr(position_, 1));
    if (!in_word(c) && c != '+') throw wrong("expected a name or a value", position_);
    read_word();
  }

  void take_sign(std::string_view sign) {
    token_.kind = Token::Kind::sign;
    token_.text = sign == "==" ? "=" : sign == "<>" ? "!=" : std::string(sign);
    position_ += sign.size();
  }

  void read_quoted(char quote) {
    token_.kind = Token::Kind::text;
    token_.text = quoted(quote);
  }

  std::string quoted(char quote) {
    const auto begin = position_++;
    std::string text;
    while (position_ < text_.size()) {
      const char c = text_[position_++];
      if (c != quote) {
        text += c;
      } else if (position_ < text_.size() && text_[position_] == quote) {
        text += quote;
        ++position_;
      } else {
        return text;
      }
    }
    throw wrong("a quote is not closed", begin);
  }

  void read_word() {
    while (position_ < text_.size() && (in_word(text_[position_]) || text_[position_] == '+'))
      token_.text += text_[position_++];
    // metrics."f1 score"
    if (token_.text.ends_with('.') && position_ < text_.size() &&
        (text_[position_] == '"' || text_[position_] == '`'))
      token_.text += quoted(text_[position_]);
    token_.kind = Token::Kind::word;
    const auto* begin = token_.text.data() + (token_.text.starts_with('+') ? 1 : 0);
    const auto* end = token_.text.data() + token_.text.size();
    const auto [stop, problem] = std::from_chars(begin, end, token_.number);
    if (problem == std::errc() && stop == end && std::isfinite(token_.number))
      token_.kind = Token::Kind::number;
  }

  [[nodiscard]] bool is_end() const { return token_.kind == Token::Kind::end; }
  [[nodiscard]] bool is_word(std::string_view word) const {
    return token_.kind == Token::Kind::word && lower(token_.text) == word;
  }
  [[nodiscard]] bool is_sign(std::string_view sign) const {
    return token_.kind == Token::Kind::sign && token_.text == sign;
  }
  bool take_word(std::string_view word) {
    if (!is_word(word)) return false;
    advance();
    return true;
  }
  bool take_if_sign(std::string_view sign) {
    if (!is_sign(sign)) return false;
    advance();
    return true;
  }

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

  std::string either(int depth) {
    auto sql = both(depth);
    while (take_word("or")) sql = fmt::format("({} OR {})", sql, both(depth));
    return sql;
  }
  std::string both(int depth) {
    auto sql = unary(depth);
    while (take_word("and")) sql = fmt::format("({} AND {})", sql, unary(depth));
    return sql;
  }
  std::string unary(int depth) {
    if (depth > kMaxDepth) throw wrong("nested too deep");
    if (take_word("not")) return fmt::format("(NOT {})", unary(depth + 1));
    if (!take_if_sign("(")) return comparison();
    auto sql = either(depth + 1);
    if (!take_if_sign(")")) throw wrong("expected ')'");
    return sql;
  }

  /// A name and the SQL of its value.
  struct Field {
    std::string sql;
    bool moment = false;
    bool text = false;  ///< compared as text, also with 2026
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
  Field field() {
    if (token_.kind != Token::Kind::word) throw wrong("expected a name like metrics.auc or status");
    const auto at = token_.at;
    const auto name = plural(token_.text);
    advance();
    for (const auto& fact : kFacts)
      if (lower(name) == fact.name)
        return {std::string(fact.sql), fact.moment, fact.name != "duration_ms"};
    for (const auto group : kGroups) {
      if (name.size() < group.size() + 2 || !name.starts_with(group) || name[group.size()] != '.')
        continue;
      const auto key = name.substr(group.size() + 1);
      if (key.find('"') != std::string::npos) throw wrong("a name holds no '\"'", at);
      const auto path = bind_text(fmt::format("$.\"{}\"", key));
      if (group == "tags")
        return {fmt::format("CAST(json_extract(tags, {}) AS TEXT)", path), false, true};
      if (group == "metrics" || key.find('.') == std::string::npos)
        return {fmt::format("json_extract({}, {})", group, path)};
      // A param of a group: {"tree": {"depth": 5}} when the whole group was declared.
      std::string nested = "$";
      for (const auto& part : split(key, '.')) nested += fmt::format(".\"{}\"", part);
      return {fmt::format("coalesce(json_extract({0}, {1}), json_extract({0}, {2}))", group, path,
                          bind_text(nested))};
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
      return fmt::format("({} {}BETWEEN {} AND {})", left.sql, negated ? "NOT " : "", low,
                         value(left, Shape::any));
    }
    if (negated) throw wrong("expected 'in', 'like' or 'between'");
    if (token_.kind != Token::Kind::sign || token_.text == "(" || token_.text == ")" ||
        token_.text == ",")
      throw wrong("expected =, !=, <, <=, >, >=, like, in, between or is");
    const auto sign = token_.text;
    advance();
    const auto right = value(left, Shape::any);
    return fmt::format("({} {} {})", left.sql, sign, right);
  }

  std::string among(const Field& left, bool negated) {
    if (!take_if_sign("(")) throw wrong("expected '('");
    std::string values;
    do {
      values += (values.empty() ? "" : ", ") + value(left, Shape::any);
    } while (take_if_sign(","));
    if (!take_if_sign(")")) throw wrong("expected ',' or ')'");
    return fmt::format("({} {}IN ({}))", left.sql, negated ? "NOT " : "", values);
  }

  enum class Shape { any, text };
  std::string value(const Field& left, Shape shape) {
    const auto token = token_;
    if (token.kind == Token::Kind::end || token.kind == Token::Kind::sign)
      throw wrong("expected a value");
    advance();
    if (left.moment && shape == Shape::any) return moment(token);
    if (shape == Shape::text || left.text) return bind_text(token.text);
    if (token.kind == Token::Kind::number) return bind(token.number);
    if (token.kind == Token::Kind::word && lower(token.text) == "true") return bind(1);
    if (token.kind == Token::Kind::word && lower(token.text) == "false") return bind(0);
    return bind_text(token.text);
  }

  std::string moment(const Token& token) {
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
      order_ += fmt::format("{}{} NULLS LAST, ", by.sql, down ? " DESC" : "");
    } while (take_if_sign(","));
  }

  void read_limit() {
    if (token_.kind != Token::Kind::number || token_.number < 0 || token_.number > 1e9 ||
        token_.number != std::floor(token_.number))
      throw wrong("expected a number of runs");
    limit_ = static_cast<std::int64_t>(token_.number);
    advance();
  }

  std::string_view text_;
  std::size_t position_ = 0;
  Token token_;
  RunQuery query_;
  std::string where_;
  std::string order_;
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

}  // namespace mlo::run
