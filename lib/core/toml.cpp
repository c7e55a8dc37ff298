#include "mlo/core/toml.h"

#include <cmath>
#include <sstream>
#include <string>

#include <toml++/toml.h>

#include "mlo/core/error.h"

namespace mlo {
namespace {

constexpr int kMaxDepth = 64;

Error error_at(std::string_view source, const toml::source_position& place,
               std::string_view problem) {
  return {ErrorKind::bad_input, "{}:{}:{}: {}", source, place.line, place.column, problem};
}

class Reader {
 public:
  explicit Reader(std::string_view source) : source_(source) {}

  // NOLINTNEXTLINE(readability-function-cognitive-complexity): a row for each kind of value
  Json read(const toml::node& node, int depth) const {
    if (depth > kMaxDepth) throw error_at(source_, node.source().begin, "nested too deep");
    if (const auto* table = node.as_table()) {
      Json object = Json::object();
      for (const auto& [name, value] : *table)
        object.append(std::string(name.str()), read(value, depth + 1));
      return object;
    }
    if (const auto* items = node.as_array()) {
      Json array = Json::array();
      for (const auto& item : *items) array.add(read(item, depth + 1));
      return array;
    }
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* number = node.as_integer()) return number->get();
    if (const auto* flag = node.as_boolean()) return flag->get();
    if (const auto* number = node.as_floating_point()) {
      if (!std::isfinite(number->get()))
        throw error_at(source_, node.source().begin, "the number is not finite");
      return number->get();
    }
    if (const auto* date = node.as_date()) return written(date->get());
    if (const auto* time = node.as_time()) return written(time->get());
    if (const auto* moment = node.as_date_time()) return written(moment->get());
    throw error_at(source_, node.source().begin, "a value of a kind that is not known");
  }

 private:
  template <typename Value>
  static std::string written(const Value& value) {
    std::ostringstream text;
    text << value;
    return text.str();
  }

  std::string_view source_;
};

}  // namespace

Json parse_toml(std::string_view text, std::string_view source) {
  try {
    return Reader(source).read(toml::parse(text, source), 0);
  } catch (const toml::parse_error& problem) {
    throw error_at(source, problem.source().begin, problem.description());
  }
}

}  // namespace mlo
