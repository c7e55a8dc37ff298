#include <fmt/format.h>

#include "mlo/ui/view.h"
#include "ui/checks.h"

namespace mlo::ui {
namespace {

/// What would end a command's property or value for GitHub's runner is in percent form.
std::string escaped(std::string_view text, bool is_property) {
  std::string out;
  for (const char c : text) {
    if (c == '%' || c == '\r' || c == '\n' || (is_property && (c == ':' || c == ',')))
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out;
}

}  // namespace

// GitHub's workflow commands ("Workflow commands for GitHub Actions: setting an error message").
std::string to_github(const View& view) {
  std::string out;
  for (const auto& check : checks_of(view).as_array()) {
    if (has_passed(check)) continue;
    const bool warning = check.string_or("severity", "error") == "warn";
    out += fmt::format("::{} file={}", warning ? "warning" : "error",
                       escaped(check.string_or("target", ""), true));
    if (const auto lines = failing_lines(check); !lines.empty())
      out += fmt::format(",line={}", lines.front());
    out += fmt::format(",title={}::{}\n", escaped(check.string_or("name", ""), true),
                       escaped(sentence_of(check), false));
  }
  return out;
}

}  // namespace mlo::ui
