#include <algorithm>
#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/http.h"
#include "mlo/core/process.h"
#include "model/targets/target.h"

namespace mlo::model {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kRequestMs = 500;
constexpr auto kPatience = std::chrono::seconds(5);
constexpr auto kPause = std::chrono::milliseconds(50);
constexpr std::int64_t kDefaultPort = 8080;

/// True when the service says that it answers with this version.
bool answers_with(const std::string& body, std::int64_t number) {
  const auto versions = Json::parse(body)["versions"];
  return versions.is_array() && std::ranges::any_of(versions.as_array(), [&](const Json& version) {
           return version == Json(std::to_string(number));
         });
}

/// A running `mlo serve MODEL@STAGE` follows the stage by itself; we only wait until it has.
Delivered deliver(workspace::Repository& /*repository*/, const ledger::ModelVersion& version,
                  const std::string& stage, const Json& options, const std::stop_token& stop) {
  const auto port = options["port"].is_integer() ? options["port"].as_integer() : kDefaultPort;
  const auto host = options.string_or("host", "127.0.0.1");
  const HttpRequest request{
      .url = fmt::format("http://{}:{}/v2/models/{}", host, port, version.model),
      .timeout_ms = kRequestMs};
  const auto deadline = Clock::now() + kPatience;
  while (Clock::now() < deadline) {
    throw_if_stopped(stop);
    try {
      const auto answer = http(request);
      if (answer.status == 200 && answers_with(answer.body, version.number))
        return {"live",
                fmt::format("http://{}:{} answers with version {}", host, port, version.number)};
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::bad_input)
        return {"failed", fmt::format("what listens on port {} is no prediction service", port)};
      if (error.kind() != ErrorKind::unavailable) throw;
      return {"pending", fmt::format("nothing listens on port {} yet: mlo serve {}@{} --port {}",
                                     port, version.model, stage, port)};
    }
    std::this_thread::sleep_for(kPause);
  }
  return {"failed",
          fmt::format("http://{}:{} does not answer with version {}", host, port, version.number)};
}

const bool kRegistered = targets().add("serve", {.deliver = deliver});

}  // namespace
}  // namespace mlo::model
