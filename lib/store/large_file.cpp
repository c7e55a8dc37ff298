#include "store/large_file.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <thread>

#include <fcntl.h>

#include "mlo/core/error.h"
#include "mlo/core/thread.h"
#include "store/chunker.h"

namespace mlo::store {
namespace {

constexpr std::size_t kReadBytes = 2U << 20U;
constexpr std::size_t kBlocks = 8;
// SHA-256 of the whole goes at 2 GB/s on one core; four cores compress what it lets through.
constexpr int kMaxHelpers = 4;

/// A stretch of the file: what the last block left over, then what was read.
struct Block {
  // NOLINTBEGIN(modernize-avoid-c-arrays): a vector would fill it first
  std::unique_ptr<std::byte[]> bytes =
      std::make_unique_for_overwrite<std::byte[]>(Chunking::kMaxBytes + kReadBytes);
  // NOLINTEND(modernize-avoid-c-arrays)
  std::size_t fresh = 0;  ///< where the bytes begin that no block had before
  std::size_t end = 0;
  std::size_t number = 0;
  std::vector<BytesView> pieces;
  std::atomic<int> users = 0;

  [[nodiscard]] BytesView all() const { return {bytes.get(), end}; }
};

class Cutter {
 public:
  Cutter(File& input, const std::function<Digest(BytesView)>& keep, Mac* mac)
      : input_(input), keep_(keep), mac_(mac) {
    for (auto& block : blocks_) free_.push(&block);
  }

  ChunkedFile run() {
    {
      std::vector<std::jthread> pool;
      pool.emplace_back([this] { consume(hashing_, [this](Block& block) { hash(block); }); });
      if (mac_ != nullptr)
        pool.emplace_back(
            [this] { consume(coding_, [this](Block& block) { mac_->update(fresh(block)); }); });
      for (int i = 0; i < helper_threads(); ++i)
        pool.emplace_back([this] { consume(keeping_, [this](Block& block) { keep(block); }); });
      if (error_.caught([this] { read(); })) stop();
      finish_all();
    }
    error_.rethrow();
    ChunkedFile file{.digest = hasher_.finish(), .size_bytes = size_};
    parts_.with([&](auto& parts) {
      std::size_t count = 0;
      for (const auto& part : parts) count += part.size();
      file.chunks.reserve(count);
      for (auto& part : parts) {
        file.chunks.insert(file.chunks.end(), part.begin(), part.end());
        part = {};  // of a hundred gigabytes they would be there twice
      }
    });
    return file;
  }

 private:
  void read() {
    BytesView rest;
    for (bool more = true; more;) {
      const auto next = free_.pop();
      if (!next) return;  // another thread failed
      Block& block = **next;
      // The block that holds `rest` is not free yet: it is given away below, after this copy.
      std::ranges::copy(rest, block.bytes.get());
      if (last_ != nullptr) release(*last_);
      block.fresh = rest.size();
      block.end = rest.size();
      while (block.end < block.fresh + kReadBytes) {
        const auto count = input_.read(
            std::span(block.bytes.get() + block.end, block.fresh + kReadBytes - block.end));
        if (count == 0) more = false;
        if (count == 0) break;
        block.end += count;
      }
      size_ += block.end - block.fresh;
      rest = cut(block, more);
      pass_on(block);
    }
    if (last_ != nullptr) release(*last_);
  }

  /// What is left for the next block.
  static BytesView cut(Block& block, bool more) {
    auto rest = block.all();
    block.pieces.clear();
    while (rest.size() >= Chunking::kMaxBytes || (!more && !rest.empty())) {
      const auto size = first_chunk(rest);
      block.pieces.push_back(rest.first(size));
      rest = rest.subspan(size);
    }
    return rest;
  }

  void pass_on(Block& block) {
    block.number = count_++;
    // Who hashes, who keeps, who codes, and this thread until the rest is copied.
    block.users = mac_ != nullptr ? 4 : 3;
    last_ = &block;
    parts_.with([](auto& parts) { parts.emplace_back(); });
    hashing_.push(&block);
    if (mac_ != nullptr) coding_.push(&block);
    keeping_.push(&block);
  }

  void consume(BoundedQueue<Block*>& queue, const std::function<void(Block&)>& work) {
    const bool threw = error_.caught([&] {
      while (auto block = queue.pop()) {
        work(**block);
        release(**block);
      }
    });
    if (threw) stop();
  }

  static BytesView fresh(const Block& block) { return block.all().subspan(block.fresh); }
  void hash(const Block& block) { hasher_.update(fresh(block)); }

  void keep(const Block& block) {
    std::vector<Chunk> part;
    part.reserve(block.pieces.size());
    for (const auto piece : block.pieces)
      part.push_back({keep_(piece), static_cast<std::uint32_t>(piece.size())});
    parts_.with([&](auto& parts) { parts[block.number] = std::move(part); });
  }

  void release(Block& block) {
    if (block.users.fetch_sub(1) == 1) free_.push(&block);
  }
  void finish_all() {
    hashing_.close();
    coding_.close();
    keeping_.close();
  }
  void stop() {
    free_.close();
    finish_all();
  }

  File& input_;
  const std::function<Digest(BytesView)>& keep_;
  Mac* mac_;  ///< null: no code is wanted
  std::array<Block, kBlocks> blocks_;
  BoundedQueue<Block*> free_{kBlocks};
  BoundedQueue<Block*> hashing_{kBlocks};
  BoundedQueue<Block*> coding_{kBlocks};
  BoundedQueue<Block*> keeping_{kBlocks};
  FirstError error_;
  Hasher hasher_;
  Guarded<std::vector<std::vector<Chunk>>> parts_;  ///< the chunks of each block, by its number
  Block* last_ = nullptr;
  std::size_t count_ = 0;
  std::uint64_t size_ = 0;
};

}  // namespace

ChunkedFile cut_into_chunks(File& input, const std::function<Digest(BytesView)>& keep, Mac* mac) {
#ifdef __linux__
  ::posix_fadvise(input.descriptor(), 0, 0, POSIX_FADV_SEQUENTIAL);
#endif
  return Cutter(input, keep, mac).run();
}

int helper_threads() {
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kMaxHelpers);
}

}  // namespace mlo::store
