#include "workspace/file_index.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mlo/core/error.h"
#include "workspace/index_records.h"

namespace mlo::workspace {
namespace fs = std::filesystem;
using index_records::entry_of;
using index_records::EntryRecord;
using index_records::folder_of;
using index_records::FolderRecord;
using index_records::Header;
using index_records::is_name;
using index_records::kMagic;
using index_records::kMaxFiles;
using index_records::kVersion;
using index_records::load_as;
using index_records::Mode;
using index_records::raw;
using index_records::record_of;
using index_records::stat_of;

/// Records of one folder with their texts, ready to be written.
struct FileIndex::Block {
  FolderRecord folder;
  std::vector<EntryRecord> entries;
  std::string texts;

  [[nodiscard]] std::string_view name(const EntryRecord& entry) const {
    return std::string_view(texts).substr(entry.text, entry.text_bytes);
  }
};

/// Where the parts of a mapped index begin.
struct FileIndex::Layout {
  explicit Layout(BytesView map)
      : header(load_as<Header>(map, 0)),
        entries(sizeof(Header) + header.folders * sizeof(FolderRecord)),
        texts(entries + header.entries * sizeof(EntryRecord)) {}

  [[nodiscard]] static std::uint64_t folder(std::uint64_t number) {
    return sizeof(Header) + number * sizeof(FolderRecord);
  }
  [[nodiscard]] std::uint64_t entry(std::uint64_t number) const {
    return entries + number * sizeof(EntryRecord);
  }

