#include "mlo/core/text.h"

#include <algorithm>

#include <fmt/format.h>

#include "mlo/ui/view.h"
#include "ui/chart.h"
#include "ui/format.h"

namespace mlo::ui {
namespace {

constexpr std::string_view kReset = "\x1b[0m";
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kYellow = "\x1b[33m";
constexpr std::size_t kMinColumn = 12;
constexpr std::size_t kMinLastColumn = 20;
constexpr std::size_t kMaxLines = 6;  // of one cell: a table is no place for a log

std::string painted(std::string_view text, std::string_view color, const Style& style) {
  if (!style.color || color.empty()) return std::string(text);
  return fmt::format("{}{}{}", color, text, kReset);
}

struct Cell {
  std::string text;
  bool right = false;
  std::string_view color = {};
};

Cell cell_of(const Json& row, const Column& column) {
  const auto& value = row[column.key];
  Cell cell{.text = shown(value, column.format), .right = aligns_right(column.format, value)};
  if (column.format == Format::verdict)
    cell.color = !value.is_bool() ? kYellow : value.as_bool() ? kGreen : kRed;
  return cell;
}

std::string padded(const Cell& cell, std::size_t width, bool last, const Style& style) {
  const std::string space(width - std::min(width, display_width(cell.text)), ' ');
  const auto text = painted(cell.text, cell.color, style);
  if (cell.right) return space + text;
  return last ? text : text + space;
}

/// The first code points of `text` that fit, with an ellipsis.
std::string shortened(const std::string& text, std::size_t width) {
  if (display_width(text) <= width) return text;
  std::string kept;
  std::size_t points = 0;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U && ++points >= width) break;
    kept += c;
  }
  return kept + "…";
}

/// Bytes of `text` that fill `width` columns.
std::size_t bytes_of_columns(std::string_view text, std::size_t width) {
  std::size_t points = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U && ++points > width) return i;
  return text.size();
}

/// `text` in lines of at most `width` columns, broken between words where there are any, else after
/// a sign that joins the parts of a name.
std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  while (display_width(text) > width && lines.size() + 1 < kMaxLines) {
    auto end = bytes_of_columns(text, width);
    // The word may end just where the line does: the space after it is looked at too.
    const auto space = text.substr(0, end + 1).rfind(' ');
    const bool between_words =
        space != std::string_view::npos && text.find_first_not_of(' ') < space;
    const auto joint = text.substr(0, end).find_last_of("_/-.,=");
    if (between_words)
      end = space;
    else if (joint != std::string_view::npos && joint + 1 >= end / 2)
      end = joint + 1;
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(between_words ? end + 1 : end);
  }
  lines.push_back(shortened(std::string(text), width));
  return lines;
}

struct Width {
  std::size_t now = 0;
  std::size_t least = kMinColumn;  // a figure in two lines would be two figures
};

/// Gives way until a row fits the terminal, where there is one: first in the last column, where
/// free text stands, then in the widest ones.
void fit(std::vector<Width>& widths, int terminal) {
  const auto too_wide = [&] {
    std::size_t sum = 2 * widths.size();
    for (const auto& width : widths) sum += width.now;
    return sum > static_cast<std::size_t>(terminal);
  };
  if (terminal == 0) return;
  auto& last = widths.back();
  while (too_wide() && last.now > std::max(kMinLastColumn, last.least)) --last.now;
  while (too_wide()) {
    const auto widest = std::ranges::max_element(
        widths, {}, [](const Width& width) { return width.now > width.least ? width.now : 0; });
    if (widest->now <= widest->least) return;
    --widest->now;
  }
}

/// A row of a table: as many lines as its tallest cell takes.
std::string row_text(const std::vector<Cell>& row, const std::vector<Width>& widths,
                     const Style& style) {
  std::vector<std::vector<std::string>> cells;
  std::size_t height = 1;
  for (std::size_t i = 0; i < row.size(); ++i) {
    cells.push_back(wrapped(row[i].text, widths[i].now));
    height = std::max(height, cells.back().size());
  }
  std::string out;
  for (std::size_t at = 0; at < height; ++at) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      Cell part = row[i];
      part.text = at < cells[i].size() ? cells[i][at] : std::string();
      if (part.text.empty()) part.color = {};
      line += "  " + padded(part, widths[i].now, i + 1 == row.size(), style);
    }
    while (line.ends_with(' ')) line.pop_back();
    out += line + '\n';
  }
  return out;
}

std::string table_text(const Field& field, const Style& style) {
  std::vector<std::vector<Cell>> rows(1);
  for (const auto& column : field.columns) rows[0].push_back({.text = column.label, .color = kDim});
  for (const auto& row : field.value.as_array()) {
    rows.emplace_back();
    for (const auto& column : field.columns) rows.back().push_back(cell_of(row, column));
  }
  std::vector<Width> widths(field.columns.size());
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto width = display_width(row[i].text);
      widths[i].now = std::max(widths[i].now, width);
      if (row[i].right) widths[i].least = std::max(widths[i].least, width);
    }
  fit(widths, style.width);
  // A heading stands over its figures.
  if (rows.size() > 1)
    for (std::size_t i = 0; i < widths.size(); ++i) rows[0][i].right = rows[1][i].right;
  std::string out;
  for (const auto& row : rows) out += row_text(row, widths, style);
  return out;
}

std::string plain_fields(const View& view, const Style& style) {
  std::size_t width = 0;
  for (const auto& field : view.fields)
    if (field.columns.empty()) width = std::max(width, display_width(field.label));
  std::string out;
  for (const auto& field : view.fields) {
    if (field.label.empty() || !field.columns.empty()) continue;
    const auto value = shown(field.value, field.format);
    const std::string space(width - display_width(field.label), ' ');
    const bool verdict = field.format == Format::verdict && field.value.is_bool();
    const auto color = verdict ? (field.value.as_bool() ? kGreen : kRed) : std::string_view();
    out += fmt::format("  {}{}  {}\n", painted(field.label, kDim, style), space,
                       painted(value, color, style));
  }
  return out;
}

}  // namespace

std::string to_text(const View& view, const Style& style) {
  std::string out;
  if (!view.headline.empty()) {
    const auto color = !view.good ? kBold : *view.good ? kGreen : kRed;
    out += painted(view.headline, color, style) + "\n";
  }
  out += plain_fields(view, style);
  for (const auto& field : view.fields) {
    if (field.columns.empty() || field.label.empty() || field.value.size() == 0) continue;
    if (!out.empty()) out += '\n';
    out += painted(field.label, kBold, style) + '\n' + table_text(field, style);
  }
  for (const auto& chart : view.charts) out += '\n' + draw_chart(chart, style);
  if (!view.next.empty()) {
    out += '\n';
    for (const auto& command : view.next) out += painted("next: " + command, kDim, style) + '\n';
  }
  return out;
}

std::string to_text(const Error& error, const Style& style) {
  std::string out = painted("error: ", kRed, style) + error.message() + '\n';
  for (const auto& context : error.context()) out += "  while " + context + '\n';
  if (!error.hint().empty()) out += painted("hint: ", kBold, style) + error.hint() + '\n';
  return out;
}

}  // namespace mlo::ui
