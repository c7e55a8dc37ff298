#pragma once

#include <string>

#include "commands.h"
#include "mlo/ui/view.h"

namespace mlo::cmd {

/// Where an answer with checks is written besides; empty: nowhere.
struct ReportFiles {
  std::string junit;
  std::string sarif;
  std::string html;
  std::string markdown;
};

void add_report_files(CLI::App& command, ReportFiles& files);
/// Under GitHub Actions failed checks are told to its runner too, on standard error.
void write_report_files(Session& session, const ReportFiles& files, const ui::View& answer);

}  // namespace mlo::cmd
