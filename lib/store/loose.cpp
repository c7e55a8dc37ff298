#include "store/loose.h"

#include <cerrno>
#include <charconv>
#include <cstdio>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mlo/core/error.h"

namespace mlo::store {
namespace fs = std::filesystem;
namespace {

constexpr mode_t kFolderMode = 0700;
constexpr std::size_t kPieceBytes = 1U << 18U;
constexpr std::size_t kTemporaryNameBytes = 8;

}  // namespace

Pending::Pending(const fs::path& folder, std::string_view prefix, const World& world)
    : path_(folder / fmt::format("{}{}", prefix, random_hex(world, kTemporaryNameBytes))) {}

Pending::~Pending() {
  if (!placed_) ::unlink(path_.c_str());
}

void Pending::place(const fs::path& target) {
  if (::rename(path_.c_str(), target.c_str()) != 0)
    throw system_error(errno, fmt::format("rename to '{}'", target.string()));
  placed_ = true;
}

fs::path loose_path(const fs::path& folder, const Digest& digest) {
  const auto name = digest.hex();
  return folder / name.substr(0, 2) / name.substr(2);
}

LooseShards::LooseShards(const fs::path& folder) {
  for (const auto& entry : folder_entries(folder)) {
    const auto name = entry.filename().string();
    int number = 0;
    const auto* end = name.data() + name.size();
    const auto [stop, error] = std::from_chars(name.data(), end, number, 16);
    if (name.size() == 2 && error == std::errc() && stop == end && number >= 0)
      there_[static_cast<std::size_t>(number)] = true;
  }
}

void for_each_loose(const fs::path& folder,
                    const std::function<void(const Digest&, const fs::path&)>& take) {
  constexpr std::size_t kShardDigits = 2;
  for (const auto& shard : folder_entries(folder)) {
    if (shard.filename().native().size() != kShardDigits) continue;
    for (const auto& object : folder_entries(shard)) {
      const auto name = shard.filename().string() + object.filename().string();
      if (const auto digest = Digest::try_parse(name)) take(*digest, object);
    }
  }
}

Digest pump(File& input, const std::function<void(BytesView)>& take) {
  Hasher hasher;
  Bytes buffer(kPieceBytes);
  while (const auto count = input.read(buffer)) {
    const auto piece = BytesView(buffer).first(count);
    hasher.update(piece);
    take(piece);
  }
  return hasher.finish();
}

void make_folder(const fs::path& folder) {
  if (::mkdir(folder.c_str(), kFolderMode) != 0 && errno != EEXIST)
    throw system_error(errno, fmt::format("make the folder '{}'", folder.string()));
}

}  // namespace mlo::store
