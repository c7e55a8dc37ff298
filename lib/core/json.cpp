#include "mlo/core/json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "mlo/core/bytes.h"
#include "mlo/core/canonical_json.h"
#include "mlo/core/error.h"

namespace mlo {
namespace {

/// "line 3, column 7" of a byte offset.
std::string place_in(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, std::min(offset, text.size()));
  const auto line = std::ranges::count(before, '\n') + 1;
  const auto newline = before.rfind('\n');
  const auto column =
      newline == std::string_view::npos ? before.size() : before.size() - newline - 1;
  return fmt::format("line {}, column {}", line, std::max<std::size_t>(column, 1));
}

/// Builds our value from the parser's events; refuses doubles and depth.
class Builder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  Builder(std::string_view text, int max_depth) : text_(text), max_depth_(max_depth) {}

  bool null() override { return put(Json()); }
  bool boolean(bool value) override { return put(Json(value)); }
  bool number_integer(std::int64_t value) override { return put(Json(value)); }
  bool number_unsigned(std::uint64_t value) override {
    // Beyond 63 bits a number can only be kept as JavaScript would: as a double.
    if (value > static_cast<std::uint64_t>(INT64_MAX)) return put(Json(static_cast<double>(value)));
    return put(Json(static_cast<std::int64_t>(value)));
  }
  bool number_float(double value, const std::string& /*text*/) override { return put(Json(value)); }
  bool string(std::string& value) override { return put(Json(std::move(value))); }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*size*/) override { return open(Json(Json::Object())); }
  bool start_array(std::size_t /*size*/) override { return open(Json(Json::Array())); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(std::string& name) override {
    const auto& members = stack_.back().value.as_object();
    // A linear look is quicker than a set for the objects that people write; large ones get sorted.
    if (members.size() < kLinear ? stack_.back().value.find(name) != nullptr : !seen_large(name))
      throw Error(ErrorKind::bad_input, "malformed JSON: key '{}' appears twice", name);
    stack_.back().key = std::move(name);
    return true;
  }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& problem) override {
    std::string_view reason = problem.what();
    if (const auto at = reason.rfind("syntax error"); at != std::string_view::npos)
      reason = reason.substr(at);
    else if (const auto bracket = reason.find("] "); bracket != std::string_view::npos)
      reason = reason.substr(bracket + 2);
    throw Error(ErrorKind::bad_input, "malformed JSON at {}: {}", place_in(text_, position),
                reason);
  }

  Json take() { return std::move(result_); }

 private:
  static constexpr std::size_t kLinear = 32;
  struct Level {
    Json value;
    std::string key;
    std::vector<std::string> names;  // sorted, once there are many members
  };

  bool seen_large(const std::string& name) {
    auto& names = stack_.back().names;
    if (names.empty()) {
      for (const auto& [known, value] : stack_.back().value.as_object()) names.push_back(known);
      std::ranges::sort(names);
    }
    const auto place = std::ranges::lower_bound(names, name);
    if (place != names.end() && *place == name) return false;
    names.insert(place, name);
    return true;
  }
  bool open(Json value) {
    if (static_cast<int>(stack_.size()) >= max_depth_)
      throw Error(ErrorKind::bad_input, "malformed JSON: nested deeper than {} levels", max_depth_);
    stack_.push_back({std::move(value), {}, {}});
    return true;
  }
  bool close() {
    Json done = std::move(stack_.back().value);
    stack_.pop_back();
    return put(std::move(done));
  }
  bool put(Json value) {
    if (stack_.empty())
      result_ = std::move(value);
    else if (stack_.back().value.is_array())
      stack_.back().value.add(std::move(value));
    else
      stack_.back().value.append(std::move(stack_.back().key), std::move(value));
    return true;
  }

  std::string_view text_;
  int max_depth_;
  std::vector<Level> stack_;
  Json result_;
};

