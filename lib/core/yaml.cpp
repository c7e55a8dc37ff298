#include "mlo/core/yaml.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <sstream>
#include <unordered_set>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "mlo/core/bytes.h"
#include "mlo/core/text.h"

namespace mlo {
namespace {

constexpr int kMaxDepth = 64;

/// Builds our nodes from the parser's events. Events rather than yaml-cpp's own nodes: those follow
/// aliases (a bomb) and keep the last of two equal keys.
class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(std::string source) : source_(std::move(source)) {}

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override { put(node(mark)); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    throw node(mark).error("aliases are not used here").hint("write the value out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/,
                const std::string& value) override {
    auto scalar = node(mark);
    scalar.quoted = tag == "!";
    scalar.scalar = value;
    const bool empty = !scalar.quoted && (value.empty() || value == "~" || value == "null");
    scalar.kind = empty ? Yaml::Kind::null : Yaml::Kind::scalar;
    put(std::move(scalar));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/,
                       YAML::anchor_t /*anchor*/, YAML::EmitterStyle::value /*style*/) override {
    open(mark, Yaml::Kind::sequence);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                  YAML::EmitterStyle::value /*style*/) override {
    open(mark, Yaml::Kind::map);
  }
  void OnMapEnd() override { close(); }

  Yaml take() { return std::move(result_); }
  [[nodiscard]] const std::string& source() const { return source_; }

 private:
  Yaml node(const YAML::Mark& mark) const {
    Yaml fresh;
    fresh.line = mark.line + 1;
    fresh.column = mark.column + 1;
    fresh.source = source_;
    return fresh;
  }
  void open(const YAML::Mark& mark, Yaml::Kind kind) {
    auto fresh = node(mark);
    if (stack_.size() >= kMaxDepth) throw fresh.error("nested too deeply");
    fresh.kind = kind;
    stack_.push_back(std::move(fresh));
    keys_.erase(stack_.size());
    waiting_.emplace_back();
  }
  void close() {
    Yaml done = std::move(stack_.back());
    stack_.pop_back();
    waiting_.pop_back();
    put(std::move(done));
  }
  void put(Yaml value) {
    if (stack_.empty()) {
      result_ = std::move(value);
      return;
    }
    auto& parent = stack_.back();
    auto& key = waiting_.back();
    if (parent.kind == Yaml::Kind::sequence) {
      parent.items.push_back(std::move(value));
    } else if (!key) {
      if (value.kind != Yaml::Kind::scalar) throw value.error("expected a key");
      if (const auto* twin = twin_of(parent, value.scalar))
        throw value.error(
            fmt::format("key '{}' stands here and in line {}", value.scalar, twin->line));
      key = std::move(value);
    } else {
      parent.entries.push_back({std::move(*key), std::move(value)});
      key.reset();
    }
  }

  /// The entry of this key that is there already. Keys of a long map are remembered: to look at
  /// each of ten thousand for each of them takes longer than to read them.
  const Yaml* twin_of(const Yaml& parent, const std::string& key) {
    constexpr std::size_t kLong = 32;
    if (parent.entries.size() < kLong) return parent.find(key);
    auto& known = keys_[stack_.size()];
    if (known.size() != parent.entries.size()) {
      known.clear();
      for (const auto& [name, value] : parent.entries) known.insert(name.scalar);
    }
    return known.insert(key).second ? nullptr : parent.find(key);
  }

  std::string source_;
  std::map<std::size_t, std::unordered_set<std::string>> keys_;  // depth → of the map open there
  std::vector<Yaml> stack_;
  std::vector<std::optional<Yaml>> waiting_;  // a map's key that has no value yet
  Yaml result_;
};

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  Number value{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<bool> parse_bool(std::string_view text) {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  return std::nullopt;
}

/// A plain scalar's value by YAML 1.2's core schema.
Json plain_value(const std::string& text) {
  if (const auto truth = parse_bool(text)) return *truth;
  if (const auto integer = parse_number<std::int64_t>(text)) return *integer;
  if (text == ".inf" || text == "+.inf") return std::numeric_limits<double>::infinity();
  if (text == "-.inf") return -std::numeric_limits<double>::infinity();
  if (text == ".nan") return std::numeric_limits<double>::quiet_NaN();
  const bool numeric = text.find_first_of("0123456789") != std::string::npos &&
                       text.find_first_not_of("0123456789+-.eE") == std::string::npos;
  if (numeric)
    if (const auto number = parse_number<double>(text)) return *number;
  return text;
}

std::string_view name_of(Yaml::Kind kind) {
  switch (kind) {
    case Yaml::Kind::null: return "nothing";
    case Yaml::Kind::scalar: return "one value";
    case Yaml::Kind::sequence: return "a list";
    case Yaml::Kind::map: return "a map";
  }
  return "nothing";
}

/// What is not UTF-8 could not be written back as it was read.
void refuse_other_encodings(std::string_view text, const std::string& source) {
  if (is_utf8(text)) return;
  int line = 1;
  for (const auto& one : split(text, '\n')) {
    if (!is_utf8(one)) break;
    ++line;
  }
  throw Error(ErrorKind::bad_input, "{}:{}: is not UTF-8 text", source, line)
      .hint("iconv -f latin1 -t utf-8 '{}'", source);
}

bool needs_quotes(std::string_view text) {
  if (text.empty() || text == "~" || text == "null" || !plain_value(std::string(text)).is_string())
    return true;
  constexpr std::string_view kStart = "-?:,[]{}#&*!|>'\"%@` ";
  if (kStart.find(text.front()) != std::string_view::npos || text.back() == ' ' ||
      text.back() == ':')
    return true;
  // YAML 1.1 readers take these for booleans.
  for (const std::string_view word : {"yes", "no", "on", "off", "Yes", "No", "On", "Off", "y", "n"})
    if (text == word) return true;
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  return text.find(": ") != std::string_view::npos || text.find(" #") != std::string_view::npos ||
         std::ranges::any_of(text, is_control);
}

void write_yaml(std::string& out, const Json& value, int level);

void write_map(std::string& out, const Json& map, int level) {
  const std::string indent(static_cast<std::size_t>(level) * 2, ' ');
  if (map.size() == 0) out += "{}\n";
  for (const auto& [key, member] : map.as_object()) {
    out += indent + yaml_scalar(key) + ":";
    const bool block = (member.is_object() || member.is_array()) && member.size() > 0;
    out += block ? "\n" : " ";
    write_yaml(out, member, block ? level + 1 : 0);
  }
}

void write_list(std::string& out, const Json& list, int level) {
  const std::string indent(static_cast<std::size_t>(level) * 2, ' ');
  if (list.size() == 0) out += "[]\n";
  for (const auto& item : list.as_array()) {
    std::string inner;
    write_yaml(inner, item, level + 1);
    // The dash takes the place of the first line's deepest indentation.
    out += indent + "- " + inner.substr(std::min(inner.find_first_not_of(' '), inner.size()));
  }
}

void write_yaml(std::string& out, const Json& value, int level) {
  if (value.is_object()) return write_map(out, value, level);
  if (value.is_array()) return write_list(out, value, level);
  out += value.is_string() ? yaml_scalar(value.as_string()) : value.dump();
  out += '\n';
}

}  // namespace

Yaml Yaml::parse(std::string_view text, std::string source) {
  refuse_other_encodings(text, source);
  std::istringstream stream{std::string(text)};
  Builder builder(source);
  try {
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    Builder second(source);
    if (parser.HandleNextDocument(second))
      throw Error(ErrorKind::bad_input, "{}: holds several documents", source);
  } catch (const YAML::Exception& problem) {
    throw Error(ErrorKind::bad_input, "{}:{}:{}: malformed YAML: {}", source, problem.mark.line + 1,
                problem.mark.column + 1, problem.msg);
  }
  auto result = builder.take();
  result.source = std::move(source);
  return result;
}

std::string Yaml::place() const {
  return fmt::format("{}:{}:{}", source, std::max(line, 1), std::max(column, 1));
}

Error Yaml::error(std::string_view message) const {
  return {ErrorKind::bad_input, "{}: {}", place(), message};
}

const Yaml* Yaml::find(std::string_view key) const {
  const auto found =
      std::ranges::find_if(entries, [&](const Entry& e) { return e.first.scalar == key; });
  return found == entries.end() ? nullptr : &found->second;
}

const std::string& Yaml::text() const {
  if (!is_scalar()) throw error(fmt::format("expected one value, found {}", name_of(kind)));
  return scalar;
}

std::int64_t Yaml::integer() const {
  const auto value = quoted ? std::nullopt : parse_number<std::int64_t>(text());
  if (!value) throw error(fmt::format("expected a whole number, found '{}'", text()));
  return *value;
}

double Yaml::number() const {
  const Json value = quoted ? Json() : plain_value(text());
  if (!value.is_number()) throw error(fmt::format("expected a number, found '{}'", text()));
  return value.as_number();
}

bool Yaml::boolean() const {
  const auto value = quoted ? std::nullopt : parse_bool(text());
  if (!value) throw error(fmt::format("expected true or false, found '{}'", text()));
  return *value;
}

std::vector<std::string> Yaml::texts() const {
  if (is_scalar()) return {scalar};
  std::vector<std::string> all;
  for (const auto& item : sequence()) all.push_back(item.text());
  return all;
}

const std::vector<Yaml>& Yaml::sequence() const {
  if (!is_sequence() && !is_null())
    throw error(fmt::format("expected a list, found {}", name_of(kind)));
  return items;
}

const std::vector<Yaml::Entry>& Yaml::map() const {
  if (!is_map() && !is_null()) throw error(fmt::format("expected a map, found {}", name_of(kind)));
  return entries;
}

void Yaml::only(std::initializer_list<std::string_view> known) const {
  only(std::vector<std::string>(known.begin(), known.end()));
}

void Yaml::only(std::span<const std::string> known) const {
  for (const auto& [key, value] : map()) {
    if (std::ranges::find(known, key.scalar) != known.end()) continue;
    auto problem = key.error(fmt::format("unknown key '{}'", key.scalar));
    const auto near = nearest(key.scalar, known);
    if (near)
      problem.hint("did you mean '{}'?", *near);
    else
      problem.hint("known keys here: {}", join(known, ", "));
    throw problem;
  }
}

Json Yaml::to_json() const {
  switch (kind) {
    case Kind::null: return {};
    case Kind::scalar: return quoted ? Json(scalar) : plain_value(scalar);
    case Kind::sequence: {
      Json::Array all;
      for (const auto& item : items) all.push_back(item.to_json());
      return all;
    }
    case Kind::map: {
      Json::Object all;
      for (const auto& [key, value] : entries) all.emplace_back(key.scalar, value.to_json());
      return all;
    }
  }
  return {};
}

std::string to_yaml(const Json& value) {
  std::string out;
  write_yaml(out, value, 0);
  return out;
}

// JSON's quoting is YAML's double-quoted style.
std::string yaml_scalar(std::string_view text) {
  return needs_quotes(text) ? Json(text).dump() : std::string(text);
}

}  // namespace mlo
