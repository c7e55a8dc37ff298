#include "mlo/workspace/table_source.h"

#include <optional>

#include <fcntl.h>
#include <unistd.h>

#include "mlo/core/error.h"
#include "mlo/ledger/approvals.h"
#include "mlo/workspace/show.h"
#include "workspace/scratch.h"
#include "workspace/tree_files.h"

namespace mlo::workspace {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kPieceBytes = 1U << 20U;

Repository* repository_around(const OpenRepository& open) {
  try {
    return &open();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
    return nullptr;
  }
}

/// All of standard input as a file whose name says what it is.
fs::path spool_input(const fs::path& folder) {
  const auto file = folder / "input";
  auto output = File::open(file, O_WRONLY | O_CREAT | O_EXCL, 0600);
  std::string piece(kPieceBytes, '\0');
  std::string first;
  while (true) {
    const auto got = ::read(STDIN_FILENO, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw system_error(errno, "read", "standard input");
    if (got == 0) break;
    const auto size = static_cast<std::size_t>(got);
    if (first.empty()) first = piece.substr(0, size);
    output.write_all(bytes_of(std::string_view(piece).substr(0, size)));
  }
  if (first.empty())
    throw Error(ErrorKind::bad_input, "standard input is empty: not even a header")
        .hint("send the table: mlo profile - < data.csv");
  auto named = folder / ("standard-input." + data::guess_ending(first));
  fs::rename(file, named);
  return named;
}

/// A link to the object under the name `file`: the engine reads by extension and objects have none.
void link_object(const store::ObjectStore& store, const Digest& digest, const fs::path& file) {
  fs::create_directories(file.parent_path());
  fs::create_symlink(fs::absolute(store.file(digest)), file);
}

fs::path unfold(Repository& repository, const Digest& digest, bool folder, const fs::path& name,
                const fs::path& target) {
  auto place = target / name;
  if (!folder) {
    link_object(repository.store(), digest, place);
    return place;
  }
  fs::create_directories(place);
  for (const auto& file : tree_files(repository.store(), digest))
    if (file.mode != store::TreeEntry::Mode::link && data::Table::is_table(file.path))
      link_object(repository.store(), file.digest, place / file.path);
  return place;
}

/// What `file` begins with.
std::string first_bytes(const fs::path& file) {
  auto opened = File::open(file, O_RDONLY);
  std::string bytes(4096, '\0');
  bytes.resize(opened.read(std::as_writable_bytes(std::span(bytes))));
  return bytes;
}

/// A recorded table is read by an engine rather than put somewhere: that is a read all the same.
void record_query(Repository& repository, const std::string& name, const Digest& digest) {
  ledger::record_access(repository.ledger(), "query",
                        {{.kind = "dataset", .name = name, .digest = digest}});
}

std::optional<fs::path> recorded(Repository& repository, const Typed& typed,
                                 const fs::path& target) {
  if (const auto reference = find_dataset(repository, typed)) {
    record_query(repository, reference->path.text(), reference->digest);
    return unfold(repository, reference->digest, reference->folder,
                  fs::path(reference->path.text()).filename(), target);
  }
  std::optional<Shown> shown;
  try {
    shown = show(repository, typed);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
    return std::nullopt;
  }
  if (shown->kind == "run" || shown->kind == "model" || shown->kind == "service")
    throw Error(ErrorKind::bad_input, "'{}' is a {}, not a table", typed.text, shown->kind);
  record_query(repository, shown->name, shown->digest);
  std::string name = "object";
  if (!shown->folder)
    name += "." + data::guess_ending(first_bytes(repository.store().file(shown->digest)));
  return unfold(repository, shown->digest, shown->folder, name, target);
}

}  // namespace

TableSource find_table(const Typed& typed, const OpenRepository& open, const World& world) {
  auto* repository = repository_around(open);
  TableSource found{.path = {}, .scratch = scratch_of(repository)};
  const auto copy = [&]() -> const fs::path& {
    found.copy = std::make_unique<TemporaryFolder>(found.scratch, world);
    return found.copy->path();
  };
  if (typed.text == "-") {
    found.path = spool_input(copy());
    return found;
  }
  const auto plain = fs::path(typed.text).is_absolute()   ? fs::path(typed.text)
                     : typed.folder == fs::current_path() ? fs::path(typed.text)
                                                          : typed.folder / typed.text;
  found.path = plain;
  std::error_code problem;
  if (repository == nullptr || fs::exists(plain, problem) ||
      typed.text.find_first_of("*?[") != std::string::npos)
    return found;
  if (auto place = recorded(*repository, typed, copy())) found.path = *place;
  return found;
}

}  // namespace mlo::workspace
