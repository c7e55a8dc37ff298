// Replays the inputs of seeds/<target>/ through every target: replay SEEDS

#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "fuzz/target.h"
#include "mlo/core/file.h"

namespace {

std::map<std::string_view, mlo::fuzz::Target>& targets() {
  static std::map<std::string_view, mlo::fuzz::Target> all;
  return all;
}

}  // namespace

bool mlo::fuzz::add_target(std::string_view name, Target target) {
  return targets().emplace(name, target).second;
}

int main(int count, char** arguments) {
  if (count != 2) return 2;
  bool complete = true;
  for (const auto& [name, target] : targets()) {
    const auto inputs = mlo::folder_entries(std::filesystem::path(arguments[1]) / name);
    complete = complete && !inputs.empty();
    for (const auto& input : inputs) {
      fmt::print("{} {}\n", name, input.filename().string());
      mlo::fuzz::feed(target, mlo::read_file(input));
    }
    // Cut short at every eighth byte: truncation is the commonest damage.
    for (const auto& input : inputs) {
      const auto whole = mlo::read_file(input);
      for (std::size_t size = 0; size < std::min<std::size_t>(whole.size(), 4096); size += 8)
        mlo::fuzz::feed(target, std::string_view(whole).substr(0, size));
    }
  }
  if (!complete) fmt::print("a target has no inputs\n");
  return complete ? 0 : 1;
}