  Header header;
  std::uint64_t entries;
  std::uint64_t texts;
};

FileIndex::FileIndex(fs::path file) : path_(std::move(file)) {
  load();
}

FileIndex::~FileIndex() {
  unload();
}

void FileIndex::unload() {
  if (!map_.empty()) ::munmap(const_cast<std::byte*>(map_.data()), map_.size());
  map_ = {};
}

void FileIndex::map(const File& file) {
  const auto status = status_of(file);
  if (status.size_bytes < sizeof(Header) + Digest::kSize) return;
  void* map = ::mmap(nullptr, status.size_bytes, PROT_READ, MAP_PRIVATE, file.descriptor(), 0);
  if (map == MAP_FAILED) return;
  map_ = {static_cast<const std::byte*>(map), status.size_bytes};
  written_ns_ = status.modified_ns;
}

void FileIndex::load() {
  unload();
  try {
    map(File::open(path_, O_RDONLY));
  } catch (const Error&) {
    return;  // not there, or not for us: everything is read then
  }
  if (map_.empty()) return;
  const auto content = map_.first(map_.size() - Digest::kSize);
  const auto header = load_as<Header>(content, 0);
  const auto fits = [&](std::uint64_t count, std::uint64_t size) {
    return count <= content.size() / size;
  };
  const bool ours = std::string_view(header.magic.data(), header.magic.size()) == kMagic &&
                    header.version == kVersion && fits(header.folders, sizeof(FolderRecord)) &&
                    fits(header.entries, sizeof(EntryRecord)) && fits(header.text_bytes, 1) &&
                    Layout(map_).texts + header.text_bytes == content.size();
  // The digest tells a torn index; anybody can put a right one behind an index that is made up.
  if (!ours || Digest::of(content) != Digest::from_bytes(map_.last(Digest::kSize)) ||
      !is_as_written())
    unload();
}

bool FileIndex::is_as_written() const {
  const Layout layout(map_);
  std::uint64_t text = 0;
  std::uint64_t entry = 0;
  const auto next_text = [&](std::uint64_t at,
                             std::uint32_t size) -> std::optional<std::string_view> {
    if (at != text || size > layout.header.text_bytes - text) return std::nullopt;
    text += size;
    return text_of(map_.subspan(layout.texts + at, size));
  };
  std::optional<std::string_view> last_path;
  for (std::uint64_t number = 0; number < layout.header.folders; ++number) {
    const auto folder = load_as<FolderRecord>(map_, Layout::folder(number));
    const auto path = next_text(folder.text, folder.text_bytes);
    if (!path || (last_path && *path <= *last_path) || folder.first_entry != entry ||
        folder.entries > layout.header.entries - entry || folder.files < 0 ||
        folder.files > kMaxFiles)
      return false;
    last_path = path;
    std::string_view last_name;
    for (const auto end = entry + folder.entries; entry < end; ++entry) {
      const auto record = load_as<EntryRecord>(map_, layout.entry(entry));
      const auto name = next_text(record.text, record.text_bytes);
      if (!name || !is_name(*name) || *name <= last_name ||
          record.mode > static_cast<std::uint16_t>(Mode::folder))
        return false;
      last_name = *name;
    }
  }
  return text == layout.header.text_bytes && entry == layout.header.entries;
}

bool FileIndex::is_racy(const FileStatus& status) const {
  // A mode that changes, or a time that is set back, moves the second of the two only.
  return std::max(status.modified_ns, status.changed_ns) >= written_ns_;
}

std::string_view FileIndex::path_at(std::uint64_t number) const {
  const auto record = load_as<FolderRecord>(map_, Layout::folder(number));
  return text_of(map_.subspan(Layout(map_).texts + record.text, record.text_bytes));
}

std::optional<FileIndex::Known> FileIndex::find(std::string_view path) const {
  if (map_.empty()) return std::nullopt;
  std::uint64_t low = 0;
  std::uint64_t high = load_as<Header>(map_, 0).folders;
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    const auto order = path_at(middle).compare(path);
    if (order == 0) return Known(*this, middle);
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return std::nullopt;
}

IndexFolder FileIndex::Known::folder() const {
  const auto record = load_as<FolderRecord>(index_->map_, Layout::folder(number_));
  auto folder = folder_of(record);
  folder.believed = folder.believed && !index_->is_racy(folder.status);
  return folder;
}

std::size_t FileIndex::Known::count() const {
  return load_as<FolderRecord>(index_->map_, Layout::folder(number_)).entries;
}

IndexEntry FileIndex::Known::at(std::size_t number) const {
  const Layout layout(index_->map_);
  const auto folder = load_as<FolderRecord>(index_->map_, Layout::folder(number_));
  const auto record = load_as<EntryRecord>(index_->map_, layout.entry(folder.first_entry + number));
  auto entry = entry_of(
      record, text_of(index_->map_.subspan(layout.texts + record.text, record.text_bytes)));
  entry.believed = entry.believed && !index_->is_racy(entry.status);
  return entry;
}

std::optional<IndexEntry> FileIndex::Known::find(std::string_view name) const {
  std::size_t low = 0;
  std::size_t high = count();
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    auto entry = at(middle);
    const auto order = entry.name.compare(name);
    if (order == 0) return entry;
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return std::nullopt;
}

FileIndex::Block FileIndex::block_of(const IndexFolder& folder, std::vector<IndexEntry> entries) {
  std::ranges::sort(entries, {}, &IndexEntry::name);
  Block block;
  block.folder = {.whole = folder.whole,
                  .believed = folder.believed,
                  .stat = stat_of(folder.status),
                  .size_bytes = folder.size_bytes,
                  .files = folder.files,
                  .tree = raw(folder.tree),
                  .rules = raw(folder.rules)};
  block.entries.reserve(entries.size());
  for (const auto& entry : entries) {
    auto record = record_of(entry);
    record.text = block.texts.size();
    record.text_bytes = static_cast<std::uint32_t>(entry.name.size());
    block.texts += entry.name;
    block.entries.push_back(record);
  }
  return block;
}

void FileIndex::put(const std::string& path, const IndexFolder& folder,
                    std::vector<IndexEntry> entries) {
  auto block = block_of(folder, std::move(entries));
  fresh_.with([&](auto& fresh) { fresh[path] = std::move(block); });
}

void FileIndex::put_file(const std::string& folder, const IndexEntry& entry) {
  files_.with([&](auto& files) { files[folder].push_back({std::string(entry.name), entry}); });
}

/// Puts single files beside what else is known of their folders.
void FileIndex::merge_files(std::map<std::string, Block>& fresh) {
  const auto files = files_.with([](auto& kept) { return std::exchange(kept, {}); });
  for (const auto& [path, singles] : files) {
    std::map<std::string, IndexEntry, std::less<>> merged;
    IndexFolder folder;
    if (const auto block = fresh.find(path); block != fresh.end()) {
      folder = folder_of(block->second.folder);
      for (const auto& record : block->second.entries) {
        const auto name = block->second.name(record);
        merged.emplace(name, entry_of(record, name));
      }
    } else if (const auto known = find(path)) {
      folder = known->folder();
      for (std::size_t i = 0; i < known->count(); ++i)
        merged.emplace(known->at(i).name, known->at(i));
    }
    for (const auto& [name, entry] : singles) merged.insert_or_assign(name, entry);
    folder.whole = false;  // its tree is of other files now
    std::vector<IndexEntry> entries;
    for (auto& [name, entry] : merged) {
      entry.name = name;
      entries.push_back(entry);
    }
    fresh[path] = block_of(folder, std::move(entries));
  }
}

namespace {

/// Writes records one after the other through one buffer, and hashes them on the way.
class Output {
 public:
  explicit Output(File& file) : file_(file) { buffer_.reserve(kBytes); }

