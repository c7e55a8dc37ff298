#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "mlo/core/error.h"

namespace mlo::run {

/// ASCII letters made small; others stay.
std::string lower(std::string_view text);

/// A question about runs, word by word: names, numbers, quoted texts and signs.
class QuestionWords {
 public:
  struct Word {
    enum class Kind { name, number, text, sign, end };
    Kind kind = Kind::end;
    std::string text;
    double number = 0;
    std::size_t at = 0;  ///< byte in the question
  };

  /// Borrows `text`. Throws bad_input when it is too long or its first word is none.
  explicit QuestionWords(std::string_view text) { begin(text); }
  void begin(std::string_view text);

  [[nodiscard]] const Word& word() const { return word_; }
  void advance();
  [[nodiscard]] bool is_end() const { return word_.kind == Word::Kind::end; }
  /// A name in any mixture of small and large letters.
  [[nodiscard]] bool is_word(std::string_view name) const;
  bool take_word(std::string_view name);
  bool take_if_sign(std::string_view sign);

  /// bad_input that names the column and what stands there.
  [[nodiscard]] Error wrong(std::string_view what) const { return wrong(what, word_.at); }
  [[nodiscard]] Error wrong(std::string_view what, std::size_t at) const;

 private:
  void read_sign(std::string_view sign);
  void read_name();
  std::string quoted(char quote);

  std::string_view text_;
  std::size_t position_ = 0;
  Word word_;
};

}  // namespace mlo::run
