#include "ledger/proof.h"

#include <bit>
#include <charconv>
#include <span>

#include <fmt/format.h>

#include "ledger/merkle.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::ledger {
namespace {

constexpr std::size_t kMaxPath = 64;

bool is_even(std::int64_t number) {
  return number % 2 == 0;
}

/// The largest power of two below `count`, which must be at least 2: RFC 6962 cuts there.
std::int64_t left_part(std::int64_t count) {
  return static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(count - 1)));
}

/// The hash of the leaves [begin, end), where begin is a multiple of the power of two that holds
/// them.
Digest hash_of(std::int64_t begin, std::int64_t end, const HashAt& hash_at) {
  const auto count = static_cast<std::uint64_t>(end - begin);
  if (std::has_single_bit(count)) {
    const int level = std::countr_zero(count);
    return hash_at(level, begin >> level);
  }
  const auto middle = begin + left_part(end - begin);
  return node_hash(hash_of(begin, middle, hash_at), hash_of(middle, end, hash_at));
}

std::int64_t number_of(std::string_view text) {
  std::int64_t number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0 ||
      std::to_string(number) != text)
    throw Error(ErrorKind::bad_input, "'{}' is no index of an entry", printable(text));
  return number;
}

std::string path_lines(const std::vector<Digest>& path) {
  std::string text;
  for (const auto& hash : path) text += to_base64(hash.bytes()) + "\n";
  return text;
}

std::vector<Digest> read_path(std::span<const std::string> lines) {
  std::vector<Digest> path;
  for (const auto& line : lines) {
    const auto bytes = from_base64(line);
    if (bytes.size() != Digest::kSize || path.size() >= kMaxPath)
      throw Error(ErrorKind::bad_input, "'{}' is no hash of a proof", printable(line));
    path.push_back(Digest::from_bytes(bytes));
  }
  return path;
}

}  // namespace

Digest root_of_first(std::int64_t size, const HashAt& hash_at) {
  return size == 0 ? Digest::of(BytesView()) : hash_of(0, size, hash_at);
}

std::vector<Digest> inclusion_path(std::int64_t index, std::int64_t size, const HashAt& hash_at) {
  invariant(index >= 0 && index < size, "a proof is of an entry in the tree");
  std::vector<Digest> from_root;
  std::int64_t begin = 0;
  std::int64_t end = size;
  while (end - begin > 1) {
    const auto middle = begin + left_part(end - begin);
    if (index < middle) {
      from_root.push_back(hash_of(middle, end, hash_at));
      end = middle;
    } else {
      from_root.push_back(hash_of(begin, middle, hash_at));
      begin = middle;
    }
  }
  return {from_root.rbegin(), from_root.rend()};
}

std::vector<Digest> consistency_path(std::int64_t old_size, std::int64_t size,
                                     const HashAt& hash_at) {
  invariant(old_size >= 0 && old_size <= size, "the older tree is the smaller one");
  if (old_size == 0 || old_size == size) return {};
  std::vector<Digest> from_root;
  std::int64_t begin = 0;
  std::int64_t end = size;
  while (end != old_size) {
    const auto middle = begin + left_part(end - begin);
    if (old_size <= middle) {
      from_root.push_back(hash_of(middle, end, hash_at));
      end = middle;
    } else {
      from_root.push_back(hash_of(begin, middle, hash_at));
      begin = middle;
    }
  }
  // When the old tree is itself a complete subtree, the verifier has its hash already.
  if (begin != 0) from_root.push_back(hash_of(begin, end, hash_at));
  return {from_root.rbegin(), from_root.rend()};
}

namespace {

/// Where a proof has climbed to, a level at a time (RFC 9162, 2.1.3.2 and 2.1.4.2).
struct Climb {
  std::int64_t node = 0;
  std::int64_t last = 0;  ///< of the level