void escape(std::string& out, std::string_view text) {
  out += '"';
  std::size_t copied = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto code = static_cast<unsigned char>(text[i]);
    if (code >= 0x20 && code != '"' && code != '\\') continue;
    out.append(text, copied, i - copied);
    copied = i + 1;
    switch (text[i]) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default: out += fmt::format("\\u{:04x}", code);
    }
  }
  out.append(text, copied);
  out += '"';
}

enum class Style { compact, pretty, canonical };

class Writer {
 public:
  Writer(Style style, int indent) : style_(style), indent_(indent) {}

  void write(const Json& value, int level) {
    if (value.is_object())
      write_object(value.as_object(), level);
    else if (value.is_array())
      write_array(value.as_array(), level);
    else
      write_plain(value);
  }
  std::string take() { return std::move(out_); }

 private:
  void write_plain(const Json& value) {
    if (value.is_null())
      out_ += "null";
    else if (value.is_bool())
      out_ += value.as_bool() ? "true" : "false";
    else if (value.is_string())
      write_text(value.as_string());
    else if (value.is_integer() && style_ != Style::canonical)
      out_ += fmt::format("{}", value.as_integer());
    else
      write_number(value);
  }
  void write_number(const Json& value) {
    if (value.is_integer()) {
      constexpr std::int64_t kExact = 1LL << 53U;
      const auto integer = value.as_integer();
      const auto text = fmt::format("{}", integer);
      // Canonical JSON knows only doubles: an integer that they write otherwise would change
      // silently. 1e18 is read back from it as an integer, and stays what it is.
      if ((integer < -kExact || integer > kExact) && number_text(value.as_number()) != text)
        throw Error(ErrorKind::bad_input, "{} is too large for canonical JSON", text);
      out_ += text;
      return;
    }
    if (!std::isfinite(value.as_number())) {
      if (style_ == Style::canonical)
        throw Error(ErrorKind::bad_input, "canonical JSON has no infinities and no NaN");
      out_ += "null";
      return;
    }
    out_ += number_text(value.as_number());
  }
  void write_text(std::string_view text) {
    if (is_utf8(text)) {
      escape(out_, text);
      return;
    }
    if (style_ == Style::canonical)
      throw Error(ErrorKind::bad_input, "canonical JSON holds only UTF-8 text");
    // What is no UTF-8 (a file name, say) is shown byte by byte rather than breaking the document.
    std::string shown;
    for (const char c : text)
      shown += static_cast<unsigned char>(c) < 0x80
                   ? std::string(1, c)
                   : fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    escape(out_, shown);
  }
  void write_array(const Json::Array& items, int level) {
    out_ += '[';
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i > 0) out_ += ',';
      line(level + 1);
      write(items[i], level + 1);
    }
    if (!items.empty()) line(level);
    out_ += ']';
  }
  void write_object(const Json::Object& members, int level) {
    std::vector<const Json::Member*> order;
    for (const auto& member : members) order.push_back(&member);
    if (style_ == Style::canonical)
      std::ranges::sort(order, before_in_utf16,
                        [](const auto* member) -> std::string_view { return member->first; });
    out_ += '{';
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (i > 0) out_ += ',';
      line(level + 1);
      write_text(order[i]->first);
      out_ += style_ == Style::pretty ? ": " : ":";
      write(order[i]->second, level + 1);
    }
    if (!order.empty()) line(level);
    out_ += '}';
  }
  void line(int level) {
    if (style_ == Style::pretty) out_ += fmt::format("\n{:{}}", "", level * indent_);
  }

  Style style_;
  int indent_;
  std::string out_;
};

[[noreturn]] void wrong_kind(std::string_view expected) {
  throw Error(ErrorKind::bad_input, "expected {} in JSON", expected);
}

}  // namespace

Json Json::parse(std::string_view text, int max_depth) {
  Builder builder(text, max_depth);
  nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  return builder.take();
}

