#include "run/decision.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/ledger/step_outputs.h"
#include "mlo/store/tree.h"
#include "mlo/workspace/snapshot.h"
#include "run/params.h"
#include "run/record.h"

namespace mlo::run {
namespace {

constexpr std::uint64_t kMaxTreeBytes = 256ULL << 20U;
constexpr std::uint64_t kMaxFingerprintBytes = 16ULL << 20U;

StepFacts facts_of(Training& training, const Node& node) {
  StepFacts facts{.command = node.spec.run,
                  .params = params_of(node.spec, training.params),
                  .outputs = node.spec.outputs,
                  .metrics = node.spec.metrics,
                  .environment = node.spec.environment,
                  .shell = node.spec.shell,
                  .folder = node.spec.folder};
  for (const auto& input : node.inputs) {
    const auto expected = training.expected.find(input.path.text());
    facts.inputs[input.path.text()] = expected != training.expected.end()
                                          ? expected->second
                                          : training.files.look(input.path).digest;
  }
  return facts;
}

/// What mlo.lock says of the step's outputs; nothing unless it speaks of all.
std::optional<std::vector<StoredOutput>> locked_outputs(const workspace::LockFile& lock,
                                                        const Node& node) {
  std::vector<StoredOutput> outputs;
  for (const auto& path : node.outputs) {
    const auto file = lock.outputs.find(path.text());
    const auto folder = lock.outputs.find(path.text() + "/");
    if (file != lock.outputs.end())
      outputs.push_back({path, file->second, false});
    else if (folder != lock.outputs.end())
      outputs.push_back({path, folder->second, true});
    else
      return std::nullopt;
  }
  return outputs;
}

/// Whether both say the same of the step's outputs.
bool agree(const std::vector<StoredOutput>& locked, const std::vector<StoredOutput>& made) {
  return std::ranges::equal(locked, made, {}, &StoredOutput::digest, &StoredOutput::digest);
}

/// What the ledger remembers; nothing unless it speaks of all.
std::optional<std::vector<StoredOutput>> recorded_outputs(Training& training, const Node& node,
                                                          const Digest& fingerprint) {
  const auto artifacts = ledger::cached_outputs(training.repository.ledger(), fingerprint);
  if (!artifacts) return std::nullopt;
  std::vector<StoredOutput> outputs;
  for (const auto& path : node.outputs) {
    const auto found = std::ranges::find(*artifacts, path.text(), &ledger::Artifact::path);
    if (found == artifacts->end()) return std::nullopt;
    outputs.push_back({path, found->digest});
  }
  return outputs;
}

/// What the outputs of this fingerprint are, as far as anybody knows. `mlo.lock` comes by git, and
/// a merge or anybody's edit may pair a step with what another one made: it counts where a run says
/// the same, and where none is known, as in a clone without the ledger.
std::optional<std::vector<StoredOutput>> known_outputs(Training& training, const Node& node,
                                                       Decision& decision) {
  const auto& fingerprint = decision.fingerprint.digest;
  std::optional<std::vector<StoredOutput>> locked;
  const auto last = training.lock.steps.find(node.spec.name);
  if (last != training.lock.steps.end() && last->second == fingerprint)
    locked = locked_outputs(training.lock, node);
  auto made = recorded_outputs(training, node, fingerprint);
  if (!made) {
    auto result = training.journal.find(fingerprint);
    return result ? std::move(result->outputs) : std::move(locked);
  }
  auto& repository = training.repository;
  // A step that makes other bytes each time was perhaps made again since.
  if (locked && (agree(*locked, *made) ||
                 ledger::once_made(repository.ledger(), fingerprint, artifacts_of(*locked))))
    return locked;
  for (auto& output : *made) output.folder = is_tree(repository.store(), output.digest);
  decision.overruled = locked.has_value();
  return made;
}

/// What keeps the outputs from being as they should: "output 'x' is missing"; empty when nothing.
std::string trouble_with(Training& training, const std::vector<StoredOutput>& outputs) {
  for (const auto& output : outputs) {
    if (!status_of(output.path.under(training.repository.root())))
      return fmt::format("output '{}' is missing", output.path.text());
    const auto present = training.files.look(output.path);
    if (present.digest != output.digest || present.folder != output.folder)
      return fmt::format("output '{}' changed", output.path.text());
  }
  return {};
}

/// Why the step's last good run does not count any more; empty when it had the same fingerprint.
std::string reason_to_run(Training& training, const Node& node, const Fingerprint& fingerprint) {
  const auto last = training.lock.steps.find(node.spec.name);
  if (last == training.lock.steps.end()) return "never run";
  if (last->second == fingerprint.digest) return {};
  auto& store = training.repository.store();
  if (!store.contains(last->second)) return "it is not as it was when it ran last";
  return difference(store.read(last->second, kMaxFingerprintBytes), fingerprint.text);
}

/// What is there counts, whatever it was made from; what is missing comes from the store.
Decision decide_frozen(Training& training, const Node& node, Decision decision) {
  decision.frozen = true;
  decision.verdict = Decision::Verdict::cached;
  decision.reason.clear();
  const auto locked = locked_outputs(training.lock, node);
  for (const auto& path : node.outputs) {
    if (status_of(path.under(training.repository.root()))) {
      const auto present = training.files.look(path);
      decision.outputs.push_back({path, present.digest, present.folder});
      continue;
    }
    const auto known = [&](const StoredOutput& output) {
      return output.path == path &&
             is_stored(training.repository.store(), output.digest, output.folder);
    };
    const auto found = locked ? std::ranges::find_if(*locked, known) : decltype(locked->begin()){};
    if (!locked || found == locked->end())
      throw Error(ErrorKind::not_found, "step '{}' is frozen, and its output '{}' is not there",
                  node.spec.name, path.text())
          .hint("put it there, or take 'frozen' from {}:{}", node.spec.source, node.spec.line);
    decision.verdict = Decision::Verdict::restore;
    decision.reason = fmt::format("output '{}' is missing", path.text());
    decision.outputs.push_back(*found);
  }
  return decision;
}

}  // namespace

void warn_if_overruled(const Training& training, const Node& node, const Decision& decision) {
  if (!decision.overruled) return;
  training.progress.warn(
      fmt::format("mlo.lock gives step '{0}' outputs that no run of it made: those of its run "
                  "count (mlo lineage "
                  "{1})",
                  node.spec.name, node.outputs.front().text()));
}

Decision decide(Training& training, const Node& node) {
  auto facts = facts_of(training, node);
  Decision decision;
  decision.fingerprint = fingerprint_of(facts);
  decision.inputs = std::move(facts.inputs);
  decision.reason = reason_to_run(training, node, decision.fingerprint);
  if (node.spec.frozen) return decide_frozen(training, node, std::move(decision));
  if (training.options.force || node.spec.always) {
    decision.reason = training.options.force ? "forced" : "it always runs";
    return decision;
  }
  auto known = known_outputs(training, node, decision);
  if (!known) {
    if (decision.reason.empty()) decision.reason = "its outputs are not known";
    return decision;
  }
  const auto trouble = trouble_with(training, *known);
  if (decision.reason.empty()) decision.reason = trouble;
  auto& store = training.repository.store();
  const auto stored = [&](const StoredOutput& output) {
    return is_stored(store, output.digest, output.folder);
  };
  if (trouble.empty())
    decision.verdict = Decision::Verdict::cached;
  else if (!training.options.no_cache && std::ranges::all_of(*known, stored))
    decision.verdict = Decision::Verdict::restore;
  decision.outputs = std::move(*known);
  return decision;
}

bool is_stored(store::ObjectStore& store, const Digest& digest, bool folder) {
  // Trees may share what they hold: each is looked at once.
  std::vector<std::pair<Digest, bool>> waiting = {{digest, folder}};
  std::set<std::pair<Digest, bool>> seen(waiting.begin(), waiting.end());
  while (!waiting.empty()) {
    const auto [next, is_tree] = waiting.back();
    waiting.pop_back();
    if (!store.contains(next)) return false;
    if (!is_tree) continue;
    for (const auto& entry : store::decode_tree(store.read(next, kMaxTreeBytes))) {
      const std::pair one(entry.digest, entry.mode == store::TreeEntry::Mode::folder);
      if (seen.insert(one).second) waiting.push_back(one);
    }
  }
  return true;
}

bool is_tree(store::ObjectStore& store, const Digest& digest) {
  if (!store.contains(digest) || store.size_bytes(digest) > kMaxTreeBytes) return false;
  const auto text = store.read(digest, kMaxTreeBytes);
  return text.starts_with("mlo-tree 1\n");
}

}  // namespace mlo::run
