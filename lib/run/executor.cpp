#include "run/executor.h"

#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::run {

Registry<ExecutorMaker>& executors() {
  static Registry<ExecutorMaker> kinds;
  return kinds;
}

std::unique_ptr<Executor> make_executor(std::string_view kind) {
  if (const auto* make = executors().find(kind)) return (*make)();
  throw Error(ErrorKind::bad_input, "no executor '{}'", kind)
      .hint("executors: {}", join(executors().names(), ", "));
}

}  // namespace mlo::run
