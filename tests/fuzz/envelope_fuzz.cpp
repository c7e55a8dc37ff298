#include "fuzz/target.h"
#include "ledger/dsse.h"
#include "ledger/statement.h"

MLO_FUZZ_TARGET(envelope) {
  using namespace mlo::ledger;
  // The payload is tried by itself too: behind base64 and a canonical envelope a mutation rarely
  // reaches it.
  mlo::fuzz::feed([](std::string_view text) { read_statement(text); }, input);
  read_statement(open_envelope(input).payload);
}
