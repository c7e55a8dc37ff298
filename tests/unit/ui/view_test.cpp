#include "mlo/ui/view.h"

#include <algorithm>

#include <catch2/catch.hpp>

using namespace mlo;
using namespace mlo::ui;

namespace {

View sample() {
  return {.shape = "sample/1",
          .headline = "2 checks failed",
          .good = false,
          .fields = {{"path", "Path", "data/<train>.csv"},
                     {"size_bytes", "Size", 12'345, Format::bytes},
                     {"secret", "", 7},
                     {"checks",
                      "Checks",
                      Json::array(
                          {Json::object({{"name", "auc"},
                                         {"target", "m@1"},
                                         {"severity", "error"},
                                         {"passed", false},
                                         {"value", 0.5},
                                         {"threshold", ">= 0.8"}}),
                           Json::object({{"name", "size"}, {"target", "m@1"}, {"passed", true}})}),
                      Format::plain,
                      {{"name", "Check"},
                       {"passed", "", Format::verdict},
                       {"value", "Value", Format::number}}}},
          .histograms = {{.title = "x",
                          .bins = {"a", "b"},
                          .reference = {0.5, 0.5},
                          .current = {1, 0},
                          .flagged = true}}};
}

}  // namespace

TEST_CASE("text aligns fields and tables and says in words what colour repeats", "[view]") {
  CHECK(to_text(sample(), {}) ==
        "2 checks failed\n"
        "  Path  data/<train>.csv\n"
        "  Size  12.3 kB\n"
        "\n"
        "Checks\n"
        "  Check          Value\n"
        "  auc    FAILED    0.5\n"
        "  size   ok      –\n");
}

TEST_CASE("colour appears only when it is asked for", "[view]") {
  CHECK(to_text(sample(), {.color = false}).find('\x1b') == std::string::npos);
  CHECK(to_text(sample(), {.color = true}).find("\x1b[31mFAILED\x1b[0m") != std::string::npos);
}

TEST_CASE("JSON carries the shape and plain values, unlabelled ones too", "[view]") {
  const auto json = Json::parse(to_json(sample()));
  CHECK(json["shape"].as_string() == "sample/1");
  CHECK(json["size_bytes"].as_integer() == 12'345);
  CHECK(json["secret"].as_integer() == 7);
  CHECK(json["checks"].size() == 2);
}

TEST_CASE("markup escapes what came from outside", "[view]") {
  CHECK(to_html(sample()).find("data/&lt;train&gt;.csv") != std::string::npos);
  CHECK(to_html(sample()).find("<script") == std::string::npos);
  CHECK(to_markdown(sample()).find("data/\\<train>.csv") != std::string::npos);
}

TEST_CASE("a page says in words which distribution drifted, and aligns headings", "[view]") {
  const auto page = to_html(sample());
  CHECK(page.find("<figcaption class=\"bad\">x (drifted)</figcaption>") != std::string::npos);
  CHECK(page.find("<th class=\"figure\">Value</th>") != std::string::npos);
  CHECK(page.find("100.0 %</text>") != std::string::npos);
  CHECK(page.find("y=\"-") == std::string::npos);
}

TEST_CASE("JUnit counts failures", "[view]") {
  const auto xml = to_junit(sample());
  const std::string totals = "tests=\"2\" failures=\"1\" skipped=\"0\"";
  const std::string failure = "<failure message=\"0.5 (threshold &gt;= 0.8)\">";
  CHECK(xml.find(totals) != std::string::npos);
  CHECK(xml.find(failure) != std::string::npos);
}

TEST_CASE("SARIF and annotations name the file, the line and the rule of what failed", "[view]") {
  const auto check = [](bool passed, const char* severity, Json lines) {
    return Json::object({{"name", "id: unique"},
                         {"target", "data/a b,c.csv"},
                         {"severity", severity},
                         {"passed", passed},
                         {"value", 2},
                         {"threshold", 0},
                         {"sample_lines", std::move(lines)},
                         {"message", "2 rows\n50 %"}});
  };
  View view{.shape = "validate/1"};
  view.fields = {
      {"checks", "",
       Json::array({check(false, "error", Json::array({4, 7})), check(false, "warn", Json::array()),
                    check(true, "error", Json::array())})}};
  const auto sarif = Json::parse(to_sarif(view));
  CHECK(sarif["version"].as_string() == "2.1.0");
  const auto& run = sarif["runs"].as_array().at(0);
  CHECK(run["tool"]["driver"]["rules"].size() == 1);
  const auto& results = run["results"].as_array();
  REQUIRE(results.size() == 2);
  CHECK(results[0]["level"].as_string() == "error");
  CHECK(results[1]["level"].as_string() == "warning");
  REQUIRE(results[0]["locations"].size() == 2);
  const auto& place = results[0]["locations"].as_array().at(1)["physicalLocation"];
  CHECK(place["artifactLocation"]["uri"].as_string() == "data/a%20b%2Cc.csv");
  CHECK(place["region"]["startLine"].as_integer() == 7);
  CHECK(to_github(view) ==
        "::error file=data/a b%2Cc.csv,line=4,title=id%3A unique::id: unique: 2 (threshold 0): 2 "
        "rows%0A50 %25\n"
        "::warning file=data/a b%2Cc.csv,title=id%3A unique::id: unique: 2 (threshold 0): 2 "
        "rows%0A50 %25\n");
}

TEST_CASE("a wide table gives way to the terminal", "[view]") {
  View view = sample();
  view.fields = {{"rows",
                  "Rows",
                  Json::array({Json::object({{"a", std::string(200, 'x')}, {"b", "y"}})}),
                  Format::plain,
                  {{"a", "A"}, {"b", "B"}}}};
  const auto text = to_text(view, {.width = 60});
  std::size_t longest = 0;
  for (std::size_t start = 0; start < text.size();) {
    const auto end = text.find('\n', start);
    longest = std::max(longest, end - start);
    start = end + 1;
  }
  CHECK(longest <= 62);  // the ellipsis is one column and three bytes
}

TEST_CASE("where there is no terminal cells are whole, a row a line", "[view]") {
  const std::string name(300, 'x');
  View view{.shape = "sample/1"};
  view.fields = {{"rows",
                  "Rows",
                  Json::array({Json::object({{"a", name}, {"id", "01M8CBC5SS1C4PX83JVAR0Q65E"}})}),
                  Format::plain,
                  {{"a", "A"}, {"id", "Id"}}}};
  CHECK(to_text(view, {}).ends_with("  " + name + "  01M8CBC5SS1C4PX83JVAR0Q65E\n"));
}

TEST_CASE("a time says its zone", "[view]") {
  View view{.shape = "sample/1"};
  view.fields = {{"at", "At", "2026-11-23T08:44:00.123456Z", Format::time},
                 {"never", "Never", Json(), Format::time}};
  CHECK(to_text(view, {}) == "  At     2026-11-23 08:44:00Z\n  Never  –\n");
}

TEST_CASE("what does not fit a column goes on in the next line, between words", "[view]") {
  View view{.shape = "sample/1"};
  view.fields = {{"rows",
                  "Rows",
                  Json::array({Json::object({{"name", "accuracy where size_group = large"},
                                             {"value", 1},
                                             {"note", "300 calls of one row on this machine"}}),
                               Json::object({{"name", "size"}, {"value", 7}, {"note", "short"}})}),
                  Format::plain,
                  {{"name", "Check"}, {"value", "Value"}, {"note", ""}}}};
  CHECK(to_text(view, {.width = 70}) ==
        "Rows\n"
        "  Check                              Value\n"
        "  accuracy where size_group = large      1  300 calls of one row on\n"
        "                                            this machine\n"
        "  size                                   7  short\n");
}

TEST_CASE("figures of a column read alike, and none breaks where a table gives way", "[view]") {
  const auto row = [](Json value) {
    return Json::object({{"name", "a name that is too long for this terminal"},
                         {"value", std::move(value)},
                         {"path", "a/path/that/is/just/as/long/as/it/can/be"}});
  };
  View view{.shape = "sample/1"};
  view.fields = {{"rows",
                  "Rows",
                  Json::array({row(6560), row(13'420.4), row(90'029'829'920'457.5)}),
                  Format::plain,
                  {{"name", "Name"}, {"value", "Value", Format::number}, {"path", "Path"}}}};
  CHECK(to_text(view, {.width = 56}) ==
        "Rows\n"
        "  Name                         Value  Path\n"
        "  a name that is too            6560  a/path/that/is/\n"
        "  long for this                       just/as/long/as/\n"
        "  terminal                            it/can/be\n"
        "  a name that is too           13420  a/path/that/is/\n"
        "  long for this                       just/as/long/as/\n"
        "  terminal                            it/can/be\n"
        "  a name that is too  90029829920458  a/path/that/is/\n"
        "  long for this                       just/as/long/as/\n"
        "  terminal                            it/can/be\n");
}

TEST_CASE("a cell without end is cut", "[view]") {
  View view{.shape = "sample/1"};
  view.fields = {{"rows",
                  "Rows",
                  Json::array({Json::object({{"a", std::string(10'000, 'x')}})}),
                  Format::plain,
                  {{"a", "A"}}}};
  const auto text = to_text(view, {.width = 60});
  CHECK(std::ranges::count(text, '\n') == 8);
  CHECK(text.ends_with("…\n"));
}

TEST_CASE("an error shows its context and its hint", "[view]") {
  const auto error = Error(ErrorKind::not_found, "no model '{}'", "chrun")
                         .while_doing("reading 'mlo.yaml'")
                         .hint("known models: churn");
  CHECK(to_text(error, {}) ==
        "error: no model 'chrun'\n  while reading 'mlo.yaml'\nhint: known models: churn\n");
  CHECK(Json::parse(to_json(error))["error"]["exit_code"].as_integer() == 3);
}
