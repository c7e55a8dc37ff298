#include "mlo/ui/comparison.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "ui/format.h"
#include "ui/markup.h"

namespace mlo::ui {
namespace {

constexpr double kHeight = 220;
constexpr double kMargin = 28;
constexpr double kBetween = 130;  // two axes of parallel coordinates
constexpr double kSide = 260;     // of a scatter
constexpr std::size_t kMaxAxes = 24;
constexpr std::size_t kMaxScatters = 24;
constexpr std::array kColors{"#2f6fdb", "#d1622b", "#17693a", "#8a3ab9",
                             "#a61b1b", "#0f7c85", "#7a6a12", "#5a6675"};

std::string color_of(std::size_t thing) {
  return kColors[thing % kColors.size()];
}

/// Where each thing lies on an axis, from 0 to 1, and what its ends are called.
struct Scale {
  std::vector<std::optional<double>> places;
  std::string low;
  std::string high;
  bool figures = true;
};

/// Words are laid out in their order; an axis with one value has everything in its middle.
Scale scale_of(const Comparison::Axis& axis) {
  Scale scale;
  scale.figures = std::ranges::all_of(
      axis.values, [](const Json& value) { return value.is_number() || value.is_null(); });
  std::map<std::string, double> words;
  if (!scale.figures)
    for (const auto& value : axis.values)
      if (!value.is_null()) words.emplace(shown(value, Format::plain), 0.0);
  double position = 0;
  for (auto& [word, place] : words) place = position++;
  std::vector<std::optional<double>> plain;
  std::optional<double> least;
  std::optional<double> most;
  for (const auto& value : axis.values) {
    auto& place = plain.emplace_back();
    if (value.is_null()) continue;
    place = scale.figures ? value.as_number() : words[shown(value, Format::plain)];
    if (!least || *place < *least) least = place, scale.low = shown(value, Format::plain);
    if (!most || *place > *most) most = place, scale.high = shown(value, Format::plain);
  }
  for (const auto& place : plain)
    scale.places.push_back(!place           ? std::nullopt
                           : *most > *least ? std::optional((*place - *least) / (*most - *least))
                                            : std::optional(0.5));
  return scale;
}

std::string label(double x, double y, std::string_view anchor, const std::string& text) {
  return fmt::format(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>)", x, y, anchor,
                     escape_markup(text));
}

std::string parallel_coordinates(const Comparison& comparison) {
  const auto count = std::min(comparison.axes.size(), kMaxAxes);
  const double width = kBetween * static_cast<double>(count);
  std::string out =
      fmt::format(R"(<svg viewBox="0 0 {} {}" role="img" aria-label="parallel coordinates">)",
                  width, kHeight + 2 * kMargin);
  std::vector<std::string> lines(comparison.names.size());
  for (std::size_t i = 0; i < count; ++i) {
    const auto scale = scale_of(comparison.axes[i]);
    const double x = kBetween * (static_cast<double>(i) + 0.5);
    out += fmt::format(R"(<line class="axis" x1="{0}" y1="{1}" x2="{0}" y2="{2}"/>)", x, kMargin,
                       kMargin + kHeight);
    out += label(x, kMargin - 16, "middle", comparison.axes[i].name);
    out += label(x, kMargin - 4, "middle", scale.high);
    out += label(x, kMargin + kHeight + 12, "middle", scale.low);
    for (std::size_t thing = 0; thing < lines.size() && thing < scale.places.size(); ++thing)
      if (const auto& place = scale.places[thing])
        lines[thing] += fmt::format("{:.1f},{:.1f} ", x, kMargin + kHeight * (1 - *place));
  }
  for (std::size_t thing = 0; thing < lines.size(); ++thing)
    out += fmt::format(
        R"(<polyline points="{}" fill="none" stroke="{}" stroke-width="2"><title>{}</title></polyline>)",
        lines[thing], color_of(thing), escape_markup(comparison.names[thing]));
  return out + "</svg>\n";
}

std::string scatter(const Comparison& comparison, const Comparison::Axis& across,
                    const Comparison::Axis& up) {
  const auto x = scale_of(across);
  const auto y = scale_of(up);
  std::string out = fmt::format(
      R"(<figure><figcaption>{} over {}</figcaption><svg viewBox="0 0 {} {}" role="img">)",
      escape_markup(up.name), escape_markup(across.name), kSide + 2 * kMargin,
      kHeight + 2 * kMargin);
  const double ground = kMargin + kHeight;
  out += fmt::format(R"(<polyline class="axis" fill="none" points="{0},{0} {0},{1} {2},{1}"/>)",
                     kMargin, ground, kMargin + kSide);
  out +=
      label(kMargin, kMargin - 4, "start", y.high) + label(kMargin + 4, ground - 4, "start", y.low);
  out += label(kMargin, ground + 12, "start", x.low) +
         label(kMargin + kSide, ground + 12, "end", x.high);
  for (std::size_t thing = 0; thing < comparison.names.size(); ++thing) {
    if (!x.places[thing] || !y.places[thing]) continue;
    out +=
        fmt::format(R"(<circle cx="{:.1f}" cy="{:.1f}" r="5" fill="{}"><title>{}</title></circle>)",
                    kMargin + kSide * *x.places[thing], ground - kHeight * *y.places[thing],
                    color_of(thing), escape_markup(comparison.names[thing]));
  }
  return out + "</svg></figure>\n";
}

std::string plots_of(const Comparison& comparison) {
  std::string out = "<h2>Params and metrics</h2>\n<p>";
  for (std::size_t thing = 0; thing < comparison.names.size(); ++thing)
    out += fmt::format(R"(<span style="color:{}">■</span> {} )", color_of(thing),
                       escape_markup(comparison.names[thing]));
  out += "</p>\n" + parallel_coordinates(comparison) + "<div class=\"plots\">\n";
  std::size_t drawn = 0;
  for (const auto& up : comparison.axes)
    for (const auto& across : comparison.axes)
      if (up.result && !across.result && scale_of(across).figures && drawn < kMaxScatters) {
        out += scatter(comparison, across, up);
        ++drawn;
      }
  return out + "</div>\n";
}

}  // namespace

std::string to_html(const View& view, const Comparison& comparison) {
  auto page = to_html(view);
  if (comparison.axes.empty()) return page;
  return page.insert(page.rfind("</body>"), plots_of(comparison));
}

}  // namespace mlo::ui
