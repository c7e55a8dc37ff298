#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mlo/core/error.h"

// A target is one function over foreign bytes. It may throw Error, which is an answer; any other
// exception, a sanitizer's finding or a broken round trip is a bug. libFuzzer drives it in the
// preset `fuzz`; every other build replays the inputs in seeds/<name>/ through it.

namespace mlo::fuzz {

using Target = void (*)(std::string_view input);

/// Remembers a target for the replay.
bool add_target(std::string_view name, Target target);

/// Does a part of a target; Error is a good answer to bad bytes.
template <typename Work>
void attempt(Work&& work) {
  try {
    work();
  } catch (const Error& refusal) {
    static_cast<void>(refusal);
  }
}

inline void feed(Target target, std::string_view input) {
  attempt([&] { target(input); });
}

}  // namespace mlo::fuzz

#ifdef MLO_LIBFUZZER
#define MLO_FUZZ_TARGET(name)                                                         \
  static void fuzz_##name(std::string_view input);                                    \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) { \
    mlo::fuzz::feed(fuzz_##name, {reinterpret_cast<const char*>(data), size});        \
    return 0;                                                                         \
  }                                                                                   \
  static void fuzz_##name(std::string_view input)
#else
#define MLO_FUZZ_TARGET(name)                                                \
  static void fuzz_##name(std::string_view input);                           \
  static const bool kRegistered = mlo::fuzz::add_target(#name, fuzz_##name); \
  static void fuzz_##name(std::string_view input)
#endif
