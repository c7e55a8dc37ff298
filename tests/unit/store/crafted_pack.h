#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>

#include "mlo/core/file.h"
#include "store/pack.h"

/// A pack as a stranger would make it: what its headers and index say need not be so.
struct CraftedPack {
  std::string bytes{mlo::store::PackFormat::kHeader};
  std::vector<mlo::store::PackEntry> entries;
  std::uint64_t hole_bytes = 0;  ///< between the records and the index

  mlo::store::PackEntry& add(mlo::store::Encoding encoding, std::uint64_t content_bytes,
                             mlo::BytesView payload, const mlo::Digest& digest) {
    const mlo::store::RecordHeader header{encoding, content_bytes, payload.size(), digest};
    entries.push_back({header, bytes.size()});
    std::array<std::byte, mlo::store::RecordHeader::kSize> raw{};
    encode(header, raw);
    bytes += mlo::text_of(raw);
    bytes += mlo::text_of(payload);
    return entries.back();
  }
  mlo::Digest add(std::string_view content) {
    const auto view = mlo::bytes_of(content);
    const auto digest = mlo::Digest::of(view);
    add(mlo::store::Encoding::raw, content.size(), view, digest);
    return digest;
  }
  void write(const std::filesystem::path& path) const { write(path, entries.size()); }
  void write(const std::filesystem::path& path, std::uint64_t count) const {
    using Format = mlo::store::PackFormat;
    auto sorted = entries;
    std::ranges::sort(sorted, {}, [](const auto& entry) { return entry.header.digest; });
    std::string index;
    for (const auto& entry : sorted) {
      std::array<std::byte, Format::kEntryBytes> raw{};
      encode(entry, raw);
      index += mlo::text_of(raw);
    }
    const auto offset = bytes.size() + hole_bytes;
    std::array<std::byte, 8> number{};
    std::string trailer(Format::kIndexMagic);
    for (const auto value : {Format::kVersion, count, static_cast<std::uint64_t>(offset)}) {
      mlo::store::put_u64(number.data(), value);
      trailer += mlo::text_of(number);
    }
    trailer += mlo::text_of(mlo::Digest::of(index).bytes());
    auto file = mlo::File::open(path, O_WRONLY | O_CREAT | O_TRUNC);
    file.write_at(mlo::bytes_of(bytes), 0);
    file.write_at(mlo::bytes_of(index), offset);
    file.write_at(mlo::bytes_of(trailer), offset + index.size());
  }
};
