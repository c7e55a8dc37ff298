#include "run/identifier.h"

#include <catch2/catch.hpp>

namespace mlo::run {
namespace {

World world_at(std::int64_t milliseconds, int byte) {
  World world = system_world();
  world.now = [milliseconds] { return Timestamp{milliseconds * 1000}; };
  world.fill_random = [byte](std::span<std::byte> buffer) {
    std::ranges::fill(buffer, static_cast<std::byte>(byte));
  };
  return world;
}

}  // namespace

TEST_CASE("a run's id is a ULID", "[identifier]") {
  // The time part of the specification's example (github.com/ulid/spec): 01ARYZ6S41 is
  // 1469918176385 ms.
  CHECK(new_run_id(world_at(1469918176385, 0)) == "01ARYZ6S410000000000000000");
  CHECK(new_run_id(world_at(1469918176385, 0xFF)) == "01ARYZ6S41ZZZZZZZZZZZZZZZZ");
  // The largest valid one.
  CHECK(new_run_id(world_at((1LL << 48) - 1, 0xFF)) == "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
}

TEST_CASE("ids sort by time", "[identifier]") {
  CHECK(new_run_id(world_at(1000, 0xFF)) < new_run_id(world_at(1001, 0)));
}

}  // namespace mlo::run
