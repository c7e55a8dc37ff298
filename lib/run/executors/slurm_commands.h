#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "run/executor.h"
#include "run/job.h"

namespace mlo::run {

/// A job as squeue tells of it.
struct SlurmJob {
  std::string id;     ///< "123", "123_4"
  std::string state;  ///< PENDING, RUNNING, TIMEOUT, …
  std::string reason;
};
/// This user's jobs, those that ended some minutes ago too; of several with one name the newest.
using SlurmQueue = std::map<JobName, SlurmJob>;

/// Slurm did not answer, or said no.
struct SlurmProblem {
  std::string message;
  bool refused = false;  ///< it answered: the same again would be refused again
};

/// The queue, asked once for all jobs.
std::variant<SlurmQueue, SlurmProblem> ask_queue();

/// What sbatch is told.
struct SlurmSubmission {
  std::string name;
  std::vector<Attempt> attempts;  ///< more than one: an array
  std::vector<std::string> options;
  std::string program;
};
/// Nothing when Slurm took it.
std::optional<SlurmProblem> send(const SlurmSubmission& submission);
void cancel_job(const std::string& id);

}  // namespace mlo::run
