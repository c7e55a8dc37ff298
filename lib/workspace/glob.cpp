#include "workspace/glob.h"

#include <array>
#include <optional>
#include <utility>

namespace mlo::workspace {
namespace {

/// The classes of POSIX, over ASCII in every locale: a pattern means the same on every machine.
using Belongs = bool (*)(int byte);
constexpr bool is_digit(int byte) {
  return byte >= '0' && byte <= '9';
}
constexpr bool is_lower(int byte) {
  return byte >= 'a' && byte <= 'z';
}
constexpr bool is_upper(int byte) {
  return byte >= 'A' && byte <= 'Z';
}
constexpr bool is_alnum(int byte) {
  return is_digit(byte) || is_lower(byte) || is_upper(byte);
}
constexpr bool is_graph(int byte) {
  return byte > ' ' && byte < 0x7F;
}
constexpr std::array<std::pair<std::string_view, Belongs>, 12> kClasses{{
    {"alnum", is_alnum},
    {"alpha", [](int byte) { return is_lower(byte) || is_upper(byte); }},
    {"blank", [](int byte) { return byte == ' ' || byte == '\t'; }},
    {"cntrl", [](int byte) { return byte < ' ' || byte == 0x7F; }},
    {"digit", is_digit},
    {"graph", is_graph},
    {"lower", is_lower},
    {"print", [](int byte) { return byte == ' ' || is_graph(byte); }},
    {"punct", [](int byte) { return is_graph(byte) && !is_alnum(byte); }},
    {"space", [](int byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }},
    {"upper", is_upper},
    {"xdigit",
     [](int byte) {
       return is_digit(byte) || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
     }},
}};

unsigned char code_of(char byte) {
  return static_cast<unsigned char>(byte);
}

}  // namespace

class Glob::Parser {
 public:
  Parser(Glob& glob, std::string_view text) : glob_(glob), text_(text) {}

  void parse() {
    glob_.parts_.emplace_back();
    while (at_ < text_.size() && glob_.well_formed_) step();
    // What "a/**" matches lies in "a": there is at least one more name.
    if (glob_.parts_.back().deep) glob_.parts_.push_back({.tokens = {{.kind = Token::Kind::star}}});
  }

 private:
  void step() {
    const char byte = text_[at_++];
    switch (byte) {
      case '/': glob_.parts_.emplace_back(); return;
      case '*': return stars();
      case '?': return add({.kind = Token::Kind::any});
      case '[': return set();
      case '\\':
        if (at_ == text_.size()) return malformed();
        // A slash parts names, whatever stands before it.
        if (text_[at_] != '/') add({.byte = code_of(text_[at_++])});
        return;
      default: return add({.byte = code_of(byte)});
    }
  }

  void stars() {
    const auto first = at_ - 1;
    while (at_ < text_.size() && text_[at_] == '*') ++at_;
    const auto rest = text_.substr(at_);
    const bool whole_name = glob_.parts_.back().tokens.empty() &&
                            (rest.empty() || rest.starts_with('/') || rest.starts_with("\\/"));
    if (whole_name && at_ - first > 1)
      glob_.parts_.back().deep = true;
    else
      add({.kind = Token::Kind::star});
  }

  /// Behind '[': up to the ']' that closes it; one that comes first is a member.
  void set() {
    const bool negated = peek() == '!' || peek() == '^';
    if (negated) ++at_;
    Bytes bytes;
    std::optional<unsigned char> before;  // what a '-' would begin its range with
    for (bool first = true; first || peek() != ']'; first = false) {
      if (at_ >= text_.size()) return malformed();
      const char byte = text_[at_++];
      if (byte == '[' && peek() == ':' && named_class(bytes)) {
        before.reset();
      } else if (byte == '-' && before && at_ < text_.size() && peek() != ']') {
        const auto last = member(text_[at_++]);
        for (unsigned value = *before; value <= last; ++value) bytes.set(value);
        before.reset();
      } else {
        before = member(byte);
        bytes.set(*before);
      }
      if (!glob_.well_formed_) return;
    }
    ++at_;
    glob_.sets_.push_back(negated ? ~bytes : bytes);
    add({.kind = Token::Kind::set, .set = static_cast<std::uint32_t>(glob_.sets_.size() - 1)});
  }

  /// At ':' behind '[' inside of a set. False when what follows is no class but plain bytes.
  bool named_class(Bytes& bytes) {
    const auto rest = text_.substr(at_ + 1);
    const auto end = rest.find(']');
    if (end == std::string_view::npos || end == 0 || rest[end - 1] != ':') return false;
    const auto name = rest.substr(0, end - 1);
    for (const auto& [known, belongs] : kClasses) {
      if (known != name) continue;
      for (int value = 0; value < 256; ++value)
        if (belongs(value)) bytes.set(static_cast<std::size_t>(value));
      at_ += end + 2;
      return true;
    }
    malformed();
    return true;
  }

  /// A byte of a set, which a backslash may stand before.
  unsigned char member(char byte) {
    if (byte != '\\') return code_of(byte);
    if (at_ < text_.size()) return code_of(text_[at_++]);
    malformed();
    return 0;
  }

  /// The next byte; at the end one that means nothing here.
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void add(Token token) { glob_.parts_.back().tokens.push_back(token); }
  void malformed() { glob_.well_formed_ = false; }

  Glob& glob_;
  std::string_view text_;
  std::size_t at_ = 0;
};

Glob::Glob(std::string_view pattern) {
  Parser(*this, pattern).parse();
}

bool Glob::matches_byte(const Token& token, unsigned char byte) const {
  switch (token.kind) {
    case Token::Kind::byte: return token.byte == byte;
    case Token::Kind::set: return sets_[token.set].test(byte);
    default: return true;
  }
}

/// The last star is the only one worth another try: what came before it has been matched with as
/// few bytes as can be, so nothing is lost. That keeps "*a*a*a*b" from taking for ever.
bool Glob::matches_name(const Part& part, std::string_view name) const {
  const auto& tokens = part.tokens;
  std::size_t token = 0;
  std::optional<std::size_t> behind_star;
  std::size_t retry = 0;
  for (std::size_t at = 0; at < name.size();) {
    if (token < tokens.size() && tokens[token].kind == Token::Kind::star) {
      behind_star = ++token;
      retry = at;
    } else if (token < tokens.size() && matches_byte(tokens[token], code_of(name[at]))) {
      ++token;
      ++at;
    } else if (behind_star) {
      token = *behind_star;
      at = ++retry;
    } else {
      return false;
    }
  }
  while (token < tokens.size() && tokens[token].kind == Token::Kind::star) ++token;
  return token == tokens.size();
}

bool Glob::matches(std::span<const std::string> folders, std::string_view name) const {
  if (!well_formed_) return false;
  std::size_t part = 0;
  std::optional<std::size_t> behind_deep;  // the same rule as for stars, over names
  std::size_t retry = 0;
  for (std::size_t at = 0; at <= folders.size();) {
    const auto one = at < folders.size() ? std::string_view(folders[at]) : name;
    if (part < parts_.size() && parts_[part].deep) {
      behind_deep = ++part;
      retry = at;
    } else if (part < parts_.size() && matches_name(parts_[part], one)) {
      ++part;
      ++at;
    } else if (behind_deep) {
      part = *behind_deep;
      at = ++retry;
    } else {
      return false;
    }
  }
  return part == parts_.size();
}

}  // namespace mlo::workspace
