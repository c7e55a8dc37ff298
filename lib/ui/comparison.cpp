#include "mlo/ui/comparison.h"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "mlo/core/figure.h"
#include "ui/chart.h"
#include "ui/comparison_page.h"
#include "ui/format.h"
#include "ui/markup.h"

namespace mlo::ui {
namespace {

constexpr double kHeight = 220;
constexpr double kTop = 34;
constexpr double kBelow = 24;
constexpr double kBetween = 130;  // two axes of parallel coordinates
constexpr double kLeft = 52;      // of curves and scatters, for their figures
constexpr double kRight = 14;
constexpr double kWidth = 380;
constexpr std::size_t kMaxAxes = 24;
constexpr std::size_t kMaxPlots = 24;
constexpr std::size_t kMaxPoints = 400;  // of a curve
constexpr std::size_t kColors = 8;

/// "run r3" and the colour that goes with it.
std::string mark_of(std::size_t thing) {
  return fmt::format(R"svg(class="run r{0}" data-run="{0}" style="--c:var(--r{1})")svg", thing,
                     thing % kColors);
}

/// Where each thing lies on an axis, from 0 to 1, and what its ends are called.
struct Scale {
  std::vector<std::optional<double>> places;
  std::string low;
  std::string high;
  bool figures = true;
};

/// Each word of an axis and its place: the words in their order.
std::map<std::string, double> places_of_words(const Comparison::Axis& axis) {
  std::map<std::string, double> words;
  for (const auto& value : axis.values)
    if (!value.is_null()) words.emplace(shown(value, Format::plain), 0.0);
  double position = 0;
  for (auto& [word, place] : words) place = position++;
  return words;
}

/// An axis with one value has everything in its middle.
Scale scale_of(const Comparison::Axis& axis) {
  Scale scale;
  scale.figures = std::ranges::all_of(
      axis.values, [](const Json& value) { return value.is_number() || value.is_null(); });
  const auto words = scale.figures ? std::map<std::string, double>() : places_of_words(axis);
  std::vector<std::optional<double>> plain;
  std::optional<double> least;
  std::optional<double> most;
  for (const auto& value : axis.values) {
    auto& place = plain.emplace_back();
    if (value.is_null()) continue;
    place = scale.figures ? value.as_number() : words.at(shown(value, Format::plain));
    if (!least || *place < *least) least = place, scale.low = shown(value, Format::number);
    if (!most || *place > *most) most = place, scale.high = shown(value, Format::number);
  }
  for (const auto& place : plain)
    scale.places.push_back(!place           ? std::nullopt
                           : *most > *least ? std::optional((*place - *least) / (*most - *least))
                                            : std::optional(0.5));
  return scale;
}

std::string label(double x, double y, std::string_view anchor, const std::string& text,
                  std::string_view kind = "") {
  return fmt::format(R"svg(<text x="{:.1f}" y="{:.1f}" text-anchor="{}"{}>{}</text>)svg", x, y,
                     anchor, kind.empty() ? "" : fmt::format(R"svg( class="{}")svg", kind),
                     escape_markup(text));
}

std::string legend(const Comparison& comparison) {
  std::string out = R"svg(<div class="legend" role="group" aria-label="runs">)svg";
  for (std::size_t thing = 0; thing < comparison.names.size(); ++thing)
    out += fmt::format(
        R"svg(<button type="button" data-run="{}" aria-pressed="true" style="--c:var(--r{})">{}</button>)svg",
        thing, thing % kColors, escape_markup(comparison.names[thing]));
  return out + "</div>\n";
}

/// Names for the script; '<' could end it.
std::string names_of(const Comparison& comparison) {
  Json names = Json::array();
  for (const auto& name : comparison.names) names.add(name);
  std::string text;
  for (const char c : names.dump()) text += c == '<' ? std::string(R"(\u003c)") : std::string(1, c);
  return R"svg(<script type="application/json" id="runs">)svg" + text + "</script>\n";
}

std::string parallel_coordinates(const Comparison& comparison) {
  const auto count = std::min(comparison.axes.size(), kMaxAxes);
  const double width = kBetween * static_cast<double>(count);
  std::string out = fmt::format(
      R"svg(<figure class="plot wide"><svg class="marks" viewBox="0 0 {} {}" role="img" aria-label="parallel coordinates">)svg",
      width, kTop + kHeight + kBelow);
  std::vector<std::string> lines(comparison.names.size());
  for (std::size_t i = 0; i < count; ++i) {
    const auto scale = scale_of(comparison.axes[i]);
    const double x = kBetween * (static_cast<double>(i) + 0.5);
    out += fmt::format(R"svg(<line class="axis" x1="{0}" y1="{1}" x2="{0}" y2="{2}"/>)svg", x, kTop,
                       kTop + kHeight);
    out += label(x, kTop - 20, "middle", comparison.axes[i].name, "name");
    out += label(x, kTop - 6, "middle", scale.high);
    out += label(x, kTop + kHeight + 14, "middle", scale.low);
    for (std::size_t thing = 0; thing < lines.size() && thing < scale.places.size(); ++thing)
      if (const auto& place = scale.places[thing])
        lines[thing] += fmt::format("{:.1f},{:.1f} ", x, kTop + kHeight * (1 - *place));
  }
  for (std::size_t thing = 0; thing < lines.size(); ++thing)
    out += fmt::format(R"svg(<polyline {} points="{}"><title>{}</title></polyline>)svg",
                       mark_of(thing), lines[thing], escape_markup(comparison.names[thing]));
  return out + "</svg></figure>\n";
}

std::string frame() {
  return fmt::format(
      R"svg(<polyline class="axis" fill="none" points="{0},{1} {0},{2} {3},{2}"/>)svg", kLeft,
      kTop - 20, kTop + kHeight, kLeft + kWidth);
}

std::string scatter(const Comparison& comparison, const Comparison::Axis& across,
                    const Comparison::Axis& up) {
  const auto x = scale_of(across);
  const auto y = scale_of(up);
  std::string out = fmt::format(
      R"svg(<figure class="plot"><figcaption>{0} over {1}</figcaption><svg class="marks" viewBox="0 0 {2} {3}" role="img" aria-label="{0} over {1}">)svg",
      escape_markup(up.name), escape_markup(across.name), kLeft + kWidth + kRight,
      kTop + kHeight + kBelow);
  const double ground = kTop + kHeight;
  out += frame();
  out += label(kLeft - 6, kTop - 8, "end", y.high) + label(kLeft - 6, ground, "end", y.low);
  out +=
      label(kLeft, ground + 16, "start", x.low) + label(kLeft + kWidth, ground + 16, "end", x.high);
  for (std::size_t thing = 0; thing < comparison.names.size(); ++thing) {
    if (!x.places[thing] || !y.places[thing]) continue;
    const auto told =
        fmt::format("{}: {}\n{}: {}", across.name, shown(across.values[thing], Format::plain),
                    up.name, shown(up.values[thing], Format::plain));
    out += fmt::format(
        R"svg(<circle {} cx="{:.1f}" cy="{:.1f}" r="6" data-tip="{}"><title>{}</title></circle>)svg",
        mark_of(thing), kLeft + 8 + (kWidth - 16) * *x.places[thing],
        ground - 8 - (kHeight - 4) * *y.places[thing], escape_markup(told),
        escape_markup(comparison.names[thing]));
  }
  return out + "</svg></figure>\n";
}

/// A learning curve; its points go along for the script, which tells them at the pointer.
class CurvePlot {
 public:
  explicit CurvePlot(const Chart& chart) : chart_(chart), extent_(extent_of(chart)) {}

