#include "run/machine.h"

#include <charconv>
#include <thread>

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/text.h"
#include "run/environment.h"

namespace mlo::run {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kMaxFactBytes = 1U << 20U;

std::string platform() {
  utsname names{};
  if (::uname(&names) != 0) return "unknown";
  return fmt::format("{} {} {}", names.sysname, names.release, names.machine);
}

/// A file of the system, which may be there and readable, or not.
std::string fact_in(const fs::path& file) {
  try {
    return read_file(file, kMaxFactBytes);
  } catch (const Error&) {
    return {};
  }
}

/// What follows `key` and a separator on a line of its own.
std::string value_of(std::string_view text, std::string_view key, char separator) {
  for (const auto& line : split(text, '\n')) {
    const auto at = line.find(separator);
    if (at != std::string::npos && trim(std::string_view(line).substr(0, at)) == key)
      return printable(trim(std::string_view(line).substr(at + 1)));
  }
  return {};
}

/// NVIDIA's driver tells of each card in a file; AMD's in sysfs.
Json gpus(const fs::path& root) {
  Json all = Json::array();
  const auto driver = root / "proc/driver/nvidia";
  auto version = fact_in(driver / "version");
  version = version.substr(0, version.find('\n'));
  for (const auto& card : folder_entries(driver / "gpus")) {
    const auto facts = fact_in(card / "information");
    auto gpu = Json::object({{"model", value_of(facts, "Model", ':')}});
    if (const auto id = value_of(facts, "GPU UUID", ':'); !id.empty()) gpu.set("id", id);
    if (!version.empty()) gpu.set("driver", printable(version));
    all.add(std::move(gpu));
  }
  for (const auto& card : folder_entries(root / "sys/class/drm")) {
    const auto memory = std::string(trim(fact_in(card / "device/mem_info_vram_total")));
    if (memory.empty() || card.filename().native().find('-') != std::string::npos) continue;
    const auto name = fact_in(card / "device/product_name");
    const auto model = trim(name);
    auto gpu = Json::object({{"model", model.empty() ? "AMD" : printable(model)}});
    std::int64_t bytes = 0;
    const auto* end = memory.data() + memory.size();
    if (std::from_chars(memory.data(), end, bytes).ptr == end) gpu.set("memory_bytes", bytes);
    all.add(std::move(gpu));
  }
  return all;
}

/// Docker and Podman leave a file behind, Kubernetes and others a word in the environment.
Json container(const World& world, const fs::path& root) {
  Json found;
  if (status_of(root / ".dockerenv")) found.set("kind", "docker");
  if (const auto file = root / "run/.containerenv"; status_of(file)) {
    found.set("kind", "podman");
    const auto facts = fact_in(file);
    for (const auto* key : {"image", "imageid", "id"})
      if (auto value = value_of(facts, key, '='); !value.empty()) {
        std::erase(value, '"');
        found.set(key, value);
      }
  }
  if (world.environment("KUBERNETES_SERVICE_HOST")) {
    found.set("kind", "kubernetes");
    if (const auto pod = world.environment("HOSTNAME")) found.set("pod", *pod);
  }
  for (const auto* name : {"APPTAINER_CONTAINER", "SINGULARITY_CONTAINER"})
    if (const auto image = world.environment(name)) {
      found.set("kind", "apptainer");
      found.set("image", *image);
    }
  if (const auto kind = world.environment("container"); kind && found.is_null())
    found.set("kind", *kind);
  return found;
}

}  // namespace

Json describe_machine(const World& world, const fs::path& root) {
  auto machine = Json::object({{"host", host_name()}, {"platform", platform()}});
  if (const auto cpu = value_of(fact_in(root / "proc/cpuinfo"), "model name", ':'); !cpu.empty())
    machine.set("cpu", cpu);
  machine.set("cpus", static_cast<std::int64_t>(std::thread::hardware_concurrency()));
  const auto pages = ::sysconf(_SC_PHYS_PAGES);
  const auto page_bytes = ::sysconf(_SC_PAGESIZE);
  if (pages > 0 && page_bytes > 0)
    machine.set("memory_bytes", static_cast<std::int64_t>(pages) * page_bytes);
  if (auto cards = gpus(root); cards.size() > 0) machine.set("gpus", std::move(cards));
  if (auto around = container(world, root); !around.is_null())
    machine.set("container", std::move(around));
  if (const auto prefix = world.environment("CONDA_PREFIX"); prefix && !prefix->empty())
    machine.set("conda",
                Json::object({{"name", world.environment("CONDA_DEFAULT_ENV").value_or("")},
                              {"prefix", *prefix}}));
  return machine;
}

}  // namespace mlo::run
