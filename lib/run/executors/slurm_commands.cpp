#include "run/executors/slurm_commands.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fcntl.h>
#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/text.h"

namespace mlo::run {
namespace {

/// How long a command of Slurm may keep us; it waits for minutes on a controller that is away.
constexpr std::chrono::seconds kPatience{20};
/// Slurm's own limit is a backstop for a job whose `mlo step` does not end it in time.
constexpr std::int64_t kGraceSeconds = 60;

/// Slurm's words for what may go better later; all else that it says is a refusal.
constexpr std::array<std::string_view, 10> kPassing{
    "Unable to contact", "timed out",     "Connection refused", "emporarily",    "Transport",
    "Zero Bytes",        "Communication", "ontroller",          "ot responding", "socket"};

std::string told(const ProcessResult& result) {
  std::string text(trim(result.output));
  std::ranges::replace(text, '\n', ' ');
  return text.empty() ? fmt::format("exit code {}", result.exit_code) : printable(text);
}

std::variant<std::string, SlurmProblem> call(std::vector<std::string> argv) {
  const auto program = argv.front();
  try {
    const auto result = run_process(
        {.argv = std::move(argv), .environment = blank_secrets(), .limits = {.wall = kPatience}});
    if (result.limit_hit) return SlurmProblem{fmt::format("{} does not answer", program)};
    if (result.exit_code == 0) return result.output;
    auto message = told(result);
    const bool passing = std::ranges::any_of(
        kPassing, [&](std::string_view words) { return message.find(words) != std::string::npos; });
    return SlurmProblem{fmt::format("{}: {}", program, message), !passing};
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
    throw Error(ErrorKind::unavailable, "Slurm's command '{}' is not installed here", program)
        .hint("install Slurm's client commands, or run here: mlo train --executor local");
  }
}

/// "1h 30m" as Slurm wants it: minutes:seconds.
std::string minutes(std::int64_t seconds) {
  return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
}

/// The script of a job: each task of an array finds the folder of its attempt in the list.
std::string script_of(const SlurmSubmission& submission) {
  const auto& first = submission.attempts.front();
  if (submission.attempts.size() == 1)
    return fmt::format("#!/bin/sh\nexec '{}' step '{}'\n", submission.program,
                       first.place.string());
  std::string list;
  for (const auto& attempt : submission.attempts) list += attempt.place.string() + "\n";
  auto file = File::open(first.place / "array", O_WRONLY | O_CREAT | O_TRUNC, 0600);
  file.write_all(bytes_of(list));
  return fmt::format(
      "#!/bin/sh\nexec '{}' step \"$(sed -n \"$((SLURM_ARRAY_TASK_ID + 1))p\" '{}')\"\n",
      submission.program, (first.place / "array").string());
}

std::vector<std::string> arguments_of(const SlurmSubmission& submission) {
  const auto& first = submission.attempts.front();
  std::vector<std::string> argv{"sbatch", "--parsable", "--requeue", "--open-mode=append",
                                "--job-name=" + submission.name,
                                "--chdir=" + first.workspace.string(),
                                // What `mlo step` itself says; the step's own log is the step's.
                                "--output=" + (first.place / "slurm.log").string()};
  if (submission.attempts.size() > 1)
    argv.push_back(fmt::format("--array=0-{}", submission.attempts.size() - 1));
  if (first.cpus > 0) argv.push_back(fmt::format("--cpus-per-task={}", first.cpus));
  if (first.gpus > 0) argv.push_back(fmt::format("--gres=gpu:{}", first.gpus));
  if (first.limits.memory_bytes > 0)
    argv.push_back(fmt::format("--mem={}K", (first.limits.memory_bytes + 1023) / 1024));
  if (first.limits.wall.count() > 0)
    argv.push_back("--time=" + minutes(first.limits.wall.count() + kGraceSeconds));
  argv.insert(argv.end(), submission.options.begin(), submission.options.end());
  return argv;
}

/// Ids grow: of several jobs with one name, as after a retry by hand, the last counts.
std::int64_t number_of(const std::string& id) {
  std::int64_t number = 0;
  std::from_chars(id.data(), id.data() + id.size(), number);
  return number;
}

}  // namespace

std::variant<SlurmQueue, SlurmProblem> ask_queue() {
  // -r: a line for each task of an array. The name comes last, as it may hold anything.
  const auto answer = call({"squeue", "--me", "-h", "-r", "-t", "all", "-o", "%i|%K|%T|%r|%j"});
  if (const auto* problem = std::get_if<SlurmProblem>(&answer)) return *problem;
  SlurmQueue queue;
  for (const auto& line : split(std::get<std::string>(answer), '\n')) {
    auto fields = split(line, '|');
    if (fields.size() < 5) continue;
    JobName name{.name = std::string(trim(fields[4])), .index = {}};
    int index = 0;
    const auto& text = fields[1];
    if (std::from_chars(text.data(), text.data() + text.size(), index).ec == std::errc())
      name.index = index;
    SlurmJob job{.id = fields[0], .state = fields[2], .reason = fields[3]};
    const auto [known, fresh] = queue.emplace(std::move(name), job);
    if (!fresh && number_of(known->second.id) < number_of(job.id)) known->second = std::move(job);
  }
  return queue;
}

std::optional<SlurmProblem> send(const SlurmSubmission& submission) {
  const auto& place = submission.attempts.front().place;
  {
    auto script = File::open(place / "script", O_WRONLY | O_CREAT | O_TRUNC, 0700);
    script.write_all(bytes_of(script_of(submission)));
  }
  auto argv = arguments_of(submission);
  argv.push_back((place / "script").string());
  const auto answer = call(std::move(argv));
  if (const auto* problem = std::get_if<SlurmProblem>(&answer)) return *problem;
  return std::nullopt;
}

void cancel_job(const std::string& id) {
  // What it answers changes nothing: whether the job ended is asked of the queue.
  static_cast<void>(call({"scancel", id}));
}

}  // namespace mlo::run
