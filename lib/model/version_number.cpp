#include "model/version_number.h"

namespace mlo::model {
namespace {

constexpr auto kNewestNumber = R"sql(
  SELECT coalesce(max(number), 0) FROM model_version WHERE model = ?1
)sql";

}  // namespace

std::int64_t next_number(ledger::Ledger& ledger, std::string_view model) {
  return 1 + *ledger.database().one(
                 kNewestNumber, [](const Row& row) { return row.get<std::int64_t>(0); }, model);
}

}  // namespace mlo::model