bool Json::as_bool() const {
  if (!is_bool()) wrong_kind("true or false");
  return std::get<bool>(value_);
}
std::int64_t Json::as_integer() const {
  if (!is_integer()) wrong_kind("an integer");
  return std::get<std::int64_t>(value_);
}
double Json::as_number() const {
  if (is_integer()) return static_cast<double>(std::get<std::int64_t>(value_));
  if (!is_number()) wrong_kind("a number");
  return std::get<double>(value_);
}
const std::string& Json::as_string() const {
  if (!is_string()) wrong_kind("text");
  return std::get<std::string>(value_);
}
const Json::Array& Json::as_array() const {
  if (!is_array()) wrong_kind("an array");
  return std::get<Array>(value_);
}
const Json::Object& Json::as_object() const {
  if (!is_object()) wrong_kind("an object");
  return std::get<Object>(value_);
}

const Json* Json::find(std::string_view key) const {
  if (!is_object()) return nullptr;
  const auto& members = std::get<Object>(value_);
  const auto found = std::ranges::find(members, key, &Member::first);
  return found == members.end() ? nullptr : &found->second;
}

const Json& Json::operator[](std::string_view key) const {
  static const Json kNull;
  const auto* found = find(key);
  return found == nullptr ? kNull : *found;
}

const Json& Json::at(std::string_view key) const {
  const auto* found = find(key);
  if (found == nullptr) throw Error(ErrorKind::bad_input, "JSON has no member '{}'", key);
  return *found;
}

std::string Json::string_or(std::string_view key, std::string_view fallback) const {
  const auto* found = find(key);
  return found != nullptr && found->is_string() ? found->as_string() : std::string(fallback);
}

Json& Json::set(std::string_view key, Json value) {
  if (is_null()) value_ = Object();
  if (!is_object()) wrong_kind("an object");
  auto& members = std::get<Object>(value_);
  const auto found = std::ranges::find(members, key, &Member::first);
  if (found == members.end())
    members.emplace_back(std::string(key), std::move(value));
  else
    found->second = std::move(value);
  return *this;
}

void Json::append(std::string key, Json value) {
  std::get<Object>(value_).emplace_back(std::move(key), std::move(value));
}

Json& Json::add(Json value) {
  if (is_null()) value_ = Array();
  if (!is_array()) wrong_kind("an array");
  std::get<Array>(value_).push_back(std::move(value));
  return *this;
}

std::size_t Json::size() const {
  if (is_array()) return std::get<Array>(value_).size();
  return is_object() ? std::get<Object>(value_).size() : 0;
}

std::string Json::dump() const {
  Writer writer(Style::compact, 0);
  writer.write(*this, 0);
  return writer.take();
}

std::string Json::pretty(int indent) const {
  Writer writer(Style::pretty, indent);
  writer.write(*this, 0);
  return writer.take();
}

std::string Json::canonical() const {
  Writer writer(Style::canonical, 0);
  writer.write(*this, 0);
  return writer.take();
}

// ECMAScript Number::toString (ECMA-262 §6.1.6.1.20) over the shortest round-trip digits.
std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  if (value == 0) return "0";
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::abs(value),
                                 std::chars_format::scientific)
                       .ptr;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  const auto mark = text.find('e');
  std::string digits(text.substr(0, mark));
  std::erase(digits, '.');
  int exponent = 0;
  const auto* first = text.data() + mark + 1;
  std::from_chars(*first == '+' ? first + 1 : first, end, exponent);
  const auto count = static_cast<int>(digits.size());
  const int point = exponent + 1;
  std::string out;
  if (count <= point && point <= 21)
    out = digits + std::string(static_cast<std::size_t>(point - count), '0');
  else if (0 < point && point <= 21)
    out = digits.substr(0, static_cast<std::size_t>(point)) + "." +
          digits.substr(static_cast<std::size_t>(point));
  else if (-6 < point && point <= 0)
    out = "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
  else
    out = fmt::format("{}{}{}e{:+}", digits.substr(0, 1), count > 1 ? "." : "", digits.substr(1),
                      point - 1);
  return value < 0 ? "-" + out : out;
}

}  // namespace mlo
