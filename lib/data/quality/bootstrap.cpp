#include "data/quality/bootstrap.h"

#include <atomic>
#include <cstdint>

#include "data/engine.h"
#include "data/statistics/random.h"
#include "mlo/core/error.h"
#include "mlo/core/thread.h"

namespace mlo::data {

std::vector<std::vector<std::optional<double>>> bootstrap(
    std::size_t rows, const Resampling& resampling,
    const std::function<std::vector<std::optional<double>>(Weights)>& measure) {
  if (resampling.resamples < 1)
    throw Error(ErrorKind::bad_input, "a bootstrap needs at least one resample");
  const auto draws = static_cast<std::size_t>(resampling.resamples);
  auto& progress = resampling.progress != nullptr ? *resampling.progress : no_progress();
  std::vector<std::vector<std::optional<double>>> measured(draws);
  std::atomic<std::size_t> done = 0;
  parallel_for(
      draws, thread_count(resampling.threads),
      [&](std::size_t draw) {
        // Mixed once: seeds that lie one step apart would share their sequence.
        Random random(Random(resampling.seed + draw).next());
        std::vector<std::uint32_t> weights(rows);
        for (std::size_t row = 0; row < rows; ++row) ++weights[random.below(rows)];
        measured[draw] = measure(weights);
        progress.advance("resamples", ++done, draws);
      },
      resampling.stop);
  return measured;
}

}  // namespace mlo::data
