// The raw limits that benchmarks hold mlo against, without anything around them.
//
//   bench_raw append FOLDER OUT   read each file, SHA-256, append to one file, one fdatasync
//   bench_raw read FOLDER         read every byte of every file, sequentially
#include <cstdio>
#include <filesystem>
#include <vector>

#include <fcntl.h>

#include "mlo/core/digest.h"
#include "mlo/core/file.h"

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kBufferBytes = 1U << 20U;

template <typename Take>
void each_file(const fs::path& folder, Take&& take) {
  std::vector<std::byte> buffer(kBufferBytes);
  for (const auto& item : fs::recursive_directory_iterator(folder)) {
    if (!item.is_regular_file()) continue;
    auto file = mlo::File::open(item.path(), O_RDONLY);
    while (const auto count = file.read(buffer)) take(mlo::BytesView(buffer).first(count));
  }
}

}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  if (words.size() == 3 && words[0] == "append") {
    auto out = mlo::File::open(words[2], O_WRONLY | O_CREAT | O_TRUNC);
    each_file(words[1], [&](mlo::BytesView content) {
      static_cast<void>(mlo::Digest::of(content));
      out.write_all(content);
    });
    out.sync_data();
    return 0;
  }
  if (words.size() == 2 && words[0] == "read") {
    std::uint64_t total = 0;
    each_file(words[1], [&](mlo::BytesView content) { total += content.size(); });
    std::printf("%llu\n", static_cast<unsigned long long>(total));
    return 0;
  }
  std::fputs("bench_raw append FOLDER OUT | read FOLDER\n", stderr);
  return 2;
}
