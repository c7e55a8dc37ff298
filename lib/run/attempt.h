#pragma once

#include <string>
#include <variant>
#include <vector>

#include "run/executor.h"
#include "run/recorded.h"
#include "run/training.h"

namespace mlo::run {

/// Makes ready what the step's command needs: its params as a file and as variables, folders for
/// its outputs, an empty log. What lies where it will write is removed, and kept in the store when
/// it was not there already.
/// What outlives this process gets a folder for good: `step.scratch` is set to where its files are.
enum class Lasting { no, yes };
Attempt prepare_attempt(Training& training, StepProgress& step, Lasting lasting);

/// A step that did all it declared.
struct Done {
  std::vector<StoredOutput> outputs;  ///< in the store once `Training::files` is committed
  std::uint64_t size_bytes = 0;       ///< of all outputs
  Json metrics = Json::object();
  Recorded recorded;
  std::vector<std::string> changed;  ///< inputs that are not what they were when it began
};
/// One that did not, and why: "exit code 3".
struct Failed {
  enum class Cause {
    step,     ///< it failed, or took too long
    limit,    ///< it went over its memory or CPU time, and would again
    engine,   ///< the engine lost it
    refused,  ///< the engine would not have it, or somebody ended it there
  };
  std::string why;
  Cause cause = Cause::step;
};
/// Looks at what an ended job left behind. Throws only what is no fault of the step.
std::variant<Done, Failed> collect(Training& training, const StepProgress& step,
                                   const JobState& state);

/// Remembers what a failed step left where its outputs were to be: half-written, it is nobody's,
/// and the next attempt need not keep it.
void note_left_behind(Training& training, const Node& node);

/// Puts the outputs of a decision in place, touching only those that differ.
void restore_outputs(Training& training, const std::vector<StoredOutput>& outputs);

/// The numbers in all metric files of a step that is done. Throws bad_input.
FileMetrics metrics_of(const Training& training, const Node& node);

/// The last lines of a log as printable UTF-8, joined by '\n'; empty when there is no log.
std::string log_tail(const std::filesystem::path& log, std::size_t lines = 20);

}  // namespace mlo::run
