#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/error.h"
#include "mlo/core/json.h"

namespace mlo {

/// One node of a YAML document, with the place it was read from, so that errors can name it.
struct Yaml {
  enum class Kind { null, scalar, sequence, map };
  struct Entry;  ///< {first: the key, second: its value}

  Kind kind = Kind::null;
  std::string scalar;          ///< text of a scalar
  bool quoted = false;         ///< "5" rather than 5: never a number
  std::vector<Yaml> items;     ///< of a sequence
  std::vector<Entry> entries;  ///< of a map, in file order
  int line = 0;                ///< from 1
  int column = 0;              ///< from 1
  std::string source;          ///< the file's name, for errors

  /// Parses one document. Aliases, duplicate keys, several documents and depth over 64 are refused.
  /// Throws bad_input naming `source`, line and column.
  static Yaml parse(std::string_view text, std::string source);

  [[nodiscard]] bool is_null() const { return kind == Kind::null; }
  [[nodiscard]] bool is_scalar() const { return kind == Kind::scalar; }
  [[nodiscard]] bool is_map() const { return kind == Kind::map; }
  [[nodiscard]] bool is_sequence() const { return kind == Kind::sequence; }

  [[nodiscard]] const Yaml* find(std::string_view key) const;
  /// Each throws bad_input "mlo.yaml:7:3: expected …" when the node is of another kind.
  [[nodiscard]] const std::string& text() const;
  [[nodiscard]] std::int64_t integer() const;
  [[nodiscard]] double number() const;
  [[nodiscard]] bool boolean() const;
  /// A sequence of scalars, or one scalar read as a list of one.
  [[nodiscard]] std::vector<std::string> texts() const;
  [[nodiscard]] const std::vector<Yaml>& sequence() const;
  [[nodiscard]] const std::vector<Entry>& map() const;

  /// Throws bad_input for the first key that is not in `known`, naming line and nearest known key.
  void only(std::initializer_list<std::string_view> known) const;
  void only(std::span<const std::string> known) const;
  /// The same document as JSON: plain scalars become null, booleans and numbers by YAML's core
  /// schema.
  [[nodiscard]] Json to_json() const;

  /// Where this node was read: "mlo.yaml:7:3".
  [[nodiscard]] std::string place() const;
  /// An Error at that place: "mlo.yaml:7:3: <message>".
  [[nodiscard]] Error error(std::string_view message) const;
};

struct Yaml::Entry {
  Yaml first;
  Yaml second;
};

/// `value` as YAML block text, members in their order, strings quoted only where they must be.
std::string to_yaml(const Json& value);
/// `text` as one YAML scalar, quoted only where it must be.
std::string yaml_scalar(std::string_view text);

}  // namespace mlo