  [[nodiscard]] std::string draw() const {
    std::string lines;
    Json points = Json::array();
    for (std::size_t thing = 0; thing < chart_.lines.size(); ++thing) lines += line(thing, points);
    const auto data = Json::object({{"left", kLeft},
                                    {"width", kWidth},
                                    {"from", extent_.least_at},
                                    {"to", extent_.most_at},
                                    {"lines", std::move(points)}});
    return fmt::format(
               R"svg(<figure class="plot"><figcaption>{0}</figcaption><svg viewBox="0 0 {1} {2}" role="img" tabindex="0" aria-label="learning curves of {0}; arrow keys move along the steps" data-curves="{3}">)svg",
               escape_markup(chart_.title), kLeft + kWidth + kRight, kTop + kHeight + kBelow,
               escape_markup(data.dump())) +
           grid() + frame() + lines +
           fmt::format(R"svg(<line class="cursor" y1="{}" y2="{}"/></svg></figure>)svg", kTop - 20,
                       kTop + kHeight) +
           "\n";
  }

 private:
  [[nodiscard]] double x(double at) const {
    return kLeft + kWidth * (at - extent_.least_at) / (extent_.most_at - extent_.least_at);
  }
  [[nodiscard]] double y(double value) const {
    return kTop + kHeight -
           (kHeight + 14) * (value - extent_.least) / (extent_.most - extent_.least);
  }
  [[nodiscard]] std::string grid() const {
    std::string out;
    const auto up = ticks(extent_.least, extent_.most, 4);
    const auto up_names = format_scale(up);
    for (std::size_t i = 0; i < up.size(); ++i)
      out +=
          fmt::format(R"svg(<line class="grid" x1="{0}" y1="{1:.1f}" x2="{2}" y2="{1:.1f}"/>)svg",
                      kLeft, y(up[i]), kLeft + kWidth) +
          label(kLeft - 6, y(up[i]) + 4, "end", up_names[i]);
    const auto across = ticks(extent_.least_at, extent_.most_at, 5);
    const auto across_names = format_scale(across);
    for (std::size_t i = 0; i < across.size(); ++i)
      out += label(x(across[i]), kTop + kHeight + 16, "middle", across_names[i]);
    return out;
  }
  std::string line(std::size_t thing, Json& points) const {
    Json told = Json::array();
    std::string path;
    for (const auto& point : thinned(chart_.lines[thing].points, kMaxPoints)) {
      told.add(Json::array({point.at, point.value}));
      path += fmt::format("{:.1f},{:.1f} ", x(point.at), y(point.value));
    }
    points.add(std::move(told));
    if (path.empty()) return {};
    if (chart_.lines[thing].points.size() == 1)
      return fmt::format(R"svg(<circle {} cx="{:.1f}" cy="{:.1f}" r="4"/>)svg", mark_of(thing),
                         x(chart_.lines[thing].points[0].at),
                         y(chart_.lines[thing].points[0].value));
    return fmt::format(R"svg(<polyline {} points="{}"><title>{}</title></polyline>)svg",
                       mark_of(thing), path, escape_markup(chart_.lines[thing].name));
  }