  void up() {
    node >>= 1;
    last >>= 1;
  }
  /// Past the levels on which the node is alone: after a sibling on its left.
  void up_alone() {
    while (is_even(node) && node != 0) up();
  }
  [[nodiscard]] bool sibling_is_left() const { return !is_even(node) || node == last; }
};

}  // namespace

bool proves_inclusion(const Digest& leaf, std::int64_t index, const TreeHead& head,
                      const std::vector<Digest>& path) {
  if (index < 0 || index >= head.size) return false;
  Climb at{.node = index, .last = head.size - 1};
  auto hash = leaf;
  for (const auto& sibling : path) {
    if (at.last == 0) return false;
    if (at.sibling_is_left()) {
      hash = node_hash(sibling, hash);
      at.up_alone();
    } else {
      hash = node_hash(hash, sibling);
    }
    at.up();
  }
  return at.last == 0 && hash == head.root;
}

bool proves_consistency(const TreeHead& old_head, const TreeHead& head,
                        const std::vector<Digest>& path) {
  if (old_head.size < 0 || old_head.size > head.size) return false;
  if (old_head.size == head.size) return path.empty() && old_head.root == head.root;
  if (old_head.size == 0) return path.empty() && old_head.root == Digest::of(BytesView());
  Climb at{.node = old_head.size - 1, .last = head.size - 1};
  while (!is_even(at.node)) at.up();
  auto step = path.begin();
  if (at.node != 0 && step == path.end()) return false;
  auto old_hash = at.node == 0 ? old_head.root : *step++;
  auto hash = old_hash;
  for (; step != path.end(); ++step) {
    if (at.last == 0) return false;
    if (at.sibling_is_left()) {
      old_hash = node_hash(*step, old_hash);
      hash = node_hash(*step, hash);
      at.up_alone();
    } else {
      hash = node_hash(hash, *step);
    }
    at.up();
  }
  return at.last == 0 && old_hash == old_head.root && hash == head.root;
}

std::string write_proof(const ProofFile& proof) {
  std::string text(kProofHeader);
  text += fmt::format("extra {}\nindex {}\n", to_base64(bytes_of(proof.entry)), proof.index);
  return text + path_lines(proof.path) + "\n" + proof.checkpoint;
}

ProofFile read_proof(std::string_view text) {
  const auto blank = text.find("\n\n");
  if (!text.starts_with(kProofHeader) || blank == std::string_view::npos)
    throw Error(ErrorKind::bad_input, "it is no proof: the first line is not '{}'",
                trim(kProofHeader))
        .hint("mlo audit prove ENTRY -o FILE writes one");
  ProofFile proof{.checkpoint = std::string(text.substr(blank + 2))};
  auto lines = split(text.substr(kProofHeader.size(), blank - kProofHeader.size()), '\n');
  auto line = lines.begin();
  if (line->starts_with("extra ")) {
    const auto bytes = from_base64(std::string_view(*line++).substr(6));
    proof.entry = text_of(bytes);
  }
  if (line == lines.end() || !line->starts_with("index "))
    throw Error(ErrorKind::bad_input, "the proof says no index");
  proof.index = number_of(std::string_view(*line++).substr(6));
  proof.path = read_path({line, lines.end()});
  return proof;
}

std::string write_consistency(const ConsistencyFile& proof) {
  return fmt::format("{}{}\n{}\n{}", kConsistencyStart, proof.old_size, path_lines(proof.path),
                     proof.checkpoint);
}

ConsistencyFile read_consistency(std::string_view text) {
  const auto blank = text.find("\n\n");
  if (!text.starts_with(kConsistencyStart) || blank == std::string_view::npos)
    throw Error(ErrorKind::bad_input, "it is no proof that a log went on")
        .hint("mlo audit prove --since CHECKPOINT -o FILE writes one");
  const auto lines =
      split(text.substr(kConsistencyStart.size(), blank - kConsistencyStart.size()), '\n');
  return {.old_size = number_of(lines.front()),
          .path = read_path(std::span(lines).subspan(1)),
          .checkpoint = std::string(text.substr(blank + 2))};
}

}  // namespace mlo::ledger
