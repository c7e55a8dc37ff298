#include "run/environment.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <unistd.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/process.h"
#include "mlo/core/text.h"
#include "run/machine.h"

namespace mlo::run {
namespace fs = std::filesystem;
namespace {

bool is_program(const fs::path& path) {
  return ::access(path.c_str(), X_OK) == 0 && fs::is_regular_file(path);
}

/// The folder that holds bin/ and lib/ of an interpreter.
fs::path prefix_of(const fs::path& interpreter) {
  auto prefix = interpreter.parent_path().parent_path();
  if (fs::exists(prefix / "pyvenv.cfg")) return prefix;
  std::error_code problem;
  const auto real = fs::canonical(interpreter, problem);
  return problem ? prefix : real.parent_path().parent_path();
}

/// What pyvenv.cfg says ("version = 3.11.2", virtualenv: "version_info = 3.11.2.final.0"): a file
/// read where asking the interpreter costs a process.
std::string configured_version(const fs::path& prefix) {
  const auto file = prefix / "pyvenv.cfg";
  if (!fs::exists(file)) return {};
  for (const auto& line : split(read_file(file, 1U << 16U), '\n')) {
    const auto equals = line.find('=');
    if (equals == std::string::npos) continue;
    const auto key = trim(std::string_view(line).substr(0, equals));
    if (key != "version" && key != "version_info") continue;
    const auto parts = split(trim(std::string_view(line).substr(equals + 1)), '.');
    return join(std::span(parts).first(std::min<std::size_t>(parts.size(), 3)), ".");
  }
  return {};
}

std::string asked_version(Training& training, const fs::path& interpreter) {
  const auto real = fs::canonical(interpreter);
  const auto status = status_of(real);
  const auto modified_ns = status ? status->modified_ns : 0;
  if (const auto known = training.journal.interpreter(real.string(), modified_ns)) return *known;
  const auto result = run_process({.argv = {real.string(), "--version"},
                                   .folder = training.repository.root(),
                                   .environment = {},
                                   .log = {}},
                                  training.stop);
  const auto words = split(trim(result.output), ' ');
  if (result.exit_code != 0 || words.size() != 2 || words[0] != "Python") return {};
  training.journal.remember_interpreter(real.string(), modified_ns, words[1]);
  return words[1];
}

/// "name-version" of each package that is installed under `prefix`.
std::set<std::string> packages_under(const fs::path& prefix) {
  std::set<std::string> packages;
  for (const auto& version : folder_entries(prefix / "lib")) {
    if (!version.filename().native().starts_with("python3")) continue;
    for (const auto* kind : {"site-packages", "dist-packages"})
      for (const auto& package : folder_entries(version / kind)) {
        const auto extension = package.extension();
        if (extension == ".dist-info" || extension == ".egg-info")
          packages.insert(package.stem().string());
      }
  }
  // What conda installed is more than Python.
  for (const auto& package : folder_entries(prefix / "conda-meta"))
    if (package.extension() == ".json") packages.insert("conda:" + package.stem().string());
  return packages;
}

void describe_python(Training& training, const fs::path& interpreter, Json& environment) {
  const auto prefix = prefix_of(interpreter);
  auto version = configured_version(prefix);
  if (version.empty()) version = asked_version(training, interpreter);
  auto packages = packages_under(prefix);
  if (prefix == "/usr") packages.merge(packages_under("/usr/local"));
  Json list = Json::array();
  for (const auto& package : packages)
    if (is_utf8(package)) list.add(package);
  store::Batch batch(training.repository.store());
  const auto digest = batch.add(list.canonical());
  batch.commit();
  environment.set("python", version);
  environment.set("packages", digest.text());
  environment.set("package_count", static_cast<std::int64_t>(packages.size()));
}

}  // namespace

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

std::optional<fs::path> python_of(std::string_view command, const fs::path& root,
                                  std::string_view search_path) {
  constexpr std::string_view kBreaks = " \t\n;&|()\"'";
  std::size_t start = 0;
  while ((start = command.find_first_not_of(kBreaks, start)) != std::string_view::npos) {
    const auto end = std::min(command.find_first_of(kBreaks, start), command.size());
    const fs::path word(command.substr(start, end - start));
    start = end;
    const auto name = word.filename().string();
    const auto version = std::string_view(name).substr(std::min<std::size_t>(name.size(), 6));
    if (!name.starts_with("python") ||
        version.find_first_not_of("0123456789.") != std::string_view::npos)
      continue;
    if (word.has_parent_path())
      return is_program(root / word) ? std::optional(root / word) : std::nullopt;
    for (const auto& folder : split(search_path, ':'))
      if (const auto found = root / folder / word; is_program(found)) return found;
    return std::nullopt;
  }
  return std::nullopt;
}

Json describe_environment(Training& training, std::span<const std::size_t> selected) {
  auto environment = describe_machine(training.repository.world());
  const auto path = training.repository.world().environment("PATH").value_or("/usr/bin:/bin");
  for (const auto index : selected) {
    const auto interpreter =
        python_of(training.graph.nodes[index].spec.run, training.repository.root(), path);
    if (!interpreter) continue;
    try {
      describe_python(training, *interpreter, environment);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::interrupted) throw;
      training.progress.warn(fmt::format("the Python of '{}' is not described: {}",
                                         interpreter->string(), error.message()));
    }
    break;  // one pipeline, one Python: the first speaks for all
  }
  return environment;
}

}  // namespace mlo::run