  const Chart& chart_;
  Extent extent_;
};

std::string curves(const View& view) {
  if (view.charts.empty()) return {};
  std::string out = "<h2>Learning curves</h2>\n<div class=\"plots\">\n";
  for (std::size_t i = 0; i < view.charts.size() && i < kMaxPlots; ++i)
    out += CurvePlot(view.charts[i]).draw();
  return out + "</div>\n";
}

/// What says something: an axis on which all lie at one place says nothing.
bool differs(const Comparison::Axis& axis) {
  return std::ranges::any_of(axis.values,
                             [&](const Json& value) { return !(value == axis.values.front()); });
}

std::string plots_of(const Comparison& comparison) {
  Comparison differing{.names = comparison.names, .axes = {}};
  std::ranges::copy_if(comparison.axes, std::back_inserter(differing.axes), differs);
  // What was put in on the left, what came out on the right.
  std::ranges::stable_sort(differing.axes, {}, &Comparison::Axis::result);
  if (differing.axes.empty()) return {};
  std::string out = "<h2>Params and metrics</h2>\n";
  if (differing.axes.size() > 1) out += parallel_coordinates(differing);
  out += "<div class=\"plots\">\n";
  std::size_t drawn = 0;
  for (const auto& up : differing.axes)
    for (const auto& across : differing.axes)
      if (up.result && !across.result && drawn < kMaxPlots) {
        out += scatter(differing, across, up);
        ++drawn;
      }
  return out + "</div>\n";
}

}  // namespace

std::string to_html(const View& view, const Comparison& comparison) {
  auto page = to_html(view);
  page.insert(page.find("</head>"), kComparisonStyle);
  const auto plots = legend(comparison) + curves(view) + plots_of(comparison);
  const auto table = page.find("<h2>");
  page.insert(table == std::string::npos ? page.rfind("</body>") : table, plots);
  return page.insert(page.rfind("</body>"), names_of(comparison) + std::string(kComparisonScript));
}

}  // namespace mlo::ui
