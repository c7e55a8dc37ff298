#include "run/question_words.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "mlo/core/text.h"

namespace mlo::run {
namespace {

constexpr std::size_t kMaxText = 64U << 10U;
// Longer signs first, so that "<=" is not read as "<".
constexpr std::array<std::string_view, 8> kSigns{"<=", ">=", "!=", "<>", "==", "=", "<", ">"};

/// Code points: what an editor counts as columns.
std::ptrdiff_t count_letters(std::string_view text) {
  return std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
}

bool in_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '/' || c == '@' || c == '-' || static_cast<signed char>(c) < 0;
}

}  // namespace

std::string lower(std::string_view text) {
  std::string small(text);
  std::ranges::transform(small, small.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return small;
}

void QuestionWords::begin(std::string_view text) {
  if (text.size() > kMaxText)
    throw Error(ErrorKind::bad_input, "the question is longer than {} bytes", kMaxText);
  text_ = text;
  position_ = 0;
  advance();
}

Error QuestionWords::wrong(std::string_view what, std::size_t at) const {
  const auto column = count_letters(text_.substr(0, at)) + 1;
  const auto found = at >= text_.size() ? std::string("the end")
                                        : fmt::format("'{}'", printable(text_.substr(at, 24)));
  Error error(ErrorKind::bad_input, "column {} of the question: {}, found {}", column, what, found);
  error.hint("as in: metrics.auc > 0.9 and params.depth = 5 order by metrics.auc desc limit 10");
  return error;
}

void QuestionWords::advance() {
  while (position_ < text_.size() &&
         (text_[position_] == ' ' || text_[position_] == '\t' || text_[position_] == '\n'))
    ++position_;
  word_ = {.at = position_};
  if (position_ == text_.size()) return;
  const char c = text_[position_];
  if (c == '\'' || c == '"') {
    word_.kind = Word::Kind::text;
    word_.text = quoted(c);
    return;
  }
  for (const auto sign : kSigns)
    if (text_.substr(position_).starts_with(sign)) return read_sign(sign);
  if (c == '(' || c == ')' || c == ',') return read_sign(text_.substr(position_, 1));
  if (!in_name(c) && c != '+') throw wrong("expected a name or a value", position_);
  read_name();
}

bool QuestionWords::is_word(std::string_view name) const {
  return word_.kind == Word::Kind::name && lower(word_.text) == name;
}

bool QuestionWords::take_word(std::string_view name) {
  if (!is_word(name)) return false;
  advance();
  return true;
}

bool QuestionWords::take_if_sign(std::string_view sign) {
  if (word_.kind != Word::Kind::sign || word_.text != sign) return false;
  advance();
  return true;
}

void QuestionWords::read_sign(std::string_view sign) {
  word_.kind = Word::Kind::sign;
  word_.text = sign == "==" ? "=" : sign == "<>" ? "!=" : std::string(sign);
  position_ += sign.size();
}

std::string QuestionWords::quoted(char quote) {
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

void QuestionWords::read_name() {
  while (position_ < text_.size() && (in_name(text_[position_]) || text_[position_] == '+'))
    word_.text += text_[position_++];
  // metrics."f1 score"
  if (word_.text.ends_with('.') && position_ < text_.size() &&
      (text_[position_] == '"' || text_[position_] == '`'))
    word_.text += quoted(text_[position_]);
  word_.kind = Word::Kind::name;
  const auto* begin = word_.text.data() + (word_.text.starts_with('+') ? 1 : 0);
  const auto* end = word_.text.data() + word_.text.size();
  const auto [stop, problem] = std::from_chars(begin, end, word_.number);
  if (problem == std::errc() && stop == end && std::isfinite(word_.number))
    word_.kind = Word::Kind::number;
}

}  // namespace mlo::run
