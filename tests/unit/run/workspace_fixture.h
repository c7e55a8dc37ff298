#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "mlo/core/file.h"
#include "mlo/core/progress.h"
#include "mlo/run/train.h"
#include "mlo/workspace/lock_file.h"
#include "mlo/workspace/repository.h"

namespace mlo::run {

/// Thrown by the world at a named step, as a power cut would stop there.
struct Crash : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Keeps what was said, for tests that ask.
class Heard final : public Progress {
 public:
  void say(std::string_view line) override { said.emplace_back(line); }
  void advance(std::string_view /*what*/, std::uint64_t /*done*/,
               std::uint64_t /*total*/) override {}
  void warn(std::string_view line) override { warned.emplace_back(line); }
  std::vector<std::string> said;
  std::vector<std::string> warned;
};

/// A workspace with a pipeline of shell steps.
class Workspace {
 public:
  explicit Workspace(const std::string& project) {
    const auto real = world.environment;
    const auto home = folder_.path().string();
    world.environment = [real, home](const std::string& name) -> std::optional<std::string> {
      if (name == "HOME" || name == "XDG_CONFIG_HOME") return home + "/home";
      if (name == "MLO_ACTOR") return "ana";
      return real(name);
    };
    world.before_step = [this](std::string_view step) {
      const auto at = crash_at.find(std::string(step));
      if (at != crash_at.end() && --at->second == 0) throw Crash(std::string(step));
    };
    std::filesystem::create_directories(root());
    write("mlo.yaml", project);
    workspace::create_repository(root(), world);
  }

  [[nodiscard]] std::filesystem::path root() const { return folder_.path() / "work"; }
  void write(const std::string& path, const std::string& content) const {
    std::filesystem::create_directories((root() / path).parent_path());
    std::ofstream(root() / path) << content;
  }
  [[nodiscard]] std::string read(const std::string& path) const { return read_file(root() / path); }
  [[nodiscard]] bool has(const std::string& path) const {
    return std::filesystem::exists(root() / path);
  }
  void remove(const std::string& path) const { std::filesystem::remove_all(root() / path); }

  /// A fresh process's view of it: nothing is remembered between calls but what is on disk.
  [[nodiscard]] workspace::Repository open() const {
    return workspace::Repository::open(root(), world);
  }
  Trained train(const TrainOptions& options = {}, const std::stop_token& stop = {}) {
    auto repository = open();
    return run::train(repository, options, heard, stop);
  }
  [[nodiscard]] std::vector<ledger::Run> runs() const {
    auto repository = open();
    return ledger::runs(repository.ledger());
  }
  [[nodiscard]] workspace::LockFile lock() const { return workspace::read_lock_file(root()); }

  Heard heard;
  std::map<std::string, int> crash_at;  ///< step → which occurrence
  World world = system_world();

 private:
  TemporaryFolder folder_{std::filesystem::temp_directory_path(), system_world()};
};

/// "split: ran, fit: cached"
inline std::string told(const Trained& trained) {
  std::string text;
  for (const auto& step : trained.run.steps)
    text += (text.empty() ? "" : ", ") + step.name + ": " + step.status;
  return text;
}
/// The reason of one step.
inline std::string reason_of(const Trained& trained, std::string_view name) {
  for (const auto& step : trained.run.steps)
    if (step.name == name) return step.reason;
  return "no such step";
}

/// raw.txt → split → train.txt → fit (seed) → model, metrics.json → export → model.out; each step
/// adds a line to a file outside the pipeline, so that a test sees how often it ran.
inline const std::string kPipeline = R"(project: demo
params: {seed: 7, unused: 1}
pipeline:
  split:  {run: "echo split >> ran; cp raw.txt train.txt", in: [raw.txt], out: [train.txt]}
  fit:    {run: "sh fit.sh", in: [train.txt, fit.sh], out: [model], metrics: [metrics.json], params: [seed]}
  export: {run: "echo export >> ran; cat model > model.out", in: [model], out: [model.out]}
)";
inline const std::string kFit = R"sh(echo fit >> ran
echo "$MLO_PARAM_SEED $(cat train.txt)" > model
echo "{\"loss\": 0.$MLO_PARAM_SEED}" > metrics.json
)sh";

}  // namespace mlo::run
