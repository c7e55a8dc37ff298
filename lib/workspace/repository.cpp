#include "mlo/workspace/repository.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <optional>

#include <fmt/format.h>
#include <sys/stat.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/ledger/trust.h"
#include "mlo/workspace/git.h"
#include "workspace/file_index.h"

namespace mlo::workspace {
namespace fs = std::filesystem;
namespace {

constexpr int kFormat = 1;
constexpr std::string_view kExclude = "/.mlo/";
constexpr std::string_view kWorkspaces = "workspaces";
constexpr std::string_view kFiles = "files";

constexpr std::string_view kStarter =
    R"(# What this project is made of. `mlo --help` lists the commands, `mlo config --schema` prints all
# keys, as a JSON Schema that editors complete from.
project: {}

# params: {{seed: 7}}
#
# data:
#   data/raw.csv: {{source: where it came from, license: internal}}
#
# pipeline:
#   fit: {{run: python fit.py, in: [data/raw.csv, fit.py], out: [model.onnx], params: [seed]}}
#
# models:
#   my-model: {{path: model.onnx, from: fit}}
)";

std::optional<fs::path> find_root(const fs::path& start) {
  std::error_code problem;
  for (fs::path folder = fs::weakly_canonical(start, problem); !folder.empty();
       folder = folder.parent_path()) {
    const auto status = status_of(folder / ".mlo");
    // A link could lead to a folder that somebody else controls.
    if (status && status->type == FileStatus::Type::folder) return folder;
    if (folder == folder.parent_path()) break;
  }
  return std::nullopt;
}

/// The name of the workspace in `folder`/workspaces/ that `start` lies in.
std::optional<std::string> workspace_beside(const fs::path& folder, const fs::path& start) {
  std::error_code problem;
  const auto inside = fs::weakly_canonical(start, problem).lexically_relative(folder / kWorkspaces);
  auto part = inside.begin();
  if (part == inside.end() || *part == ".." || *part == ".") return std::nullopt;
  const auto name = part->string();
  return ++part != inside.end() && *part == kFiles ? std::optional(name) : std::nullopt;
}

void check_format(const fs::path& root) {
  const auto file = root / ".mlo" / "format";
  if (!status_of(file))
    throw Error(ErrorKind::integrity,
                "'{}' has no format file: it is no repository, or a broken one",
                (root / ".mlo").string())
        .hint("if an interrupted mlo init left it behind, remove it and run mlo init again");
  const auto text = read_file(file, 64);
  const auto trimmed = trim(text);
  int format = 0;
  const auto [end, problem] =
      std::from_chars(trimmed.data(), trimmed.data() + trimmed.size(), format);
  if (problem != std::errc() || end != trimmed.data() + trimmed.size() || format < 1)
    throw Error(ErrorKind::integrity, "'{}' does not hold a format number", file.string())
        .hint("this version writes {}", kFormat);
  if (format > kFormat)
    throw Error(ErrorKind::conflict, "repository '{}' has format {}, this mlo knows up to {}",
                root.string(), format, kFormat)
        .hint("upgrade mlo; nothing was changed");
}

/// A project's name from its folder's: what is no letter, digit, '.', '_' or '-' becomes '-'.
std::string project_name(const fs::path& root) {
  std::string name = root.filename().string();
  for (char& c : name)
    if (static_cast<unsigned char>(c) >= 0x80 ||
        (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '_' && c != '-'))
      c = '-';
  const auto first = name.find_first_not_of(".-");
  return first == std::string::npos ? "project" : name.substr(first);
}

/// Adds `.mlo/` to git's private ignore list, so that the project's own files stay as they are.
bool exclude_from_git(const fs::path& root, const World& world) {
  const auto top = git_root(root);
  if (!top) return false;
  const auto info = git_folder(*top) / "info";
  std::error_code problem;
  fs::create_directories(info, problem);
  const auto file = info / "exclude";
  std::string text = status_of(file) ? read_file(file, 1U << 20U) : "";
  const auto relative = root.lexically_relative(*top);
  const std::string line =
      relative == "." ? std::string(kExclude) : fmt::format("/{}{}", relative.string(), kExclude);
  for (const auto& known : split(text, '\n'))
    if (trim(known) == line) return true;
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
  write_durably(file, bytes_of(text + line + "\n"), world, "exclude.rename");
  return true;
}

}  // namespace

