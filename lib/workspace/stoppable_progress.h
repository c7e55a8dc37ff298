#pragma once

#include <stop_token>
#include <utility>

#include "mlo/core/process.h"
#include "mlo/core/progress.h"

namespace mlo::workspace {

/// Tells `inner` of work on files, and throws interrupted into that work once `stop` is requested:
/// between the pieces of one large file its counter is all that is called.
class StoppableProgress final : public Progress {
 public:
  StoppableProgress(Progress& inner, std::stop_token stop)
      : inner_(inner), stop_(std::move(stop)) {}

  void say(std::string_view line) override { inner_.say(line); }
  void advance(std::string_view what, std::uint64_t done, std::uint64_t total) override {
    inner_.advance(what, done, total);
    throw_if_stopped(stop_);
  }
  void advance_files(std::string_view what, const FileAmount& done,
                     const FileAmount& total) override {
    inner_.advance_files(what, done, total);
    throw_if_stopped(stop_);
  }
  void warn(std::string_view line) override { inner_.warn(line); }
  void clear() override { inner_.clear(); }

 private:
  Progress& inner_;
  std::stop_token stop_;
};

}  // namespace mlo::workspace
