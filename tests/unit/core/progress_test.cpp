#include "mlo/core/progress.h"

#include <vector>

#include <catch2/catch.hpp>

#include "mlo/core/thread.h"

using namespace mlo;

namespace {

class Heard final : public Progress {
 public:
  void say(std::string_view /*line*/) override {}
  void warn(std::string_view /*line*/) override {}
  void advance(std::string_view /*what*/, std::uint64_t done, std::uint64_t total) override {
    counts.with([&](auto& all) { all.emplace_back(done, total); });
  }
  Guarded<std::vector<std::pair<std::uint64_t, std::uint64_t>>> counts;
};

}  // namespace

TEST_CASE("what several threads do is added up, and told now and then", "[progress]") {
  Heard heard;
  FileCounter counter(heard, "tracking", {.files = 10'000});
  parallel_for(10'000, 4, [&](std::size_t) { counter.add_file(3); });
  CHECK(counter.done() == FileAmount{.files = 10'000, .size_bytes = 30'000});
  heard.counts.with([](const auto& all) {
    REQUIRE_FALSE(all.empty());
    CHECK(all.front() == std::pair<std::uint64_t, std::uint64_t>(0, 10'000));
    CHECK(all.size() < 1'000);
  });
}
