#include <fmt/format.h>

#include "mlo/ui/view.h"
#include "ui/format.h"

namespace mlo::ui {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '\\' || c == '<' || c == '`' || c == '*' || c == '_') out += '\\';
    out += c;
  }
  return out;
}

std::string table_of(const Field& field) {
  std::string out = "\n|";
  std::string rule = "|";
  for (const auto& column : field.columns) {
    out += " " + escaped(column.label) + " |";
    rule += " --- |";
  }
  out += "\n" + rule + "\n";
  for (const auto& row : field.value.as_array()) {
    out += "|";
    for (const auto& column : field.columns)
      out += " " + escaped(shown(row[column.key], column.format)) + " |";
    out += "\n";
  }
  return out;
}

}  // namespace

std::string to_markdown(const View& view) {
  std::string out;
  if (!view.headline.empty()) out += "### " + escaped(view.headline) + "\n\n";
  for (const auto& field : view.fields)
    if (!field.label.empty() && field.columns.empty())
      out += fmt::format("- **{}**: {}\n", escaped(field.label),
                         escaped(shown(field.value, field.format)));
  for (const auto& field : view.fields)
    if (!field.label.empty() && !field.columns.empty() && field.value.size() > 0)
      out += fmt::format("\n#### {}\n{}", escaped(field.label), table_of(field));
  return out;
}

}  // namespace mlo::ui
