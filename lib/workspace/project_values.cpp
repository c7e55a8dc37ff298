#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "mlo/core/path.h"
#include "mlo/core/text.h"
#include "mlo/core/time.h"
#include "mlo/workspace/param_value.h"
#include "workspace/project_file.h"

namespace mlo::workspace {
namespace {

constexpr std::size_t kMaxName = 128;

struct Relations {
  std::string_view text;
  Bound::Relation relation;
};
// Longer signs first, so that ">=" is not read as ">".
constexpr std::array<Relations, 4> kRelations{{{">=", Bound::Relation::at_least},
                                               {"<=", Bound::Relation::at_most},
                                               {">", Bound::Relation::above},
                                               {"<", Bound::Relation::below}}};

/// The sign at the start of `text` and what follows it.
std::pair<Bound::Relation, std::string_view> split_relation(const Yaml& node,
                                                            std::string_view text) {
  for (const auto& [sign, relation] : kRelations)
    if (text.starts_with(sign)) return {relation, trim(text.substr(sign.size()))};
  throw node.error(fmt::format("'{}' is no bound", text))
      .hint("write a sign and a figure: \">= 0.8\"");
}

}  // namespace

bool Bound::holds(double value) const {
  switch (relation) {
    case Relation::at_least: return value >= limit;
    case Relation::at_most: return value <= limit;
    case Relation::above: return value > limit;
    case Relation::below: return value < limit;
  }
  return false;
}

std::string Bound::text() const {
  for (const auto& [sign, known] : kRelations)
    if (known == relation) return fmt::format("{} {}", sign, number_text(limit));
  return {};
}

Bound read_bound(const Yaml& node) {
  const auto [relation, rest] = split_relation(node, trim(node.text()));
  // A figure may carry a unit of time: bounds of latency are in milliseconds.
  const auto figure = rest.ends_with("ms") ? trim(rest.substr(0, rest.size() - 2)) : rest;
  double limit = 0;
  const auto [end, problem] = std::from_chars(figure.data(), figure.data() + figure.size(), limit);
  const bool whole = end == figure.data() + figure.size();
  const bool percent =
      whole ? false : std::string_view(end, 1) == "%" && end + 1 == figure.data() + figure.size();
  if (problem != std::errc() || !(whole || percent) || !std::isfinite(limit))
    throw node.error(fmt::format("'{}' is no bound", node.text()))
        .hint("write a sign and a figure: \">= 0.8\"");
  return {relation, percent ? limit / 100 : limit};
}

NamedBounds read_bounds(const Yaml& node) {
  NamedBounds bounds;
  for (const auto& [name, value] : node.map()) bounds.emplace_back(name.scalar, read_bound(value));
  return bounds;
}

Json param_value(const Yaml& node) {
  for (const auto& item : node.items) param_value(item);
  for (const auto& [name, value] : node.entries) param_value(value);
  auto value = node.to_json();
  if (!value.is_number() || value.is_integer()) return value;
  if (!std::isfinite(value.as_number()))
    throw node.error(fmt::format("{} is no finite number", node.scalar))
        .hint("quote it to give the step a text: '{}'", node.scalar);
  if (node.scalar.find_first_not_of("+-0123456789") == std::string::npos)
    throw node.error(fmt::format("{} is too large: an integer has 64 bits", node.scalar))
        .hint("quote it to give the step a text: '{}'", node.scalar);
  return value;
}

std::string read_path(const Yaml& node) {
  return at_place(node, [&] { return RepoPath::parse(node.text()).text(); });
}

bool is_name(std::string_view text) {
  const bool plain = std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
  return !text.empty() && text.size() <= kMaxName && plain && text.front() != '.' &&
         text.front() != '-';
}

std::string read_name(const Yaml& node) {
  const auto& name = node.text();
  if (!is_name(name))
    throw node.error(fmt::format("'{}' is no name", printable(name)))
        .hint("names hold letters, digits, '.', '_' and '-', and start with a letter or digit");
  return name;
}

std::int64_t read_seconds(const Yaml& node) {
  return at_place(node,
                  [&] { return static_cast<std::int64_t>(parse_duration(node.text()).count()); });
}

std::uint64_t read_size(const Yaml& node) {
  return at_place(node, [&] {
    std::string_view text = trim(node.text());
    if (text.starts_with("<=")) text = trim(text.substr(2));
    return parse_bytes(text);
  });
}

std::vector<std::string> read_words(const Yaml& node, const std::vector<std::string>& known) {
  auto words = node.texts();
  for (const auto& word : words) {
    if (std::ranges::find(known, word) != known.end()) continue;
    const auto near = nearest(word, known);
    auto problem = node.error(fmt::format("unknown word '{}'", word));
    problem.hint("{}", near ? fmt::format("did you mean '{}'?", *near)
                            : fmt::format("known words here: {}", join(known, ", ")));
    throw problem;
  }
  return words;
}

}  // namespace mlo::workspace
