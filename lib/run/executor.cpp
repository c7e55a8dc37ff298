#include "run/executor.h"

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::run {

Registry<ExecutorMaker>& executors() {
  static Registry<ExecutorMaker> kinds;
  return kinds;
}

std::map<std::string, std::string> blank_secrets() {
  return {{"MLO_KEY", ""},
          {"MLO_KEY_PASSPHRASE", ""},
          {"MLO_NEW_KEY_PASSPHRASE", ""},
          {"MLO_SERVER_TOKEN", ""}};
}

std::unique_ptr<Executor> make_executor(std::string_view kind, const Json& options,
                                        const World& world) {
  const auto* make = executors().find(kind);
  if (make == nullptr)
    throw Error(ErrorKind::bad_input, "no executor '{}'", kind)
        .hint("executors: {}", join(executors().names(), ", "));
  return in_context(fmt::format("reading executors: {} in mlo.yaml", kind),
                    [&] { return (*make)(options, world); });
}

}  // namespace mlo::run
