#include <array>

#include <fcntl.h>
#include <fmt/format.h>

#include "ledger/bundle.h"
#include "ledger/stored_tree.h"
#include "mlo/core/error.h"
#include "mlo/core/file.h"

// C2SP tlog-tiles: the tree in files of 256 hashes, the entries in files of 256 entries.

namespace mlo::ledger {
namespace fs = std::filesystem;
namespace {

constexpr int kTileHeight = 8;
constexpr std::int64_t kTileWidth = 1 << kTileHeight;
constexpr std::size_t kMaxTiledEntry = 65'535;  // its length is a uint16
constexpr std::uint64_t kMaxBundleBytes = kTileWidth * (kMaxTiledEntry + 2);

constexpr auto kEnvelopes = R"sql(
  SELECT envelope FROM entry WHERE number >= ?1 AND number < ?2 ORDER BY number
)sql";
constexpr auto kLeaves =
    "SELECT leaf FROM entry WHERE number >= ?1 AND number < ?2 ORDER BY number";
constexpr auto kNodes = R"sql(
  SELECT hash FROM node WHERE level = ?3 AND position >= ?1 AND position < ?2 ORDER BY position
)sql";

/// 1234067 as "x001/x234/067", and ".p/<width>" when the tile is not full.
std::string place_of(std::int64_t number, std::int64_t width) {
  auto place = fmt::format("{:03}", number % 1000);
  for (auto rest = number / 1000; rest > 0; rest /= 1000)
    place = fmt::format("x{:03}/{}", rest % 1000, place);
  return width == kTileWidth ? place : fmt::format("{}.p/{}", place, width);
}

class Exporter {
 public:
  Exporter(Database& database, const fs::path& folder, const World& world)
      : database_(database), folder_(folder), world_(world) {}

  TilesWritten write(const std::string& note, const Checkpoint& checkpoint) {
    require_earlier_export(checkpoint);
    for (int level = 0; checkpoint.size >> (level * kTileHeight) > 0; ++level)
      write_level(level, checkpoint.size >> (level * kTileHeight));
    for (std::int64_t from = 0; from < checkpoint.size; from += kTileWidth)
      put(fs::path("entries") /
              place_of(from / kTileWidth, std::min(kTileWidth, checkpoint.size - from)),
          entries_in(from, std::min(from + kTileWidth, checkpoint.size)));
    // Last: it must not commit to what is not there yet.
    write_durably(folder_ / "checkpoint", bytes_of(note), world_, "tiles.rename");
    return {.entries = checkpoint.size, .files = files_};
  }

