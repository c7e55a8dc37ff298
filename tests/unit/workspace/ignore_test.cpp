#include "workspace/ignore.h"

#include <chrono>
#include <map>
#include <random>
#include <set>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/stat.h>

#include "mlo/core/error.h"
#include "mlo/core/process.h"
#include "mlo/core/text.h"
#include "workspace/glob.h"

using namespace mlo;
using namespace mlo::workspace;
namespace fs = std::filesystem;

namespace {

struct Place {
  World world = system_world();
  TemporaryFolder folder{fs::temp_directory_path(), world};

  void write(const std::string& path, std::string_view content) const {
    fs::create_directories((folder.path() / path).parent_path());
    File::open(folder.path() / path, O_WRONLY | O_CREAT | O_TRUNC).write_all(bytes_of(content));
  }
  [[nodiscard]] File open() const { return File::open(folder.path(), O_RDONLY | O_DIRECTORY); }
};

/// Whether `path` is left out by `rules` at the root: itself, or a folder that it lies in.
bool left_out(std::string_view rules, const std::string& path) {
  auto here = Ignores().with(rules);
  auto names = split(path, '/');
  const bool is_folder = names.back().empty();
  if (is_folder) names.pop_back();
  for (std::size_t i = 0; i + 1 < names.size(); ++i) {
    if (here.ignored(names[i], true)) return true;
    here = here.enter(names[i], std::string_view());
  }
  return here.ignored(names.back(), is_folder);
}

/// Names and patterns that have much to do with each other, by chance.
class Chance {
 public:
  explicit Chance(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_);
  }
  std::string name() {
    static const std::vector<std::string> kNames{
        "a",  "b",  "ab", "abc", "a.tmp", "b.tmp", "x y", "a ",   "[a]",  "-a",   ".a", "!a",
        "#a", "a*", "é",  "B",   "a\\",   "9",     "a-b", "\xFF", "long", "a\tb", "]",  "^"};
    return kNames[below(kNames.size())];
  }
  std::string pattern() {
    static const std::vector<std::string> kPieces{
        "a",     "a",   "b",           "ab",      ".tmp",  "*",     "*",     "?",   "/",   "/",
        "**",    "/**", "**/",         "/**/",    "[ab]",  "[!a]",  "[a-c]", "\\",  "\\*", "[]a]",
        "[^]]",  "[",   "[[:alpha:]]", "[[:x:]]", "[[:a]", "\\[a]", " ",     "\\ ", "é",   "[a-]",
        "[\\]]", ".",   "[b-a]",       "#",       "!",     "[/a]",  "-",     "x y", "\t",  "[[:^]"};
    std::string text = below(5) == 0 ? "!" : below(5) == 0 ? "/" : "";
    for (auto count = 1 + below(4); count > 0; --count) text += kPieces[below(kPieces.size())];
    if (below(5) == 0) text += "/";
    if (below(8) == 0) text += "  ";
    if (below(8) == 0) text += "\r";
    return is_disputed(text) ? pattern() : text;
  }
  std::string rules() {
    std::string text;
    for (auto count = 1 + below(5); count > 0; --count) text += pattern() + "\n";
    if (below(4) == 0) text.pop_back();
    return text;
  }

 private:
  /// gitignore(5) calls "a**" two plain stars; git before 2.53 cuts the plain "a" off and then
  /// takes
  /// "**" for a whole name. Nor does it take the slash in "**\/" for one each time.
  static bool is_disputed(const std::string& text) {
    for (auto at = text.find("**"); at != std::string::npos; at = text.find("**", at + 1))
      if (at > 0 && text[at - 1] != '/' && !(at == 1 && text[0] == '!')) return true;
    return text.find("*\\/") != std::string::npos;
  }
  std::mt19937 random_;
};

/// A folder of a made workspace, with rules of its own or none.
struct MadeFolder {
  std::string rules;
  std::map<std::string, MadeFolder> folders;
  std::set<std::string> files;
};

MadeFolder make_folder(Chance& chance, int depth) {
  MadeFolder made;
  if (depth == 0 || chance.below(4) == 0) made.rules = chance.rules();
  for (int i = 0; i < 4; ++i) made.files.insert(chance.name());
  for (int i = 0; i < 2 && depth < 2; ++i) {
    const auto name = chance.name();
    if (!made.files.contains(name)) made.folders[name] = make_folder(chance, depth + 1);
  }
  return made;
}

