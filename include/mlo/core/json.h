#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace mlo {

/// A JSON value. Objects keep the order in which members were added.
class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;

  Json() = default;  ///< null
  // NOLINTBEGIN(google-explicit-constructor): a literal reads as the JSON it stands for
  Json(std::nullptr_t) {}
  Json(bool value) : value_(value) {}
  Json(int value) : value_(static_cast<std::int64_t>(value)) {}
  Json(std::int64_t value) : value_(value) {}
  Json(std::uint64_t value) : value_(static_cast<std::int64_t>(value)) {}
  Json(double value) : value_(value) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(const char* value) : value_(std::string(value)) {}
  Json(Array value) : value_(std::move(value)) {}
  Json(Object value) : value_(std::move(value)) {}
  // NOLINTEND(google-explicit-constructor)

  static Json object(std::initializer_list<Member> members = {}) { return Object(members); }
  static Json array(std::initializer_list<Json> items = {}) { return Array(items); }

  /// Parses one value; duplicate keys, depth over `max_depth` and trailing text are refused.
  /// Throws bad_input naming line and column.
  static Json parse(std::string_view text, int max_depth = 64);

  [[nodiscard]] bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  [[nodiscard]] bool is_bool() const { return std::holds_alternative<bool>(value_); }
  [[nodiscard]] bool is_integer() const { return std::holds_alternative<std::int64_t>(value_); }
  [[nodiscard]] bool is_number() const {
    return is_integer() || std::holds_alternative<double>(value_);
  }
  [[nodiscard]] bool is_string() const { return std::holds_alternative<std::string>(value_); }
  [[nodiscard]] bool is_array() const { return std::holds_alternative<Array>(value_); }
  [[nodiscard]] bool is_object() const { return std::holds_alternative<Object>(value_); }

  /// Each throws bad_input when the value is of another kind.
  [[nodiscard]] bool as_bool() const;
  [[nodiscard]] std::int64_t as_integer() const;
  [[nodiscard]] double as_number() const;
  [[nodiscard]] const std::string& as_string() const;
  [[nodiscard]] const Array& as_array() const;
  [[nodiscard]] const Object& as_object() const;

  /// The member, or null (a shared null value) when there is none or this is no object.
  [[nodiscard]] const Json& operator[](std::string_view key) const;
  /// The member; throws bad_input naming `key` when there is none.
  [[nodiscard]] const Json& at(std::string_view key) const;
  [[nodiscard]] const Json* find(std::string_view key) const;
  [[nodiscard]] std::string string_or(std::string_view key, std::string_view fallback) const;

  /// Sets or replaces a member; null becomes an object first.
  Json& set(std::string_view key, Json value);
  /// Adds a member that is known to be new, without looking for it.
  void append(std::string key, Json value);
  /// Appends an item; null becomes an array first.
  Json& add(Json value);
  [[nodiscard]] std::size_t size() const;

  /// Compact text. Non-finite numbers become null, as JSON has none.
  [[nodiscard]] std::string dump() const;
  /// Indented by `indent` spaces a level.
  [[nodiscard]] std::string pretty(int indent = 2) const;
  /// RFC 8785: members sorted by UTF-16 code units, numbers as ECMAScript prints them.
  /// Throws bad_input on a non-finite number or text that is not UTF-8.
  [[nodiscard]] std::string canonical() const;

  bool operator==(const Json&) const = default;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> value_;
};

/// The shortest decimal that reads back as `value`, in ECMAScript's form ("1e+21", "0.1", "5").
std::string number_text(double value);

}  // namespace mlo