 private:
  void require_earlier_export(const Checkpoint& newest) {
    const auto file = folder_ / "checkpoint";
    if (!fs::exists(file)) return;
    // What was published is a checkpoint kept elsewhere.
    const auto note = read_file(file, 65'536);
    const auto log_key = database_.one("SELECT log_key FROM repository",
                                       [](const Row& row) { return row.get<std::string>(0); });
    const auto problem = contradiction(database_, open_checkpoint(note, log_key.value()), newest);
    if (!problem.empty())
      throw Error(ErrorKind::integrity, "the checkpoint that '{}' was exported with disagrees: {}",
                  folder_.string(), problem)
          .hint("mlo audit verify");
  }

  void write_level(int level, std::int64_t hashes) {
    for (std::int64_t from = 0; from < hashes; from += kTileWidth) {
      const auto to = std::min(from + kTileWidth, hashes);
      std::string tile;
      const auto add = [&](const Row& row) { tile += text_of(row.get<Digest>(0).bytes()); };
      if (level == 0)
        database_.each(kLeaves, {from, to}, add);
      else
        database_.each(kNodes, {from, to, level * kTileHeight}, add);
      if (static_cast<std::int64_t>(tile.size()) != (to - from) * std::int64_t{Digest::kSize})
        throw Error(ErrorKind::integrity, "a part of the ledger's tree is missing")
            .hint("mlo audit verify");
      put(fs::path(std::to_string(level)) / place_of(from / kTileWidth, to - from), tile);
    }
  }

  std::string entries_in(std::int64_t from, std::int64_t to) {
    std::string bundle;
    database_.each(kEnvelopes, {from, to}, [&](const Row& row) {
      const auto entry = row.get<std::string>(0);
      if (entry.size() > kMaxTiledEntry)
        throw Error(ErrorKind::bad_input, "an entry of {} bytes does not fit a tile", entry.size());
      bundle += static_cast<char>(entry.size() >> 8U);
      bundle += static_cast<char>(entry.size() & 0xFFU);
      bundle += entry;
    });
    return bundle;
  }

  /// Tiles never change, so what is there must be the same.
  void put(const fs::path& place, const std::string& content) {
    const auto file = folder_ / "tile" / place;
    if (fs::exists(file)) {
      if (read_file(file, kMaxBundleBytes) == content) return;
      throw Error(ErrorKind::integrity, "'{}' was exported with other content", file.string())
          .hint("mlo audit verify, or export into an empty folder");
    }
    fs::create_directories(file.parent_path());
    write_durably(file, bytes_of(content), world_, "tiles.rename");
    ++files_;
  }

  Database& database_;
  const fs::path& folder_;
  const World& world_;
  std::int64_t files_ = 0;
};

std::string read_tile(const fs::path& folder, const fs::path& level, std::int64_t number,
                      std::int64_t width) {
  // A full tile may stand in for a partial one.
  const auto tiles = folder / "tile" / level;
  const auto partial = tiles / place_of(number, width);
  return read_file(fs::exists(partial) ? partial : tiles / place_of(number, kTileWidth),
                   kMaxBundleBytes);
}

void add_entries(std::string_view bytes, std::int64_t count, std::vector<std::string>& entries) {
  for (std::int64_t i = 0; i < count; ++i) {
    const auto octet = [&](std::size_t at) -> std::size_t {
      return static_cast<unsigned char>(bytes[at]);
    };
    const std::size_t size = bytes.size() < 2 ? 0U : (octet(0) << 8U) + octet(1);
    if (bytes.size() < 2 + size || size == 0)
      throw Error(ErrorKind::integrity, "a file of entries ends in the middle of one");
    entries.emplace_back(bytes.substr(2, size));
    bytes.remove_prefix(2 + size);
  }
}

/// The tiles of hashes must be those of the entries: others read only them.
void check_hashes(const fs::path& folder, const std::vector<std::string>& entries) {
  std::array<std::string, 8> tiles;  // by level: what the tile that is being filled must hold
  Frontier frontier;
  const auto size = static_cast<std::int64_t>(entries.size());
  const auto add = [&](int level, std::int64_t position, const Digest& hash) {
    auto& tile = tiles.at(static_cast<std::size_t>(level));
    tile += text_of(hash.bytes());
    const auto width = position % kTileWidth + 1;
    const bool last = position + 1 == size >> (level * kTileHeight);
    if (width != kTileWidth && !last) return;
    const auto written = read_tile(folder, std::to_string(level), position / kTileWidth, width);
    if (!written.starts_with(tile))
      throw Error(ErrorKind::integrity, "tile {} of level {} is not that of the entries",
                  position / kTileWidth, level);
    tile.clear();
  };
  for (std::int64_t i = 0; i < size; ++i) {
    const auto leaf = leaf_hash(bytes_of(entries[static_cast<std::size_t>(i)]));
    add(0, i, leaf);
    frontier.append(leaf, [&](const Node& node) {
      if (node.level % kTileHeight == 0) add(node.level / kTileHeight, node.position, node.hash);
    });
  }
}

}  // namespace

TilesWritten export_tiles(Ledger& ledger, const fs::path& folder, const World& world) {
  const auto note = ledger.checkpoint();
  const auto checkpoint = open_checkpoint(note, ledger.verifier_key());
  fs::create_directories(folder);
  return Exporter(ledger.database(), folder, world).write(note, checkpoint);
}

Bundle read_tiles(const fs::path& folder) {
  if (!fs::exists(folder / "checkpoint"))
    throw Error(ErrorKind::bad_input, "'{}' is no folder of tiles: it has no 'checkpoint'",
                folder.string())
        .hint(
            "mlo audit export --tiles -o FOLDER writes one; keys are trusted by: mlo audit verify "
            "FILE --keys '{}'",
            folder.string());
  Bundle bundle{.checkpoint = read_file(folder / "checkpoint", 65'536)};
  // Its signature is checked with all the rest; here it says only how much there is to read.
  const auto size = size_in_note(bundle.checkpoint);
  for (std::int64_t from = 0; from < size; from += kTileWidth) {
    const auto count = std::min(kTileWidth, size - from);
    add_entries(read_tile(folder, "entries", from / kTileWidth, count), count, bundle.envelopes);
  }
  check_hashes(folder, bundle.envelopes);
  return bundle;
}

}  // namespace mlo::ledger
