#include "mlo/workspace/sighting.h"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mlo/core/digest.h"
#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "workspace/ignore.h"
#include "workspace/index_records.h"

namespace mlo::workspace {
namespace fs = std::filesystem;
namespace {

using index_records::load_as;
using index_records::Stat;
using index_records::stat_of;
using index_records::status_from;

// The bytes of the file: a header, the records in the order of their paths, the paths, the answer,
// the SHA-256 of all before it. Numbers are of this machine.
constexpr std::string_view kMagic = "mlo-seen";
constexpr std::uint64_t kVersion = 1;
/// Beyond that the index, which looks on several threads, is no slower.
constexpr std::size_t kMostPaths = 200'000;
constexpr std::uint64_t kMostBytes = 256ULL << 20U;
constexpr std::uint16_t kNothingThere = 0xFF;

struct Header {
  std::array<char, 8> magic{};
  std::uint64_t version = kVersion;
  std::uint64_t records = 0;
  std::uint64_t text_bytes = 0;
  std::uint64_t answer_bytes = 0;
};

struct Record {
  std::uint32_t text_bytes = 0;
  std::uint16_t type = 0;  ///< FileStatus::Type, or kNothingThere
  std::uint16_t executable = 0;
  Stat stat;
};
static_assert(sizeof(Record) == 40, "no padding to leak");

Record record_of(const std::optional<FileStatus>& status) {
  if (!status) return {.type = kNothingThere};
  return {.type = static_cast<std::uint16_t>(status->type),
          .executable = status->executable,
          .stat = stat_of(*status)};
}

std::optional<FileStatus> status_in(const Record& record) {
  if (record.type == kNothingThere) return std::nullopt;
  return status_from(record.stat, static_cast<FileStatus::Type>(record.type),
                     record.executable != 0);
}

std::optional<FileStatus> look(const File& root, const char* path) {
  struct stat found {};
  if (::fstatat(root.descriptor(), path, &found, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
  return as_status(found);
}

File open_root(const Repository& repository) {
  return File::open(repository.root(), O_RDONLY | O_DIRECTORY);
}

fs::path file_of(const Repository& repository, std::string_view name) {
  return repository.folder() / name;
}

/// A new file beside `file`, removed when its owner leaves unless it was renamed.
struct Temporary {
  Temporary(const fs::path& file, const World& world)
      : path(file.string() + "." + random_hex(world, 6) + ".tmp"),
        out(File::open(path, O_WRONLY | O_CREAT | O_EXCL, 0600)) {}
  ~Temporary() { ::unlink(path.c_str()); }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  std::string path;
  File out;
};

/// The file system's clock, which need not be this machine's. Nothing stays for a long run that is
/// killed to leave behind. Nothing is returned where no file can be made: on a full disk, say.
std::optional<std::int64_t> time_beside(const fs::path& file, const World& world) {
  try {
    return status_of(Temporary(file, world).out).modified_ns;
  } catch (const Error&) {
    return std::nullopt;
  }
}

template <typename Part>
void append(std::string& out, const Part& part) {
  out.append(reinterpret_cast<const char*>(&part), sizeof part);
}

}  // namespace

struct Sighting::State {
  State(const Repository& opened, std::string_view name)
      : world(opened.world()),
        top(opened.root()),
        file(file_of(opened, name)),
        root(open_root(opened)) {
    const auto now_ns = time_beside(file, world);
    // Without the clock nobody could tell what changed meanwhile: the answer is not kept.
    useful = now_ns.has_value();
    began_ns = now_ns.value_or(0);
  }

  void see(const std::string& path) {
    if (!useful || !seen.insert(path).second) return;
    const auto status = look(root, path.c_str());
    auto record = record_of(status);
    record.text_bytes = static_cast<std::uint32_t>(path.size());
    records.push_back(record);
    texts += path;
    texts += '\0';
    if (status && std::max(status->modified_ns, status->changed_ns) >= began_ns) useful = false;
    if (records.size() > kMostPaths) useful = false;
    if (!status || status->type != FileStatus::Type::folder) return;
    for (const auto& entry : folder_entries(top / path))
      see(path + "/" + entry.filename().string());
  }

  const World& world;
  fs::path top;
  fs::path file;
  std::int64_t began_ns = 0;
  File root;
  bool useful = true;
  std::set<std::string> seen;
  std::vector<Record> records;
  std::string texts;  ///< each ends with a zero
};

Sighting::Sighting(const Repository& repository, std::string_view name)
    : state_(std::make_unique<State>(repository, name)) {}
Sighting::~Sighting() = default;
Sighting::Sighting(Sighting&&) noexcept = default;
Sighting& Sighting::operator=(Sighting&&) noexcept = default;

void Sighting::note(std::string_view path) {
  for (auto slash = path.find('/'); slash != std::string_view::npos;
       slash = path.find('/', slash + 1))
    state_->see(std::string(path.substr(0, slash + 1)) + std::string(Ignores::kFileName));
  state_->see(std::string(Ignores::kFileName));
  state_->see(std::string(path));
}

void Sighting::keep(std::string_view answer) {
  if (!state_->useful) return;
  Header header{.records = state_->records.size(),
                .text_bytes = state_->texts.size(),
                .answer_bytes = answer.size()};
  std::ranges::copy(kMagic, header.magic.begin());
  std::string bytes;
  append(bytes, header);
  for (const auto& record : state_->records) append(bytes, record);
  bytes += state_->texts;
  bytes += answer;
  const auto digest = Digest::of(bytes);
  bytes += text_of(digest.bytes());
  try {
    Temporary temporary(state_->file, state_->world);
    temporary.out.write_all(bytes_of(bytes));
    // Not synced: its digest tells a torn file from a whole one.
    ::rename(temporary.path.c_str(), state_->file.c_str());
  } catch (const Error&) {
    return;  // a cache that cannot be written is no error
  }
}

std::optional<std::string> Sighting::recall(const Repository& repository, std::string_view name) {
  std::string bytes;
  try {
    bytes = read_file(file_of(repository, name), kMostBytes);
  } catch (const Error&) {
    return std::nullopt;  // not there, or not for us
  }
  if (bytes.size() < sizeof(Header) + Digest::kSize) return std::nullopt;
  const auto content = bytes_of(bytes).first(bytes.size() - Digest::kSize);
  const auto header = load_as<Header>(content, 0);
  const auto room = content.size() - sizeof(Header);
  const bool ours =
      std::string_view(header.magic.data(), header.magic.size()) == kMagic &&
      header.version == kVersion && header.records <= room / sizeof(Record) &&
      header.text_bytes <= room && header.answer_bytes <= room &&
      header.records * sizeof(Record) + header.text_bytes + header.answer_bytes == room;
  if (!ours || Digest::of(content) != Digest::from_bytes(bytes_of(bytes).last(Digest::kSize)))
    return std::nullopt;
  const auto texts = sizeof(Header) + header.records * sizeof(Record);
  const auto root = open_root(repository);
  std::uint64_t at = 0;
  for (std::uint64_t number = 0; number < header.records; ++number) {
    const auto record = load_as<Record>(content, sizeof(Header) + number * sizeof(Record));
    // Anybody can put a right digest behind paths that end nowhere.
    if (record.text_bytes >= header.text_bytes - at) return std::nullopt;
    const char* path = bytes.data() + texts + at;
    at += record.text_bytes;
    if (bytes[texts + at] != '\0') return std::nullopt;
    ++at;
    if (look(root, path) != status_in(record)) return std::nullopt;
  }
  return bytes.substr(texts + header.text_bytes, header.answer_bytes);
}

void Sighting::forget(const Repository& repository, std::string_view name) {
  ::unlink(file_of(repository, name).c_str());
}

}  // namespace mlo::workspace
