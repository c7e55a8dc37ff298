#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <set>
#include <span>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/process.h"
#include "mlo/core/text.h"

// Other processes, as far as Linux's /proc tells of them. Elsewhere these functions find nothing.

namespace mlo {
namespace fs = std::filesystem;
namespace {

/// A file of /proc, which says nothing of its size; nothing when the process has ended meanwhile.
std::optional<std::string> read_proc(const fs::path& path) {
  try {
    auto file = File::open(path, O_RDONLY);
    std::string content;
    std::array<std::byte, 4096> buffer{};
    while (const auto count = file.read(buffer))
      content.append(text_of(std::span(buffer).first(count)));
    return content;
  } catch (const Error&) {
    return std::nullopt;
  }
}

template <typename Number>
Number number_in(std::string_view text) {
  Number number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

fs::path folder_of(std::int64_t process) {
  return fmt::format("/proc/{}", process);
}

/// Fields of /proc/N/stat after the name, which may hold anything: [0] is the state (field 3).
std::vector<std::string> stat_fields(std::int64_t process) {
  const auto text = read_proc(folder_of(process) / "stat");
  if (!text) return {};
  const auto end = text->rfind(')');
  return end == std::string::npos ? std::vector<std::string>()
                                  : split(trim(text->substr(end + 1)), ' ');
}

std::vector<std::int64_t> children_of(std::int64_t process) {
  std::vector<std::int64_t> children;
  for (const auto& thread : folder_entries(folder_of(process) / "task"))
    if (const auto text = read_proc(thread / "children"))
      for (const auto& word : split(*text, ' '))
        if (!word.empty()) children.push_back(number_in<std::int64_t>(word));
  return children;
}

bool add_usage(std::int64_t process, TreeUsage& usage) {
  constexpr std::size_t kUserTime = 11;  // utime, stime, cutime, cstime
  const auto fields = stat_fields(process);
  const auto memory = read_proc(folder_of(process) / "statm");
  if (fields.size() < kUserTime + 4 || !memory) return false;
  std::int64_t ticks = 0;
  for (std::size_t i = 0; i < 4; ++i) ticks += number_in<std::int64_t>(fields[kUserTime + i]);
  usage.cpu += std::chrono::milliseconds(ticks * 1000 / ::sysconf(_SC_CLK_TCK));
  const auto pages = split(*memory, ' ');
  if (pages.size() > 1)
    usage.memory_bytes +=
        number_in<std::uint64_t>(pages[1]) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return true;
}

std::set<std::int64_t> self_and_around() {
  constexpr std::size_t kParent = 1;
  std::set<std::int64_t> around;
  for (std::int64_t at = ::getpid(); at > 0 && around.insert(at).second;) {
    const auto fields = stat_fields(at);
    at = fields.size() > kParent ? number_in<std::int64_t>(fields[kParent]) : 0;
  }
  return around;
}

bool was_started_with(std::int64_t process, const std::string& setting) {
  const auto variables = read_proc(folder_of(process) / "environ");
  if (!variables) return false;
  return std::ranges::any_of(split(*variables, '\0'), [&](const std::string& variable) {
    return variable == setting || variable.starts_with(setting + "-");
  });
}

}  // namespace

std::optional<TreeUsage> usage_of_tree(std::int64_t process) {
  TreeUsage usage;
  if (!add_usage(process, usage)) return std::nullopt;
  std::vector<std::int64_t> waiting = children_of(process);
  std::set<std::int64_t> seen{process};
  while (!waiting.empty()) {
    const auto next = waiting.back();
    waiting.pop_back();
    if (!seen.insert(next).second || !add_usage(next, usage)) continue;
    const auto more = children_of(next);
    waiting.insert(waiting.end(), more.begin(), more.end());
  }
  return usage;
}

std::size_t end_processes_with(std::string_view name, std::string_view value) {
  const auto setting = fmt::format("{}={}", name, value);
  const auto spared = self_and_around();
  std::size_t ended = 0;
  for (const auto& folder : folder_entries("/proc")) {
    const auto process = number_in<std::int64_t>(folder.filename().string());
    if (process <= 1 || spared.contains(process) || !was_started_with(process, setting)) continue;
    if (::kill(static_cast<pid_t>(process), SIGKILL) == 0) ++ended;
  }
  return ended;
}

fs::path own_program() {
  std::error_code problem;
  auto path = fs::read_symlink("/proc/self/exe", problem);
  return problem ? fs::path() : path;
}

}  // namespace mlo
