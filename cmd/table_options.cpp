#include "table_options.h"

#include <optional>

namespace mlo::cmd {

namespace {

std::optional<char> one_character(const std::string& text, const char* option) {
  if (text.empty()) return std::nullopt;
  if (text == "tab" || text == "\\t") return '\t';
  if (text.size() != 1)
    throw Error(ErrorKind::usage, "{} takes one character, not '{}'", option, text)
        .hint("{} ';', or tab", option);
  return text.front();
}

}  // namespace

void TableOptions::add_to(CLI::App& command) {
  command.add_option("--format", format, "csv, tsv, parquet or jsonl, whatever the name says");
  command.add_option("--delimiter", delimiter, "Between fields of CSV; default: found out")
      ->type_name("CHAR");
  command.add_option("--quote", quote, "Around fields of CSV; default: \"")->type_name("CHAR");
  command.add_flag("--no-header", no_header, "The first line of CSV is data already");
}

data::ReadOptions TableOptions::reading(Session& session) const {
  data::ReadOptions reading{.threads = session.threads(),
                            .delimiter = one_character(delimiter, "--delimiter"),
                            .quote = one_character(quote, "--quote"),
                            .header = !no_header,
                            .stop = session.stop(),
                            .progress = &session.progress()};
  if (!format.empty()) reading.format = data::parse_format(format);
  return reading;
}

workspace::TableSource find_table(Session& session, const std::string& typed) {
  return workspace::find_table(
      session.typed(typed), [&session]() -> workspace::Repository& { return session.repository(); },
      session.world());
}

data::TableFile file_of(Session& session, const workspace::TableSource& source,
                        const TableOptions& options) {
  data::TableFile file{.path = source.path, .reading = options.reading(session)};
  file.reading.scratch = source.scratch;
  return file;
}

data::Table open_table(Session& session, const std::string& typed, const TableOptions& options) {
  const auto source = find_table(session, typed);
  const auto file = file_of(session, source, options);
  return data::Table::open(file.path, file.reading);
}

}  // namespace mlo::cmd