  template <typename Record>
  void add(const Record& record) {
    add(std::string_view(reinterpret_cast<const char*>(&record), sizeof record));
  }
  void add(std::string_view text) {
    if (buffer_.size() + text.size() > kBytes) flush();
    buffer_ += text;
  }
  void finish() {
    flush();
    file_.write_all(hasher_.finish().bytes());
  }

 private:
  void flush() {
    hasher_.update(bytes_of(buffer_));
    file_.write_all(bytes_of(buffer_));
    buffer_.clear();
  }

  static constexpr std::size_t kBytes = 1U << 20U;
  File& file_;
  Hasher hasher_;
  std::string buffer_;
};

}  // namespace

/// One folder of the index that is written: what was put, or what was known before.
struct FileIndex::Part {
  std::string_view path;
  const Block* fresh = nullptr;
  std::uint64_t known = 0;
};

/// In the order of their paths. What nobody looked at again stays.
std::vector<FileIndex::Part> FileIndex::parts(const std::map<std::string, Block>& fresh) const {
  std::vector<Part> all;
  auto next = fresh.begin();
  const auto count = map_.empty() ? 0 : load_as<Header>(map_, 0).folders;
  all.reserve(fresh.size() + count);
  const auto add_fresh = [&] {
    all.push_back({.path = next->first, .fresh = &next->second});
    ++next;
  };
  for (std::uint64_t number = 0; number < count; ++number) {
    const auto path = path_at(number);
    while (next != fresh.end() && next->first < path) add_fresh();
    if (next == fresh.end() || next->first != path) all.push_back({.path = path, .known = number});
  }
  while (next != fresh.end()) add_fresh();
  return all;
}

template <typename Visit>
void FileIndex::each_entry(const Part& part, Visit&& visit) const {
  if (part.fresh != nullptr) {
    for (const auto& entry : part.fresh->entries) visit(entry, part.fresh->name(entry));
    return;
  }
  // What was racy may have changed unseen by now.
  const Known known(*this, part.known);
  for (std::size_t i = 0; i < known.count(); ++i) {
    const auto entry = known.at(i);
    visit(record_of(entry), entry.name);
  }
}

/// In three passes, so that a million files need no second copy in memory.
void FileIndex::write(const std::map<std::string, Block>& fresh, File& file) const {
  const auto all = parts(fresh);
  Header header;
  std::ranges::copy(kMagic, header.magic.begin());
  std::vector<FolderRecord> folders;
  folders.reserve(all.size());
  for (const auto& part : all) {
    auto folder = part.fresh != nullptr ? part.fresh->folder
                                        : load_as<FolderRecord>(map_, Layout::folder(part.known));
    if (part.fresh == nullptr) folder.believed = Known(*this, part.known).folder().believed;
    folder.text = header.text_bytes;
    folder.text_bytes = static_cast<std::uint32_t>(part.path.size());
    folder.first_entry = header.entries;
    header.text_bytes += part.path.size();
    each_entry(part, [&](const EntryRecord&, std::string_view name) {
      ++header.entries;
      header.text_bytes += name.size();
    });
    folder.entries = header.entries - folder.first_entry;
    folders.push_back(folder);
  }
  header.folders = folders.size();
  Output output(file);
  output.add(header);
  for (const auto& folder : folders) output.add(folder);
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto text = folders[i].text + folders[i].text_bytes;
    each_entry(all[i], [&](EntryRecord entry, std::string_view name) {
      entry.text = text;
      entry.text_bytes = static_cast<std::uint32_t>(name.size());
      text += name.size();
      output.add(entry);
    });
  }
  for (const auto& part : all) {
    output.add(part.path);
    each_entry(part, [&](const EntryRecord&, std::string_view name) { output.add(name); });
  }
  output.finish();
}

void FileIndex::save(const World& world) {
  auto fresh = fresh_.with([](auto& kept) { return std::exchange(kept, {}); });
  merge_files(fresh);
  if (fresh.empty()) return;
  const auto temporary = path_.string() + "." + random_hex(world, 6) + ".tmp";
  try {
    auto file = File::open(temporary, O_RDWR | O_CREAT | O_EXCL, 0600);
    write(fresh, file);
    // Not synced: its digest tells a torn index from a whole one.
    if (::rename(temporary.c_str(), path_.c_str()) != 0) ::unlink(temporary.c_str());
    // What this process wrote it need not look through.
    unload();
    map(file);
  } catch (const Error&) {
    ::unlink(temporary.c_str());
    load();
  }
}

}  // namespace mlo::workspace
