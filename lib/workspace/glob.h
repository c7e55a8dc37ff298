#pragma once

#include <bitset>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mlo::workspace {

/// A pattern over the names of a path, in the language of gitignore(5).
///
/// `*` any bytes of one name, `?` one byte, `[a-z]` `[!a-z]` `[[:digit:]]` one of several, `\`
/// takes the next byte as it is; `**` as a whole name is any number of folders, at the end
/// everything below. What is malformed (a `[` that is never closed, a `\` at the end) matches
/// nothing.
class Glob {
 public:
  explicit Glob(std::string_view pattern);

  /// True when all of `folders`, outermost first, and then `name` are what the pattern describes.
  /// At most as many steps as the pattern's length times the path's.
  [[nodiscard]] bool matches(std::span<const std::string> folders, std::string_view name) const;

 private:
  using Bytes = std::bitset<256>;
  struct Token {
    enum class Kind : std::uint8_t { byte, any, star, set };
    Kind kind = Kind::byte;
    unsigned char byte = 0;
    std::uint32_t set = 0;  ///< in `sets_`
  };
  /// What one name has to look like; `deep`: any number of names that look like anything.
  struct Part {
    bool deep = false;
    std::vector<Token> tokens;
  };
  class Parser;
  [[nodiscard]] bool matches_name(const Part& part, std::string_view name) const;
  [[nodiscard]] bool matches_byte(const Token& token, unsigned char byte) const;

  bool well_formed_ = true;
  std::vector<Part> parts_;
  std::vector<Bytes> sets_;
};

}  // namespace mlo::workspace