/// Makes the folder for git and asks `Ignores` for each path: path → left out. Files are not made:
/// git takes what is not there for a file.
void ask(const Place& place, const MadeFolder& made, const std::string& path, const Ignores& here,
         bool inside_left_out, std::map<std::string, bool>& answers) {
  fs::create_directories(place.folder.path() / path);
  if (!made.rules.empty()) place.write(path + "/.gitignore", made.rules);
  for (const auto& name : made.files) {
    answers[path + "/" + name] = inside_left_out || here.ignored(name, false);
  }
  for (const auto& [name, inner] : made.folders) {
    const bool out = inside_left_out || here.ignored(name, true);
    answers[path + "/" + name] = out;
    ask(place, inner, path + "/" + name, here.enter(name, inner.rules), out, answers);
  }
}

}  // namespace

TEST_CASE("patterns mean what gitignore(5) says", "[ignore]") {
  struct Row {
    std::string_view rules;
    std::string path;
    bool out;
  };
  const auto row = GENERATE(values<Row>({
      {"*.tmp", "a.tmp", true},
      {"*.tmp", "d/e/a.tmp", true},
      {"*.tmp", "a.tmpx", false},
      {"/a", "a", true},
      {"/a", "d/a", false},
      {"d/a", "d/a", true},
      {"d/a", "e/d/a", false},
      {"cache/", "d/cache/", true},
      {"cache/", "d/cache", false},
      {"cache/", "d/cache/x", true},
      {"a/**", "a/", false},
      {"a/**", "a/b/c", true},
      {"a/**/b", "a/b", true},
      {"a/**/b", "a/x/y/b", true},
      {"**/b", "b", true},
      {"**/a/b", "x/y/a/b", true},
      {"a**b", "axxb", true},
      {"/a*/b", "a/x/b", false},
      {"*.csv\n!keep.csv", "keep.csv", false},
      {"!keep.csv\n*.csv", "keep.csv", true},
      {"d/\n!d/keep", "d/keep", true},
      {"d/*\n!d/keep", "d/keep", false},
      {"# a\n\\#b\n\\!c", "#b", true},
      {"# a\n\\#b\n\\!c", "!c", true},
      {"# a", " a", false},
      {"a  ", "a", true},
      {"a\\ ", "a ", true},
      {"a\r\nb\r\n", "a", true},
      {"\xEF\xBB\xBF"
       "a",
       "a", true},
      {"[a-c]x", "bx", true},
      {"[!a-c]x", "bx", false},
      {"[]-]", "-", true},
      {"[[:digit:]]", "7", true},
      {"[a", "[a", false},
      {"a\\", "a\\", false},
      {"x[a/b]y", "xay", true},
      {"x?y", "x\ny", true},
      {"/", "a", false},
      {"", "a", false},
      {"!", "a", false},
  }));
  INFO("rules " << row.rules << ", path " << row.path);
  CHECK(left_out(row.rules, row.path) == row.out);
}

TEST_CASE("rules of an inner folder overrule those above and hold in that folder only",
          "[ignore]") {
  const auto root = Ignores().with("*.csv\n/only");
  const auto inner = root.enter("d", "!a.csv\n/b");
  CHECK(root.ignored("a.csv", false));
  CHECK_FALSE(inner.ignored("a.csv", false));
  CHECK(inner.ignored("z.csv", false));
  CHECK(inner.ignored("b", false));
  CHECK_FALSE(inner.enter("e", "").ignored("b", false));
  CHECK_FALSE(inner.ignored("only", false));
  CHECK_FALSE(root.ignored("b", false));
}

TEST_CASE("the digest tells which rules hold in a folder, and where they stand", "[ignore]") {
  CHECK(Ignores().digest() == Digest());
  CHECK(Ignores().with("# nothing\n\n").empty());
  const auto one = Ignores().with("*.csv\n");
  CHECK(one.digest() == Ignores().with("*.csv\n").digest());
  CHECK(one.digest() != Ignores().with("*.tsv\n").digest());
  CHECK(one.enter("d", "").digest() == one.digest());
  CHECK(one.enter("d", "x").digest() != one.digest());
  CHECK(one.enter("d", "").digest() != Ignores().enter("d", "*.csv\n").digest());
}

