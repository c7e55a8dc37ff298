#include "fuzz/target.h"
#include "mlo/workspace/lock_file.h"

MLO_FUZZ_TARGET(lock) {
  using namespace mlo::workspace;
  const auto lock = parse_lock_file(input, "mlo.lock");
  mlo::invariant(parse_lock_file(format_lock_file(lock), "again") == lock,
                 "a lock file reads back what it writes");
}
