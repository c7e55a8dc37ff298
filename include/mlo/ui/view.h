#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mlo/core/error.h"
#include "mlo/core/json.h"

namespace mlo::ui {

/// How a figure reads to a person; JSON always carries the plain value.
enum class Format {
  plain,
  count,     ///< 1,234,567
  bytes,     ///< 12.3 kB
  share,     ///< 0.123 as 12.3 %
  number,    ///< as `format_figure` does
  duration,  ///< milliseconds as "1.2 s"
  time,      ///< RFC 3339, UTC, as "2026-11-23 08:44:00Z"
  digest,    ///< "sha256:…" as its first twelve digits
  verdict,   ///< true as "ok", false as "FAILED", a word ("warned") as it is; coloured
};

struct Column {
  std::string key;
  std::string label;
  Format format = Format::plain;
};

/// One fact of an answer. With `columns`, `value` is an array of objects and is drawn as a table.
/// A field without a label is for scripts only. Keys carry units: `size_bytes`, `latency_ms`.
struct Field {
  std::string key;
  std::string label;
  Json value;
  Format format = Format::plain;
  std::vector<Column> columns = {};
};

/// Two distributions of one column side by side, for HTML pages.
struct Histogram {
  std::string title;
  std::vector<std::string> bins;
  std::vector<double> reference;  ///< shares, one a bin
  std::vector<double> current;    ///< empty: there is but one distribution
  bool flagged = false;
};

/// How a figure went, for several things: learning curves.
struct Chart {
  struct Point {
    double at = 0;  ///< the step
    double value = 0;
  };
  struct Line {
    std::string name;
    std::vector<Point> points;  ///< ascending; none: this thing has no such figure
  };
  std::string title;
  std::vector<Line> lines;
};

/// The answer of a command; text, JSON, Markdown, JUnit and HTML are all rendered from it.
struct View {
  std::string shape;              ///< "track/1": names schemas/cli/track-1.schema.json
  std::string headline;           ///< one sentence for people; may be empty
  std::optional<bool> good = {};  ///< colours the headline
  std::vector<Field> fields = {};
  std::vector<std::string> next = {};  ///< commands worth typing now
  std::vector<Histogram> histograms = {};
  std::vector<Chart> charts = {};  ///< drawn as text and on pages; scripts find them in a field
};

struct Style {
  bool color = false;
  int width = 0;  ///< columns of the terminal; 0: there is none, and nothing is wrapped
};

std::string to_text(const View& view, const Style& style);
/// An error as people read it: "error: …", what was being done, "hint: …".
std::string to_text(const Error& error, const Style& style);
/// {"error": {"kind", "message", "context", "hint", "exit_code"}}
std::string to_json(const Error& error);
/// One line of JSON: the shape, then every field under its key.
std::string to_json(const View& view);
std::string to_markdown(const View& view);
/// A page that needs nothing else: inline style and SVG, no scripts.
std::string to_html(const View& view);
/// JUnit XML of the field "checks" (rows with name, target, passed, value, threshold).
std::string to_junit(const View& view);
/// SARIF 2.1.0 (OASIS) of the failed among the field "checks".
std::string to_sarif(const View& view);
/// One workflow command of GitHub Actions a failed check: what its runner draws beside the file.
std::string to_github(const View& view);

}  // namespace mlo::ui
