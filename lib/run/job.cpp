#include "run/job.h"

#include <array>
#include <chrono>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"

namespace mlo::run {
namespace fs = std::filesystem;
namespace {

constexpr auto kFormat = "mlo-job/1";
constexpr std::uint64_t kMaxBytes = 64ULL << 20U;
constexpr int kPatienceMs = 30'000;

Json read_json(const fs::path& file) {
  return in_context(fmt::format("reading '{}'", file.string()),
                    [&] { return Json::parse(read_file(file, kMaxBytes)); });
}

void write_json(const fs::path& file, const Json& json, const World& world, std::string_view step) {
  const auto text = json.pretty() + "\n";
  write_durably(file, bytes_of(text), world, step, 0600);
}

Json read_plan_file(const fs::path& place) {
  auto json = read_json(place / "plan.json");
  if (json.string_or("format", "") != kFormat)
    throw Error(ErrorKind::bad_input, "'{}' is no plan of this mlo", (place / "plan.json").string())
        .hint("the same version of mlo must submit a job and run it");
  return json;
}

Json list_of(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const auto& text : texts) list.add(text);
  return list;
}

std::vector<std::string> texts_of(const Json& list) {
  std::vector<std::string> texts;
  for (const auto& item : list.as_array()) texts.push_back(item.as_string());
  return texts;
}

Json object_of(const std::map<std::string, std::string>& texts) {
  Json object = Json::object();
  for (const auto& [name, text] : texts) object.append(name, text);
  return object;
}

std::map<std::string, std::string> map_of(const Json& object) {
  std::map<std::string, std::string> texts;
  for (const auto& [name, text] : object.as_object()) texts[name] = text.as_string();
  return texts;
}

constexpr std::array<std::pair<Limit, std::string_view>, 3> kLimits{
    {{Limit::memory, "memory"}, {Limit::cpu, "cpu"}, {Limit::wall, "wall"}}};

std::optional<Limit> limit_named(const Json& name) {
  if (!name.is_string()) return std::nullopt;
  for (const auto& [limit, word] : kLimits)
    if (name.as_string() == word) return limit;
  throw Error(ErrorKind::bad_input, "no limit is named '{}'", name.as_string());
}

Json name_of(const std::optional<Limit>& limit) {
  for (const auto& [known, word] : kLimits)
    if (limit == known) return word;
  return {};
}

/// The number of the start that works on it now; 0 before the first.
std::int64_t lease_number(const fs::path& place) {
  if (!status_of(place / "lease.json")) return 0;
  return read_json(place / "lease.json").at("number").as_integer();
}

FileLock lock_of(const fs::path& place) {
  return {place / "lock", kPatienceMs};
}

void write_result(const fs::path& place, std::int64_t number, const JobState& result,
                  const World& world) {
  const auto micros = [](auto span) { return std::int64_t{span.count()}; };
  auto json = Json::object({{"format", kFormat},
                            {"number", number},
                            {"exit_code", result.result.exit_code},
                            {"limit", name_of(result.result.limit_hit)},
                            {"duration_us", micros(result.result.duration)},
                            {"cpu_us", micros(result.result.cpu)},
                            {"peak_memory_bytes", result.result.peak_memory_bytes},
                            {"problem", result.problem},
                            {"outputs", object_of(result.outputs)}});
  if (result.result.signal) json.set("signal", *result.result.signal);
  write_json(place / "result.json", json, world, "job.result");
}

}  // namespace

void write_plan(const Attempt& attempt, const JobName& name, const World& world) {
  auto json = Json::object({{"format", kFormat},
                            {"key", attempt.key},
                            {"array", attempt.array},
                            {"name", name.name},
                            {"command", attempt.command},
                            {"shell", list_of(attempt.shell)},
                            {"folder", attempt.folder.string()},
                            {"environment", object_of(attempt.environment)},
                            {"log", attempt.log.string()},
                            {"log_limit_bytes", attempt.log_limit_bytes},
                            {"cpus", attempt.cpus},
                            {"gpus", attempt.gpus},
                            {"memory_bytes", attempt.limits.memory_bytes},
                            {"cpu_seconds", std::int64_t{attempt.limits.cpu.count()}},
                            {"wall_seconds", std::int64_t{attempt.limits.wall.count()}},
                            {"workspace", attempt.workspace.string()},
                            {"outputs", list_of(attempt.outputs)}});
  if (name.index) json.set("index", *name.index);
  write_json(attempt.place / "plan.json", json, world, "job.plan");
}

