#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/progress.h"

namespace mlo::data {

/// Remembers the last word of each kind of work; asks for a stop at a given one.
class Ear final : public Progress {
 public:
  std::map<std::string, std::uint64_t> heard;
  std::vector<std::string> warnings;
  std::string stop_at;
  std::stop_source stop;

  void say(std::string_view) override {}
  void warn(std::string_view line) override { warnings.emplace_back(line); }
  void advance(std::string_view what, std::uint64_t done, std::uint64_t) override {
    const std::lock_guard lock(mutex_);
    auto& most = heard[std::string(what)];
    most = std::max(most, done);
    if (what == stop_at) stop.request_stop();
  }
  void advance_files(std::string_view what, const FileAmount& done,
                     const FileAmount& total) override {
    advance(what, done.size_bytes, total.size_bytes);
  }

 private:
  std::mutex mutex_;
};

}  // namespace mlo::data
