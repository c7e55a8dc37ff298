#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/run/search_filter.h"

namespace mlo::run {
namespace {

constexpr std::size_t kMaxFilter = 64U << 10U;
constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kGroups{
    {{"metric", "metrics"},
     {"metrics", "metrics"},
     {"param", "params"},
     {"params", "params"},
     {"parameter", "params"},
     {"parameters", "params"},
     {"tag", "tags"},
     {"tags", "tags"},
     {"dataset", "datasets"},
     {"datasets", "datasets"},
     {"attr", "attributes"},
     {"attribute", "attributes"},
     {"attributes", "attributes"},
     {"run", "attributes"}}};
constexpr std::array<std::string_view, 6> kSigns{"!=", ">=", "<=", "=", ">", "<"};

std::string upper(std::string_view text) {
  std::string large(text);
  std::ranges::transform(large, large.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return large;
}

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool in_word(char c) {
  return !is_space(c) && std::string_view("=<>!(),`'\"").find(c) == std::string_view::npos;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {
    if (text.size() > kMaxFilter)
      throw Error(ErrorKind::bad_input, "a filter of more than {} bytes", kMaxFilter);
    skip();
  }

  [[nodiscard]] bool done() const { return at_ >= text_.size(); }
  [[nodiscard]] Error wrong(std::string_view what) const {
    const auto rest = done() ? "the end" : fmt::format("'{}'", printable(text_.substr(at_, 24)));
    return {ErrorKind::bad_input, "invalid filter: {}, found {}", what, rest};
  }

  bool take(std::string_view sign) {
    if (!text_.substr(at_).starts_with(sign)) return false;
    at_ += sign.size();
    skip();
    return true;
  }
  /// A keyword, in any case.
  bool take_word(std::string_view word) {
    const auto end = std::min(at_ + word.size(), text_.size());
    if (upper(text_.substr(at_, end - at_)) != word) return false;
    if (end < text_.size() && in_word(text_[end])) return false;
    at_ = end;
    skip();
    return true;
  }

  /// metrics.acc, tags.`mlflow.user`, attributes."run name", status
  std::pair<std::string, std::string> name() {
    auto first = text_[at_] == '`' || text_[at_] == '"' ? quoted(text_[at_]) : plain();
    if (first.empty()) throw wrong("expected a name such as metrics.acc");
    const auto dot = first.find('.');
    if (dot == std::string::npos) {
      skip();
      return {"attributes", std::move(first)};
    }
    const auto head = first.substr(0, dot);
    const auto* group = std::ranges::find(kGroups, head, &decltype(kGroups)::value_type::first);
    if (group == kGroups.end())
      throw wrong(
          fmt::format("'{}' is none of metrics, params, tags, datasets and attributes "
                      "in '{}'",
                      printable(head), printable(first)));
    auto key = first.substr(dot + 1);
    if (key.empty() && !done() && (text_[at_] == '`' || text_[at_] == '"'))
      key = quoted(text_[at_]);
    if (key.empty()) throw wrong(fmt::format("'{}.' names nothing", printable(head)));
    skip();
    return {std::string(group->second), std::move(key)};
  }

  std::string comparator() {
    for (const auto sign : kSigns)
      if (take(sign)) return std::string(sign);
    for (const auto* const word : {"LIKE", "ILIKE", "IN"})
      if (take_word(word)) return word;
    if (take_word("NOT")) {
      if (take_word("IN")) return "NOT IN";
      throw wrong("expected IN after NOT");
    }
    if (take_word("IS")) {
      const bool negated = take_word("NOT");
      if (!take_word("NULL")) throw wrong("expected NULL after IS");
      return negated ? "IS NOT NULL" : "IS NULL";
    }
    throw wrong("expected a comparison: = != > >= < <= LIKE ILIKE IN");
  }

  void value(Condition& condition) {
    if (condition.comparator == "IN" || condition.comparator == "NOT IN") return list(condition);
    if (done()) throw wrong("expected a value");
    if (text_[at_] == '\'' || text_[at_] == '"') {
      condition.texts.push_back(quoted(text_[at_]));
      skip();
      return;
    }
    const auto word = plain();
    skip();
    const auto* const end = word.data() + word.size();
    const auto [stop, problem] = std::from_chars(word.data(), end, condition.number);
    if (word.empty() || problem != std::errc() || stop != end)
      throw wrong(fmt::format("'{}' is no number, and text stands in quotes", printable(word)));
    condition.is_number = true;
  }

 private:
  void skip() {
    while (!done() && is_space(text_[at_])) ++at_;
  }
  std::string plain() {
    const auto begin = at_;
    while (!done() && in_word(text_[at_])) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }
  std::string quoted(char quote) {
    const auto end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) throw wrong("a quote is not closed");
    std::string inner(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return inner;
  }
  void list(Condition& condition) {
    if (!take("(")) throw wrong("expected '(' after IN");
    do {
      if (done() || (text_[at_] != '\'' && text_[at_] != '"'))
        throw wrong("expected text in quotes");
      condition.texts.push_back(quoted(text_[at_]));
      skip();
    } while (take(","));
    if (!take(")")) throw wrong("expected ')'");
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

/// The pattern of LIKE as one of GLOB, which tells cases apart.
std::string glob_of(std::string_view like) {
  std::string glob;
  for (const char c : like) {
    if (c == '%')
      glob += '*';
    else if (c == '_')
      glob += '?';
    else if (c == '*' || c == '?' || c == '[')
      glob += fmt::format("[{}]", c);
    else
      glob += c;
  }
  return glob;
}

}  // namespace

std::vector<Condition> parse_filter(std::string_view text) {
  std::vector<Condition> conditions;
  Reader reader(text);
  while (!reader.done()) {
    auto& condition = conditions.emplace_back();
    std::tie(condition.group, condition.key) = reader.name();
    condition.comparator = reader.comparator();
    if (!condition.comparator.starts_with("IS")) reader.value(condition);
    if (reader.done()) break;
    if (!reader.take_word("AND")) throw reader.wrong("conditions are joined by AND alone");
    if (reader.done()) throw reader.wrong("expected a condition after AND");
  }
  return conditions;
}

Ordering parse_ordering(std::string_view text) {
  Reader reader(text);
  if (reader.done()) throw Error(ErrorKind::bad_input, "invalid order_by: it is empty");
  Ordering ordering;
  std::tie(ordering.group, ordering.key) = reader.name();
  ordering.descending = reader.take_word("DESC");
  if (!ordering.descending) reader.take_word("ASC");
  if (!reader.done())
    throw Error(ErrorKind::bad_input, "invalid order_by '{}': a name, then ASC or DESC",
                printable(text));
  return ordering;
}

std::string BoundSql::bind(std::string value) {
  kept_.push_back(std::move(value));
  bound_.emplace_back(kept_.back());
  return fmt::format("?{}", bound_.size());
}

std::string BoundSql::bind(double value) {
  bound_.emplace_back(value);
  return fmt::format("?{}", bound_.size());
}

std::string BoundSql::bind(std::int64_t value) {
  bound_.emplace_back(value);
  return fmt::format("?{}", bound_.size());
}

std::string BoundSql::compare(std::string_view column, const Condition& condition) {
  const auto& how = condition.comparator;
  if (condition.is_number) return fmt::format("{} {} {}", column, how, bind(condition.number));
  if (how == "LIKE")
    return fmt::format("{} GLOB {}", column, bind(glob_of(condition.texts.front())));
  if (how == "ILIKE") return fmt::format("{} LIKE {}", column, bind(condition.texts.front()));
  if (how != "IN" && how != "NOT IN")
    return fmt::format("{} {} {}", column, how, bind(condition.texts.front()));
  std::string places;
  for (const auto& each : condition.texts) places += (places.empty() ? "" : ", ") + bind(each);
  return fmt::format("{} {} ({})", column, how, places);
}

}  // namespace mlo::run