Attempt read_plan(const fs::path& place) {
  const auto json = read_plan_file(place);
  const auto number = [&](std::string_view key) { return json.at(key).as_integer(); };
  const auto* limit = json.find("log_limit_bytes");
  return {.key = json.at("key").as_string(),
          .array = json.at("array").as_string(),
          .command = json.at("command").as_string(),
          .shell = texts_of(json.at("shell")),
          .folder = json.at("folder").as_string(),
          .environment = map_of(json.at("environment")),
          .log = json.at("log").as_string(),
          .log_limit_bytes = limit == nullptr ? 0 : static_cast<std::uint64_t>(limit->as_integer()),
          .cpus = static_cast<int>(number("cpus")),
          .gpus = static_cast<int>(number("gpus")),
          .limits = {.memory_bytes = static_cast<std::uint64_t>(number("memory_bytes")),
                     .cpu = std::chrono::seconds(number("cpu_seconds")),
                     .wall = std::chrono::seconds(number("wall_seconds"))},
          .workspace = json.at("workspace").as_string(),
          .outputs = texts_of(json.at("outputs")),
          .place = place};
}

JobName read_job_name(const fs::path& place) {
  const auto json = read_plan_file(place);
  JobName name{.name = json.at("name").as_string(), .index = {}};
  if (const auto* index = json.find("index")) name.index = static_cast<int>(index->as_integer());
  return name;
}

std::optional<Lease> Lease::take(const fs::path& place, const World& world) {
  const auto lock = lock_of(place);
  if (status_of(place / "result.json")) return std::nullopt;
  Lease lease(place, lease_number(place) + 1);
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  write_json(place / "lease.json",
             Json::object({{"number", lease.number_},
                           {"host", std::string(host.data())},
                           {"process", std::int64_t{::getpid()}}}),
             world, "job.lease");
  return lease;
}

bool Lease::beat() const {
  // The lock is short of nothing here: a later start replaces the file, and is then seen below.
  ::utimensat(AT_FDCWD, (place_ / "lease.json").c_str(), nullptr, 0);
  return lease_number(place_) == number_;
}

bool Lease::tell(const JobState& result, const World& world) const {
  const auto lock = lock_of(place_);
  if (lease_number(place_) != number_) return false;
  write_result(place_, number_, result, world);
  return true;
}

bool forestall(const fs::path& place, const World& world) {
  const auto lock = lock_of(place);
  if (status_of(place / "result.json")) return true;
  if (lease_number(place) > 0) return false;
  write_result(place, 0, {.result = {.exit_code = 1}, .problem = "given up before it began"},
               world);
  return true;
}

std::optional<JobState> read_result(const fs::path& place) {
  if (!status_of(place / "result.json")) return std::nullopt;
  const auto json = read_json(place / "result.json");
  // Cannot be, as `tell` holds the lock: but what a twin told must never count.
  if (json.at("number").as_integer() != lease_number(place)) return std::nullopt;
  JobState state{.phase = JobState::Phase::done,
                 .result = {.exit_code = static_cast<int>(json.at("exit_code").as_integer())},
                 .problem = json.string_or("problem", ""),
                 .outputs = map_of(json.at("outputs"))};
  if (const auto* signal = json.find("signal"))
    state.result.signal = static_cast<int>(signal->as_integer());
  state.result.limit_hit = limit_named(json["limit"]);
  state.result.duration = std::chrono::microseconds(json.at("duration_us").as_integer());
  state.result.cpu = std::chrono::microseconds(json.at("cpu_us").as_integer());
  state.result.peak_memory_bytes =
      static_cast<std::uint64_t>(json.at("peak_memory_bytes").as_integer());
  if (!state.problem.empty()) state.phase = JobState::Phase::failed;
  return state;
}

std::optional<std::int64_t> heartbeat(const fs::path& place) {
  const auto status = status_of(place / "lease.json");
  if (!status) return std::nullopt;
  return status->modified_ns;
}

}  // namespace mlo::run
