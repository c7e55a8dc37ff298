#include <algorithm>

#include <fmt/format.h>

#include "mlo/ui/view.h"
#include "ui/format.h"
#include "ui/markup.h"

namespace mlo::ui {
namespace {

constexpr std::string_view kHead = R"html(<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{}</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 68rem; padding: 0 1rem; color: #1c2430 }}
h1 {{ font-size: 1.5rem }} h2 {{ font-size: 1.1rem; margin-top: 2rem }}
h1.bad {{ color: #a61b1b }} h1.good {{ color: #17693a }}
dl {{ display: grid; grid-template-columns: max-content auto; gap: .2rem 1.5rem }} dt {{ color: #5a6675 }} dd {{ margin: 0 }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #dde3ea }}
th.figure, td.figure {{ text-align: right; font-variant-numeric: tabular-nums }}
td.bad {{ color: #a61b1b; font-weight: 600 }} td.good {{ color: #17693a }}
.plots {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)); gap: 1rem }}
figure {{ margin: 0 }} figcaption {{ font-weight: 600 }} figcaption.bad {{ color: #a61b1b }}
.reference {{ fill: #9aa7b5 }} .current {{ fill: #2f6fdb; fill-opacity: .75 }}
.axis {{ stroke: #9aa7b5 }} text {{ font-size: 10px; fill: #5a6675 }}
@media print {{ @page {{ margin: 15mm }} body {{ font-size: 9pt; margin: 0; max-width: none; padding: 0 }} thead {{ display: table-header-group }}
  tr, figure {{ break-inside: avoid }} h2 {{ break-after: avoid }} td {{ overflow-wrap: anywhere }} }}
</style></head><body>
)html";
constexpr double kPlotWidth = 300;
constexpr double kPlotHeight = 120;
constexpr double kPlotMargin = 14;       // above for the scale, below for the names of bins
constexpr std::size_t kMaxBinName = 24;  // of two side by side, in bytes

std::string bar(std::string_view kind, double x, double width, double height) {
  return fmt::format(R"(<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>)",
                     kind, x, kPlotMargin + std::max(kPlotHeight - height, 0.0), width, height);
}

std::string text(double x, double y, std::string_view anchor, const std::string& content) {
  return fmt::format(R"(<text x="{}" y="{}" text-anchor="{}">{}</text>)", x, y, anchor,
                     escape_markup(content));
}

/// Two long names under one plot would run into each other.
std::string brief(const std::string& name) {
  if (name.size() <= kMaxBinName) return name;
  auto end = kMaxBinName;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0U) == 0x80U) --end;
  return name.substr(0, end) + "…";
}

double share_at(const std::vector<double>& shares, std::size_t bin) {
  return bin < shares.size() ? shares[bin] : 0;
}

/// The line that bars stand on, what the highest of them is, and the first and last bin.
std::string axes(const Histogram& histogram, double most) {
  constexpr auto kGround = kPlotMargin + kPlotHeight;
  auto out =
      fmt::format(R"(<line class="axis" x1="0" y1="{0}" x2="{1}" y2="{0}"/>)", kGround, kPlotWidth);
  out += text(0, kPlotMargin - 4, "start", fmt::format("{:.1f} %", most * 100));
  if (histogram.bins.empty()) return out;
  const auto below = kGround + kPlotMargin - 3;
  out += text(0, below, "start", brief(histogram.bins.front()));
  if (histogram.bins.size() > 1)
    out += text(kPlotWidth, below, "end", brief(histogram.bins.back()));
  return out;
}

std::string plot_of(const Histogram& histogram) {
  double most = 1e-9;
  for (const double share : histogram.reference) most = std::max(most, share);
  for (const double share : histogram.current) most = std::max(most, share);
  const auto count = std::max<std::size_t>(histogram.bins.size(), 1);
  const double step = kPlotWidth / static_cast<double>(count);
  std::string out = fmt::format(
      "<figure><figcaption{}>{}{}</figcaption><svg viewBox=\"0 0 {} {}\" role=\"img\" "
      "aria-label=\"{}\">",
      histogram.flagged ? " class=\"bad\"" : "", escape_markup(histogram.title),
      histogram.flagged ? " (drifted)" : "", kPlotWidth, kPlotHeight + 2 * kPlotMargin,
      histogram.current.empty() ? "distribution" : "reference and current distribution");
  for (std::size_t i = 0; i < histogram.bins.size(); ++i) {
    const double x = static_cast<double>(i) * step;
    const double reference = share_at(histogram.reference, i);
    const double current = share_at(histogram.current, i);
    if (histogram.current.empty()) {
      out += fmt::format("<g><title>{}: {:.1f} %</title>", escape_markup(histogram.bins[i]),
                         reference * 100);
      out += bar("current", x + step * 0.08, step * 0.84, kPlotHeight * reference / most) + "</g>";
      continue;
    }
    out += fmt::format("<g><title>{}: reference {:.1f} %, current {:.1f} %</title>",
                       escape_markup(histogram.bins[i]), reference * 100, current * 100);
    out += bar("reference", x + step * 0.08, step * 0.42, kPlotHeight * reference / most);
    out += bar("current", x + step * 0.5, step * 0.42, kPlotHeight * current / most) + "</g>";
  }
  return out + axes(histogram, most) + "</svg></figure>\n";
}

std::string cell_of(const Json& value, Format format) {
  std::string_view kind;
  if (format == Format::verdict && value.is_bool())
    kind = value.as_bool() ? " class=\"good\"" : " class=\"bad\"";
  else if (aligns_right(format, value))
    kind = " class=\"figure\"";
  return fmt::format("<td{}>{}</td>", kind, escape_markup(shown(value, format)));
}

std::string table_of(const Field& field) {
  std::string out = fmt::format("<h2>{}</h2>\n<table><thead><tr>", escape_markup(field.label));
  const auto& first = field.value.as_array().front();
  for (const auto& column : field.columns)
    // A heading stands over its figures.
    out += fmt::format("<th{}>{}</th>",
                       aligns_right(column.format, first[column.key]) ? " class=\"figure\"" : "",
                       escape_markup(column.label));
  // A printed table repeats its head on each sheet.
  out += "</tr></thead>\n";
  for (const auto& row : field.value.as_array()) {
    out += "<tr>";
    for (const auto& column : field.columns) out += cell_of(row[column.key], column.format);
    out += "</tr>\n";
  }
  return out + "</table>\n";
}

}  // namespace

std::string to_html(const View& view) {
  const auto title = escape_markup(view.headline.empty() ? view.shape : view.headline);
  std::string out = fmt::format(kHead, title);
  const std::string_view kind = !view.good ? "" : *view.good ? " class=\"good\"" : " class=\"bad\"";
  out += fmt::format("<h1{}>{}</h1>\n<dl>", kind, title);
  for (const auto& field : view.fields)
    if (!field.label.empty() && field.columns.empty())
      out += fmt::format("<dt>{}</dt><dd>{}</dd>", escape_markup(field.label),
                         escape_markup(shown(field.value, field.format)));
  out += "</dl>\n";
  for (const auto& field : view.fields)
    if (!field.label.empty() && !field.columns.empty() && field.value.size() > 0)
      out += table_of(field);
  if (!view.histograms.empty()) {
    const bool two = std::any_of(view.histograms.begin(), view.histograms.end(),
                                 [](const Histogram& plot) { return !plot.current.empty(); });
    out += fmt::format("<h2>Distributions{}</h2>\n<div class=\"plots\">\n",
                       two ? " <small>(grey: reference, blue: current)</small>" : "");
    for (const auto& histogram : view.histograms) out += plot_of(histogram);
    out += "</div>\n";
  }
  return out + "</body></html>\n";
}

}  // namespace mlo::ui
