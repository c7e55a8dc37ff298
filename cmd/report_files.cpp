#include "report_files.h"

#include <cstdio>

namespace mlo::cmd {

void add_report_files(CLI::App& command, ReportFiles& files) {
  command.add_option("--junit", files.junit, "Also write JUnit XML here")->type_name("FILE");
  command.add_option("--sarif", files.sarif, "Also write SARIF 2.1.0 here")->type_name("FILE");
  command.add_option("--html", files.html, "Also write a page here")->type_name("FILE");
  command.add_option("--markdown", files.markdown, "Also write a pull request comment here")
      ->type_name("FILE");
}

void write_report_files(Session& session, const ReportFiles& files, const ui::View& answer) {
  if (!files.junit.empty()) session.write(files.junit, ui::to_junit(answer));
  if (!files.sarif.empty()) session.write(files.sarif, ui::to_sarif(answer));
  if (!files.html.empty()) session.write(files.html, ui::to_html(answer));
  if (!files.markdown.empty()) session.write(files.markdown, ui::to_markdown(answer));
  // Standard output may be JSON; the runner reads both.
  if (session.world().environment("GITHUB_ACTIONS") == "true") {
    const auto lines = ui::to_github(answer);
    std::fwrite(lines.data(), 1, lines.size(), stderr);
  }
}

}  // namespace mlo::cmd
