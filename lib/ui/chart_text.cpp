#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "mlo/core/figure.h"
#include "ui/chart.h"
#include "ui/format.h"

namespace mlo::ui {
namespace {

constexpr int kRows = 10;
constexpr int kMaxColumns = 72;
constexpr std::size_t kMaxLines = 12;
constexpr std::string_view kReset = "\x1b[0m";
constexpr std::array<std::string_view, 6> kColors{"\x1b[34m", "\x1b[33m", "\x1b[32m",
                                                  "\x1b[35m", "\x1b[36m", "\x1b[31m"};

/// A field of cells, each of two by four dots; the line that drew last into a cell colours it.
class Canvas {
 public:
  explicit Canvas(int columns)
      : columns_(columns), cells_(static_cast<std::size_t>(columns * kRows)) {}

  void line(double x0, double y0, double x1, double y1, std::size_t by) {
    const int steps = static_cast<int>(std::max(std::abs(x1 - x0), std::abs(y1 - y0))) + 1;
    for (int i = 0; i <= steps; ++i) {
      const double share = static_cast<double>(i) / steps;
      dot(static_cast<int>(std::lround(x0 + share * (x1 - x0))),
          static_cast<int>(std::lround(y0 + share * (y1 - y0))), by);
    }
  }

  [[nodiscard]] std::string row(int row, const Style& style) const {
    std::string out;
    for (int column = 0; column < columns_; ++column) {
      const int place = row * columns_ + column;
      const auto& cell = cells_[static_cast<std::size_t>(place)];
      if (cell.dots == 0)
        out += ' ';
      else if (style.color)
        out += fmt::format("{}{}{}", kColors[cell.by % kColors.size()], braille(cell.dots), kReset);
      else
        out += static_cast<char>('a' + static_cast<char>(cell.by));
    }
    while (out.ends_with(' ')) out.pop_back();
    return out;
  }

 private:
  struct Cell {
    unsigned dots = 0;
    std::size_t by = 0;
  };

  void dot(int x, int y, std::size_t by) {
    // Unicode 6.3, block U+2800: which bit is which dot.
    constexpr std::array<std::array<unsigned, 2>, 4> kBits{
        {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}};
    const int up = kRows * 4 - 1 - y;
    const int place = up / 4 * columns_ + x / 2;
    auto& cell = cells_[static_cast<std::size_t>(place)];
    cell.dots |= kBits[static_cast<std::size_t>(up % 4)][static_cast<std::size_t>(x % 2)];
    cell.by = by;
  }

  static std::string braille(unsigned dots) {
    // U+2800 + dots in UTF-8.
    return {static_cast<char>(0xE2), static_cast<char>(0xA0 | (dots >> 6U)),
            static_cast<char>(0x80 | (dots & 0x3FU))};
  }

  int columns_;
  std::vector<Cell> cells_;
};

std::string legend(const Chart& chart, std::size_t index, const Style& style) {
  const auto& line = chart.lines[index];
  const auto sign = style.color ? fmt::format("{}━{}", kColors[index % kColors.size()], kReset)
                                : std::string(1, static_cast<char>('a' + static_cast<char>(index)));
  if (line.points.empty()) return fmt::format("  {} {}: –\n", sign, line.name);
  return fmt::format("  {} {}: {} → {}\n", sign, line.name,
                     shown(line.points.front().value, Format::number),
                     shown(line.points.back().value, Format::number));
}

}  // namespace

std::string draw_chart(const Chart& chart, const Style& style) {
  const auto extent = extent_of(chart);
  const auto ends = format_scale(std::array{extent.least, extent.most});
  const auto& least = ends.front();
  const auto& most = ends.back();
  const auto margin = std::max(display_width(most), display_width(least));
  const int room = style.width == 0 ? kMaxColumns : style.width - static_cast<int>(margin) - 5;
  const int columns = std::clamp(room, 10, kMaxColumns);
  Canvas canvas(columns);
  const auto x = [&](double at) {
    return (at - extent.least_at) / (extent.most_at - extent.least_at) * (columns * 2 - 1);
  };
  const auto y = [&](double value) {
    return (value - extent.least) / (extent.most - extent.least) * (kRows * 4 - 1);
  };
  const auto shown_lines = std::min(chart.lines.size(), kMaxLines);
  for (std::size_t i = 0; i < shown_lines; ++i) {
    const auto& points = chart.lines[i].points;
    for (std::size_t at = 0; at < points.size(); ++at) {
      const auto& from = points[at == 0 ? 0 : at - 1];
      canvas.line(x(from.at), y(from.value), x(points[at].at), y(points[at].value), i);
    }
  }
  std::string out = chart.title + '\n';
  for (int row = 0; row < kRows; ++row) {
    const auto& label = row == 0 ? most : row + 1 == kRows ? least : std::string();
    out += fmt::format("  {:>{}} │ {}", label, margin, canvas.row(row, style));
    while (out.ends_with(' ')) out.pop_back();
    out += '\n';
  }
  const auto first = shown(extent.least_at, Format::number);
  const auto last = shown(extent.most_at, Format::number);
  const auto gap = static_cast<int>(first.size() + last.size());
  out += fmt::format("  {} └{}\n", std::string(margin, ' '), [&] {
    std::string ground;
    for (int i = 0; i <= columns; ++i) ground += "─";
    return ground;
  }());
  out += fmt::format("  {}   {}{}{}\n", std::string(margin, ' '), first,
                     std::string(static_cast<std::size_t>(std::max(columns - gap, 1)), ' '), last);
  for (std::size_t i = 0; i < shown_lines; ++i) out += legend(chart, i, style);
  if (chart.lines.size() > shown_lines)
    out += fmt::format("  and {} more\n", chart.lines.size() - shown_lines);
  return out;
}

}  // namespace mlo::ui
