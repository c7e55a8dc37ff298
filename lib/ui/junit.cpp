#include <fmt/format.h>

#include "mlo/ui/view.h"
#include "ui/checks.h"
#include "ui/format.h"
#include "ui/markup.h"

namespace mlo::ui {
namespace {

std::string test_case(const Json& check) {
  auto out = fmt::format(R"(  <testcase classname="{}" name="{}")",
                         escape_markup(check.string_or("target", "")),
                         escape_markup(check.string_or("name", "")));
  const bool passed = check["passed"].is_bool() && check["passed"].as_bool();
  if (passed) return out + "/>\n";
  const auto text = fmt::format("{} (threshold {})", shown(check["value"], Format::number),
                                shown(check["threshold"], Format::plain));
  const bool warning = check.string_or("severity", "error") == "warn";
  return out + fmt::format("><{0} message=\"{1}\">{2}</{0}></testcase>\n",
                           warning ? "skipped" : "failure", escape_markup(text),
                           escape_markup(check.string_or("message", "")));
}

}  // namespace

// The dialect that Jenkins, GitLab and GitHub's reporters read.
std::string to_junit(const View& view) {
  std::string cases;
  int failures = 0;
  int skipped = 0;
  for (const auto& check : checks_of(view).as_array()) {
    cases += test_case(check);
    if (check["passed"].is_bool() && check["passed"].as_bool()) continue;
    (check.string_or("severity", "error") == "warn" ? skipped : failures) += 1;
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuite name=\"mlo\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">\n{}</testsuite>\n",
      checks_of(view).size(), failures, skipped, cases);
}

}  // namespace mlo::ui