TEST_CASE("rules are read on the way to a folder, and a way that ends brings none", "[ignore]") {
  const Place place;
  place.write(".mloignore", "*.csv\n");
  place.write("d/e/.mloignore", "!a.csv\n");
  place.write("d/e/a.csv", "");
  const auto root = place.open();
  CHECK(Ignores::of(root).ignored("a.csv", false));
  CHECK(Ignores::of(root, "d").ignored("a.csv", false));
  CHECK_FALSE(Ignores::of(root, "d/e").ignored("a.csv", false));
  CHECK(Ignores::of(root, "d/nowhere/x").ignored("a.csv", false));
}

TEST_CASE("rules are read from plain files of a sane size only", "[ignore]") {
  const Place place;
  const auto rules = place.folder.path() / ".mloignore";
  const auto root = place.open();
  const auto kind_of_problem = [&] {
    try {
      static_cast<void>(Ignores::of(root));
    } catch (const Error& error) {
      return std::string(name_of(error.kind())) + ": " + error.message();
    }
    return std::string();
  };
  SECTION("a link, wherever it leads") {
    fs::create_symlink("/etc/passwd", rules);
    CHECK(kind_of_problem().find("'.mloignore' is not a plain file") != std::string::npos);
  }
  SECTION("a folder") {
    fs::create_directory(rules);
    CHECK(kind_of_problem().find("not a plain file") != std::string::npos);
  }
  SECTION("a pipe is not waited for") {
    REQUIRE(::mkfifo(rules.c_str(), 0600) == 0);
    CHECK(kind_of_problem().find("not a plain file") != std::string::npos);
  }
  SECTION("more than a mebibyte") {
    place.write(".mloignore", std::string(Ignores::kMaxFileBytes + 1, 'a'));
    CHECK(kind_of_problem().find("larger than") != std::string::npos);
  }
  SECTION("a link on the way is not followed") {
    place.write("elsewhere/.mloignore", "*");
    fs::create_directory_symlink("elsewhere", place.folder.path() / "link");
    CHECK(Ignores::of(root, "link").empty());
  }
}

TEST_CASE("a pattern made to take for ever does not", "[ignore]") {
  std::string pattern;
  for (int i = 0; i < 100; ++i) pattern += "*a";
  const std::string name(250, 'a');
  const std::vector<std::string> folders(100, "a");
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "**/a/";
  const auto begun = std::chrono::steady_clock::now();
  CHECK_FALSE(Glob(pattern + "b").matches({}, name));
  CHECK_FALSE(Glob(deep + "b").matches(folders, "a"));
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(1));
}

TEST_CASE("generated rules and paths are answered as git check-ignore answers", "[ignore]") {
  constexpr int kWorkspaces = 60;
  const auto seed = std::random_device()();
  INFO("seed " << seed);
  Chance chance(seed);
  const Place place;
  const auto git = [&](const std::string& arguments) {
    return run_process({.argv = {"/bin/sh", "-c", "git " + arguments},
                        .folder = place.folder.path(),
                        .environment = {{"GIT_CONFIG_GLOBAL", "/dev/null"},
                                        {"GIT_CONFIG_NOSYSTEM", "1"},
                                        {"HOME", place.folder.path().string()}}});
  };
  if (git("init -q .").exit_code != 0) {
    WARN("git is not there: nothing to compare with");
    return;
  }
  std::map<std::string, bool> answers;
  std::map<std::string, MadeFolder> made;
  for (int i = 0; i < kWorkspaces; ++i) {
    const auto name = "w" + std::to_string(i);
    made[name] = make_folder(chance, 0);
    ask(place, made[name], name, Ignores().enter(name, made[name].rules), false, answers);
  }
  std::string asked;
  for (const auto& [path, out] : answers) asked += path + '\0';
  place.write("asked", asked);
  const auto said = git("check-ignore -z --no-index --stdin < asked");
  REQUIRE(said.exit_code <= 1);
  std::set<std::string> ignored;
  for (const auto& path : split(said.output, '\0')) ignored.insert(path);
  REQUIRE(answers.size() > 300);
  REQUIRE(ignored.size() > answers.size() / 20);
  for (const auto& [path, out] : answers) {
    if (ignored.contains(path) == out) continue;
    const auto top = path.substr(0, path.find('/'));
    FAIL("git says " << !out << " for '" << printable(path) << "', rules of " << top << ":\n"
                     << made[top].rules);
  }
}
