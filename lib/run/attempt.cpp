#include "run/attempt.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/text.h"
#include "mlo/workspace/snapshot.h"
#include "run/decision.h"
#include "run/params.h"
#include "run/recorded.h"

namespace mlo::run {
namespace fs = std::filesystem;
namespace {

/// Code and settings are kept with the run; larger inputs that nobody tracks are only named.
constexpr std::uint64_t kMaxKeptInputBytes = 10ULL << 20U;
constexpr std::chrono::seconds kLatestOutput{10};
constexpr std::chrono::milliseconds kLook{100};

void write_plainly(const fs::path& path, std::string_view content) {
  auto file = File::open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  file.write_all(bytes_of(content));
}

/// Removes what is at `path`. An output belongs to its step, but what somebody put there by hand
/// may exist nowhere else.
void clear(Training& training, const std::string& step, const RepoPath& path) {
  auto& repository = training.repository;
  const auto place = path.under(repository.root());
  if (!status_of(place)) return;
  const auto present = training.files.look(path);
  if (!training.journal.take_left_behind(path, present.digest) &&
      !is_stored(repository.store(), present.digest, present.folder)) {
    training.files.keep(path);
    training.files.commit();
    training.progress.warn(
        fmt::format("step '{}' replaces '{}', whose content nobody had recorded: it is kept in the "
                    "store as {}",
                    step, path.text(), present.digest.text()));
  }
  fs::remove_all(place);
}

void keep_inputs(Training& training, const StepProgress& step) {
  auto& repository = training.repository;
  for (const auto& input : step.node->inputs) {
    if (!input.makers.empty()) continue;
    const auto present = training.files.look(input.path);
    if (present.size_bytes <= kMaxKeptInputBytes &&
        !is_stored(repository.store(), present.digest, present.folder))
      training.files.keep(input.path);
  }
}

/// How many times what the step declares it may use by now.
double growth_of(const StepProgress& step) {
  return std::pow(step.node->spec.resources.growth, step.grown);
}

ProcessLimits limits_of(const StepProgress& step) {
  const auto& spec = step.node->spec;
  const auto grown = [&](auto declared) {
    return static_cast<decltype(declared)>(static_cast<double>(declared) * growth_of(step));
  };
  return {.memory_bytes = grown(spec.resources.memory_bytes),
          .cpu = std::chrono::seconds(grown(spec.resources.cpu_seconds)),
          .wall = std::chrono::seconds(spec.timeout_seconds)};
}

std::optional<Failed> over_limit(const StepProgress& step, Limit limit) {
  const auto limits = limits_of(step);
  switch (limit) {
    case Limit::wall: return Failed{fmt::format("timed out after {} s", limits.wall.count())};
    case Limit::memory:
      return Failed{fmt::format("it took more memory than its limit of {}",
                                format_bytes(limits.memory_bytes)),
                    Failed::Cause::limit};
    case Limit::cpu: break;
  }
  return Failed{fmt::format("it took more CPU time than its limit of {} s", limits.cpu.count()),
                Failed::Cause::limit};
}

std::optional<Failed> ending(const StepProgress& step, const JobState& state) {
  if (state.phase == JobState::Phase::lost) return Failed{state.problem, Failed::Cause::engine};
  if (state.phase == JobState::Phase::failed) return Failed{state.problem, Failed::Cause::refused};
  const auto& result = state.result;
  if (result.limit_hit) return over_limit(step, *result.limit_hit);
  if (result.signal) return Failed{fmt::format("killed by signal {}", *result.signal)};
  if (result.exit_code != 0) return Failed{fmt::format("exit code {}", result.exit_code)};
  return std::nullopt;
}

/// The first output that is not what the job saw where it ran.
std::optional<std::string> late_output(Training& training, const JobState& state) {
  for (const auto& [path, digest] : state.outputs) {
    const auto output = RepoPath::parse(path);
    if (!status_of(output.under(training.repository.root()))) return path;
    if (training.files.look(output).digest.text() != digest) return path;
  }
  return std::nullopt;
}

/// A shared disk may show what was written elsewhere some seconds late.
std::optional<Failed> await_outputs(Training& training, const JobState& state) {
  const auto until = std::chrono::steady_clock::now() + kLatestOutput;
  while (const auto path = late_output(training, state)) {
    if (std::chrono::steady_clock::now() >= until)
      return Failed{fmt::format("its output '{}' is not what its job wrote: another start of the "
                                "job, or somebody else, has changed it",
                                *path),
                    Failed::Cause::engine};
    throw_if_stopped(training.stop);
    std::this_thread::sleep_for(kLook);
  }
  return std::nullopt;
}

/// Inputs whose content is no longer that of the decision; throws not_found for one that is gone.
std::vector<std::string> changed_inputs(Training& training, const StepProgress& step) {
  std::vector<std::string> changed;
  for (const auto& input : step.node->inputs) {
    const auto& path = input.path.text();
    if (!status_of(input.path.under(training.repository.root())))
      throw Error(ErrorKind::not_found, "its input '{}' was removed while it ran", path);
    const auto present = training.files.look(input.path);
    if (present.digest != step.decision.inputs.at(path)) changed.push_back(path);
  }
  return changed;
}

void store_outputs(Training& training, const Node& node, Done& done) {
  for (const auto& path : node.outputs)
    if (!status_of(path.under(training.repository.root())))
      throw Error(ErrorKind::not_found, "it did not write its output '{}'", path.text());
  for (const auto& path : node.outputs) {
    const auto kept = training.files.keep(path);
    done.outputs.push_back({path, kept.digest, kept.folder});
    done.size_bytes += kept.size_bytes;
  }
}

/// `line` without what a terminal or a JSON reader would choke on, and not endless.
std::string readable(std::string_view line) {
  constexpr std::size_t kLongest = 500;
  std::string text(line.substr(0, kLongest));
  // A cut through a character, or bytes that were never text.
  if (!is_utf8(text))
    std::ranges::replace_if(
        text, [](char c) { return static_cast<signed char>(c) < 0; }, '?');
  return printable(text) + (line.size() > kLongest ? " [cut]" : "");
}

/// Copies that `matrix` made of one step share it; empty for others.
std::string array_of(const std::string& name) {
  const auto at = name.find('@');
  return at == std::string::npos ? std::string() : name.substr(0, at);
}

/// Writes what MLO_PARAMS_FILE names. Steps without params share one: a file costs as much as a
/// short step.
fs::path write_params(const fs::path& scratch, const std::string& step, const Json& params) {
  const bool none = params.size() == 0;
  auto file = scratch / (none ? "no-params.json" : step + ".params.json");
  if (!none || !status_of(file)) write_plainly(file, params.pretty() + "\n");
  return file;
}

/// A tracking client that the step was told to use elsewhere is left alone.
void add_offered(const Training& training, const std::string& step,
                 std::map<std::string, std::string>& environment) {
  const auto& options = training.options;
  if (!options.environment || environment.contains("MLFLOW_TRACKING_URI")) return;
  environment.merge(options.environment({.run = training.run,
                                         .started_at = training.started_at,
                                         .step = step,
                                         .record_file = environment.at("MLO_RECORD_FILE")}));
}

}  // namespace

Attempt prepare_attempt(Training& training, StepProgress& step, Lasting lasting) {
  const auto& spec = step.node->spec;
  const auto& root = training.repository.root();
  keep_inputs(training, step);
  for (const auto& path : step.node->outputs) {
    clear(training, spec.name, path);
    fs::create_directories(path.under(root).parent_path());
  }
  const auto params = params_of(spec, training.params);
  const auto key = fmt::format("{}-{}-{}", training.run, spec.name, step.attempts + 1);
  step.scratch = lasting == Lasting::yes ? training.job_folder(key) : training.scratch();
  fs::create_directories(step.scratch);
  const auto params_file = write_params(step.scratch, spec.name, params);
  const auto record = record_file(step.scratch, spec.name);
  // What an attempt that failed told does not count.
  if (step.attempts > 0) fs::remove(record);
  const auto log = training.log_of(spec.name);
  fs::create_directories(log.parent_path());
  // A further attempt writes on where the one before ended.
  if (step.attempts == 0) write_plainly(log, "");
  auto environment = blank_secrets();
  environment.merge(environment_of(params));
  for (const auto& [name, value] : spec.environment) environment[name] = value;
  environment["MLO_RUN_ID"] = training.run;
  environment["MLO_STEP"] = spec.name;
  environment["MLO_PARAMS_FILE"] = params_file.string();
  environment["MLO_RECORD_FILE"] = record.string();
  if (spec.resources.cpus > 0) environment["MLO_CPUS"] = std::to_string(spec.resources.cpus);
  // An engine's job may run elsewhere, and outlive us.
  if (lasting == Lasting::no) add_offered(training, spec.name, environment);
  Attempt attempt{.key = key,
                  .array = array_of(spec.name),
                  .command = spec.run,
                  .folder = spec.folder.empty() ? root : root / spec.folder,
                  .environment = std::move(environment),
                  .log = log,
                  .cpus = spec.resources.cpus,
                  .gpus = spec.resources.gpus,
                  .limits = limits_of(step),
                  .workspace = root,
                  .place = step.scratch};
  for (const auto& output : step.node->outputs) attempt.outputs.push_back(output.text());
  if (!spec.shell.empty()) {
    attempt.shell = split(spec.shell, ' ');
    std::erase(attempt.shell, std::string());
    attempt.shell.emplace_back("-c");
  }
  return attempt;
}

std::variant<Done, Failed> collect(Training& training, const StepProgress& step,
                                   const JobState& state) {
  const auto& spec = step.node->spec;
  if (auto failed = ending(step, state)) return std::move(*failed);
  if (auto failed = await_outputs(training, state)) return std::move(*failed);
  try {
    Done done;
    done.changed = changed_inputs(training, step);
    done.recorded = keep_recorded(training.files, step.scratch, spec.name);
    auto metrics = metrics_of(training, *step.node);
    if (!metrics.left_out.empty())
      training.progress.warn(fmt::format("step '{}': no number, so no metric: {}", spec.name,
                                         join(metrics.left_out, ", ")));
    done.metrics = with_recorded(std::move(metrics.values), done.recorded);
    store_outputs(training, *step.node, done);
    return done;
  } catch (const Error& error) {
    // A full disk or Ctrl-C is not the step's doing.
    if (error.kind() == ErrorKind::unavailable || error.kind() == ErrorKind::interrupted) throw;
    auto why = error.message();
    for (const auto& context : error.context()) why += fmt::format(", while {}", context);
    return Failed{std::move(why)};
  }
}

void note_left_behind(Training& training, const Node& node) {
  for (const auto& output : node.outputs) {
    if (!status_of(output.under(training.repository.root()))) continue;
    try {
      training.journal.leave_behind(output, training.files.look(output).digest);
    } catch (const Error& error) {
      // What cannot be read now is for the next attempt to complain of.
      if (error.kind() == ErrorKind::interrupted) throw;
    }
  }
}

void restore_outputs(Training& training, const std::vector<StoredOutput>& outputs) {
  auto& repository = training.repository;
  for (const auto& output : outputs) {
    if (status_of(output.path.under(repository.root()))) {
      const auto present = training.files.look(output.path);
      if (present.digest == output.digest && present.folder == output.folder) continue;
      if (!is_stored(repository.store(), present.digest, present.folder)) {
        training.files.keep(output.path);
        training.files.commit();
        training.progress.warn(
            fmt::format("'{}' is replaced: what was there is kept in the store "
                        "as {}",
                        output.path.text(), present.digest.text()));
      }
    }
    workspace::restore_snapshot(repository, {output.digest, output.folder}, output.path,
                                training.progress, training.stop);
  }
}

FileMetrics metrics_of(const Training& training, const Node& node) {
  FileMetrics metrics;
  for (const auto& file : node.spec.metrics) {
    const auto path = RepoPath::parse(file).under(training.repository.root());
    if (!status_of(path))
      throw Error(ErrorKind::not_found, "it did not write its metrics '{}'", file);
    const auto read = read_metrics(path);
    for (const auto& [name, value] : read.values.as_object()) {
      if (metrics.values.find(name) != nullptr)
        throw Error(ErrorKind::bad_input, "metric '{}' is in two files", name);
      metrics.values.set(name, value);
    }
    for (const auto& name : read.left_out)
      metrics.left_out.push_back(fmt::format("'{}' in '{}'", name, file));
  }
  return metrics;
}

std::string log_tail(const fs::path& log, std::size_t lines) {
  constexpr std::uint64_t kLookedAt = 64ULL << 10U;
  const auto status = status_of(log);
  if (!status) return {};
  auto file = File::open(log, O_RDONLY);
  const auto skipped = status->size_bytes - std::min(status->size_bytes, kLookedAt);
  ::lseek(file.descriptor(), static_cast<off_t>(skipped), SEEK_SET);
  std::string text(kLookedAt, '\0');
  std::size_t size = 0;
  while (const auto count = file.read(std::as_writable_bytes(std::span(text)).subspan(size)))
    size += count;
  text.resize(size);
  if (text.ends_with('\n')) text.pop_back();
  auto all = split(text, '\n');
  if (all.size() > lines) all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(lines));
  for (auto& line : all) line = readable(line);
  return join(all, "\n");
}

}  // namespace mlo::run