Repository::Repository(fs::path root, fs::path folder, const World& world)
    : root_(std::move(root)), folder_(std::move(folder)), world_(&world) {}

Repository Repository::open(const fs::path& start, const World& world) {
  const auto root = find_root(start);
  if (!root)
    throw Error(ErrorKind::not_found, "'{}' is in no mlo repository", start.string())
        .hint("mlo init makes one here");
  check_format(*root);
  Repository repository(*root, *root / ".mlo", world);
  if (const auto name = workspace_beside(repository.folder(), start))
    return repository.beside(*name);
  return repository;
}

Repository Repository::beside(const std::string& name) const {
  return {folder_ / kWorkspaces / name / kFiles, folder_, *world_};
}

fs::path Repository::own_folder() const {
  return root_ == folder_.parent_path() ? folder_ : root_.parent_path();
}

Repository::~Repository() = default;
Repository::Repository(Repository&&) noexcept = default;
Repository& Repository::operator=(Repository&&) noexcept = default;

FileIndex& Repository::index() {
  if (!index_) index_ = std::make_unique<FileIndex>(own_folder() / "index");
  return *index_;
}

store::ObjectStore& Repository::store() {
  if (!store_) store_ = std::make_unique<store::ObjectStore>(folder() / "objects", *world_);
  return *store_;
}

ledger::Ledger& Repository::ledger() {
  if (!ledger_) {
    auto opened = std::make_unique<ledger::Ledger>(folder(), *world_);
    ledger::require_trust(*opened, folder(), *world_);
    ledger_ = std::move(opened);
  }
  return *ledger_;
}

const Project& Repository::project() {
  if (!project_)
    project_ =
        std::make_unique<Project>(read_project(root_, folder_.parent_path().filename().string()));
  return *project_;
}

FileLock Repository::lock(int patience_ms) const {
  return {own_folder() / "lock", patience_ms};
}

Created create_repository(const fs::path& folder, const World& world) {
  std::error_code problem;
  fs::create_directories(folder, problem);
  if (problem) throw system_error(problem.value(), "make the folder", folder);
  const fs::path root = fs::canonical(folder);
  if (const auto outer = find_root(root)) {
    if (*outer == root)
      throw Error(ErrorKind::conflict, "'{}' is an mlo repository already", root.string())
          .hint("mlo status shows its state");
    throw Error(ErrorKind::conflict, "'{}' lies inside the repository '{}'", root.string(),
                outer->string())
        .hint("work there, or choose a folder outside of it");
  }
  const auto inside = root / ".mlo";
  if (::mkdir(inside.c_str(), 0700) != 0) throw system_error(errno, "make the folder", inside);
  bool wrote_project_file = false;
  try {
    for (const auto* part : {"objects", "tmp", "keys"}) fs::create_directory(inside / part);
    // For a `git init` that comes later: the folder hides itself.
    write_durably(inside / ".gitignore", bytes_of("*\n"), world, "ignore.rename");
    ledger::Ledger::create(inside, world);
    Created created{
        .root = root, .project = project_name(root), .actor = ledger::actor_name(world)};
    if (!status_of(root / "mlo.yaml")) {
      write_durably(root / "mlo.yaml",
                    bytes_of(fmt::format(fmt::runtime(kStarter), created.project)), world,
                    "project.rename");
      created.wrote_project_file = wrote_project_file = true;
    } else {
      created.project = read_project(root).name;
    }
    created.in_git = exclude_from_git(root, world);
    // Last: a folder without it is a half-made repository, and every command says so.
    write_durably(inside / "format", bytes_of(fmt::format("{}\n", kFormat)), world,
                  "format.rename");
    return created;
  } catch (...) {
    if (wrote_project_file) fs::remove(root / "mlo.yaml", problem);
    fs::remove_all(inside, problem);
    throw;
  }
}

}  // namespace mlo::workspace
