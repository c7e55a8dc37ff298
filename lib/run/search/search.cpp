#include "mlo/run/search.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/figure.h"
#include "mlo/core/process.h"
#include "mlo/core/text.h"
#include "mlo/ledger/records.h"
#include "mlo/run/train.h"
#include "run/identifier.h"
#include "run/search/chance.h"
#include "run/search/lane.h"
#include "run/search/sampler.h"
#include "run/search/trials.h"

namespace mlo::run {
namespace fs = std::filesystem;
namespace {

using Clock = std::chrono::steady_clock;
/// How often what running trials tell is looked at, and how long a Ctrl-C may go unseen.
constexpr auto kGlance = std::chrono::milliseconds(50);
constexpr std::uint64_t kMaxDraws = 64;
constexpr std::int64_t kMaxScanned = 1 << 16;
/// So many failures and nothing else: the fault is not in the params.
constexpr std::int64_t kHopeless = 3;

workspace::SearchSpec spec_of(workspace::Repository& repository, const SearchOptions& options) {
  auto spec = search_named(repository.project(), options.name);
  if (options.trials) spec.trials = *options.trials;
  if (options.seconds) spec.seconds = *options.seconds;
  if (options.seed) spec.seed = *options.seed;
  if (!options.sampler.empty()) spec.sampler = options.sampler;
  const Space space(spec.params);
  if (spec.trials == 0 && spec.seconds == 0 && !space.size())
    throw Error(ErrorKind::bad_input, "{}: search '{}' would never end", spec.place, spec.name)
        .hint("say how many trials or how long: trials: 20, time: 30m, or --trials 20");
  return spec;
}

FileLock lock_search(const workspace::Repository& repository, const std::string& name) {
  const auto folder = repository.folder() / "workspaces";
  fs::create_directories(folder);
  try {
    return {folder / (name + ".lock"), 0};
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::conflict) throw;
    throw Error(ErrorKind::conflict, "search '{}' goes on in another process", name)
        .hint("mlo search {} --show tells how far it is", name);
  }
}

std::string text_of(const Json& params) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : params.as_object())
    parts.push_back(
        fmt::format("{}={}", name, value.is_string() ? value.as_string() : value.dump()));
  return join(parts, ", ");
}

/// Keeps lanes busy with what the sampler proposes, and gives up what a rule says.
class Conductor {
 public:
  Conductor(workspace::Repository& repository, workspace::SearchSpec spec,
            const SearchOptions& options, Progress& progress, const std::stop_token& stop)
      : repository_(repository),
        spec_(std::move(spec)),
        options_(options),
        progress_(progress),
        stop_(stop),
        space_(spec_.params),
        kind_(sampler_kind(spec_.sampler)),
        sampler_(kind_.make({.space = space_, .seed = spec_.seed, .trials = spec_.trials})),
        rule_(spec_.stop.rule.empty() ? nullptr : make_stopping_rule(spec_.stop)),
        ground_(lay_ground(repository, spec_, stop)) {}

  Searched run() {
    recall();
    for (int i = 1; i <= options_.jobs; ++i)
      lanes_.push_back(
          std::make_unique<Lane>(repository_.beside(workspace_of_search(spec_.name, i)),
                                 options_.environment, [this] { tell_change(); }));
    while (true) {
      if (stop_.stop_requested()) return stop_all();
      while (begin_next()) continue;
      if (is_idle()) break;
      wait();
      judge_running();
      settle_ended();
    }
    auto searched = sum_up(spec_, std::move(trials_));
    searched.begun_now = begun_now_;
    searched.ended = ended_;
    return searched;
  }

 private:
  void tell_change() {
    const std::lock_guard lock(mutex_);
    news_ = true;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kGlance, [this] { return news_; });
    news_ = false;
  }
  [[nodiscard]] bool is_idle() const {
    return std::ranges::all_of(lanes_, [](const auto& lane) { return lane->is_free(); });
  }
  [[nodiscard]] double sign() const { return spec_.maximize ? -1 : 1; }
  [[nodiscard]] const std::string& judged_metric() const {
    return spec_.stop.metric.empty() ? spec_.metric : spec_.stop.metric;
  }

  /// What earlier calls found.
  void recall() {
    close_dead_runs(repository_, progress_);
    trials_ = ended_trials(repository_, spec_, ground_.key);
    for (const auto& trial : trials_) {
      known_.insert(trial.number);
      tried_.insert(trial.params.canonical());
      if (rule_ && trial.status != "failed")
        curves_[trial.number] = curve_of_run(repository_, trial.run, judged_metric(), sign());
    }
    if (!trials_.empty())
      progress_.say(fmt::format("search '{}' goes on after {} trials", spec_.name, trials_.size()));
  }

  /// Begins a trial when there is a lane, and one to begin.
  bool begin_next() {
    if (!ended_.empty()) return false;
    const auto lane = std::ranges::find_if(lanes_, [](const auto& one) { return one->is_free(); });
    if (lane == lanes_.end()) return false;
    while (known_.contains(next_)) ++next_;
    if (spec_.trials > 0 && next_ > spec_.trials) return end("trials");
    if (spec_.seconds > 0 && Clock::now() - began_ >= std::chrono::seconds(spec_.seconds))
      return end("time");
    if (!may_ask()) return false;
    const auto params = propose();
    if (!params) return end("space");
    if (begun_now_ == 0) run_shared_steps(ground_, spec_, options_.environment, progress_, stop_);
    known_.insert(next_);
    tried_.insert(params->canonical());
    (*lane)->begin(ground_, spec_, {next_, *params, new_run_id(repository_.world())},
                   options_.reason);
    ++begun_now_;
    return true;
  }
  bool end(const char* why) {
    ended_ = why;
    return false;
  }

  /// A sampler that learns is told of trials up to a certain one, not of those that happen to have
  /// ended: so the same seed leads to the same trials whichever is faster. What may be slower than
  /// its neighbours is waited for only when it falls behind by another round.
  [[nodiscard]] std::int64_t last_told() const {
    return options_.jobs == 1 ? next_ - 1 : next_ - 2 * std::int64_t{options_.jobs};
  }
  [[nodiscard]] bool may_ask() const {
    if (!kind_.learns) return true;
    return std::ranges::none_of(lanes_, [&](const auto& lane) {
      return !lane->is_free() && lane->proposal().number <= last_told();
    });
  }
  [[nodiscard]] std::vector<Observation> told() const {
    std::vector<Observation> seen;
    if (!kind_.learns) return seen;
    auto sorted = trials_;
    std::ranges::sort(sorted, {}, &Trial::number);
    for (const auto& trial : sorted) {
      auto point = space_.point_of(trial.params);
      if (trial.number > last_told() || !point) continue;
      seen.push_back({.point = std::move(*point),
                      .loss = trial.value && trial.status != "failed"
                                  ? std::optional(sign() * *trial.value)
                                  : std::nullopt,
                      .complete = trial.status == "finished"});
    }
    return seen;
  }

  /// Params that were not tried yet; nothing when all were.
  std::optional<Json> propose() {
    const auto seen = told();
    const auto trial = static_cast<std::uint64_t>(next_ - 1);
    for (std::uint64_t draw = 0; draw < kMaxDraws; ++draw) {
      const auto point = sampler_->ask(trial, seen, draw);
      if (!point) return std::nullopt;
      auto params = space_.params_at(*point);
      if (!tried_.contains(params.canonical())) return params;
    }
    return first_untried(trial);
  }
  /// Of a space with few points, when chance meets what was tried again and again.
  std::optional<Json> first_untried(std::uint64_t trial) {
    const auto size = space_.size();
    if (!size || *size > kMaxScanned) return std::nullopt;
    const auto begin = Chance(spec_.seed, trial).below(static_cast<std::uint64_t>(*size));
    for (std::int64_t i = 0; i < *size; ++i) {
      auto index = (static_cast<std::int64_t>(begin) + i) % *size;
      Point point(space_.dimensions());
      for (std::size_t side = 0; side < point.size(); ++side) {
        point[side] = space_.place_of(side, index % *space_.values(side));
        index /= *space_.values(side);
      }
      auto params = space_.params_at(point);
      if (!tried_.contains(params.canonical())) return params;
    }
    return std::nullopt;
  }

  void judge_running() {
    if (!rule_) return;
    for (const auto& lane : lanes_) {
      if (lane->is_free() || lane->has_ended() || !lane->curve().read_on()) continue;
      std::vector<Curve> others;
      const auto number = lane->proposal().number;
      curves_[number] = lane->curve().curve();
      for (const auto& [other, curve] : curves_)
        if (other != number) others.push_back(curve);
      if (rule_->gives_up(lane->curve().curve(), others)) lane->stop(spec_.stop.rule);
    }
  }

  void settle_ended() {
    for (const auto& lane : lanes_)
      if (!lane->is_free() && lane->has_ended()) settle(*lane);
  }

  void settle(Lane& lane) {
    const auto proposal = lane.proposal();
    const auto ending = lane.finish();
    if (ending.broken) {
      for (const auto& other : lanes_)
        if (!other->is_free()) other->stop("");
      std::rethrow_exception(ending.broken);
    }
    auto trial = trial_of(repository_, spec_, proposal.run);
    if (!trial || trial->status == "interrupted") return;  // the search itself was
    trial->params = proposal.params;
    if (!ending.problem.empty())
      trial->problem = fmt::format("step '{}': {}", ending.failed_step, ending.problem);
    // A short trial may have ended between two glances: its run has every point.
    if (rule_)
      curves_[proposal.number] = curve_of_run(repository_, proposal.run, judged_metric(), sign());
    require_metric(*trial);
    tell(*trial);
    trials_.push_back(std::move(*trial));
    const auto failed = std::ranges::count(trials_, "failed", &Trial::status);
    if (failed >= kHopeless && failed == std::ssize(trials_)) end("failures");
  }

  /// A slip in the metric's name shows at the first trial, not after the last.
  void require_metric(const Trial& trial) {
    if (trial.status != "finished" || trial.value) return;
    const auto run = ledger::find_run(repository_.ledger(), trial.run);
    std::vector<std::string> known;
    if (run)
      for (const auto& [name, value] : run->metrics.as_object()) known.push_back(name);
    for (const auto& other : lanes_)
      if (!other->is_free()) other->stop("");
    Error problem(ErrorKind::not_found, "trial {} told no metric '{}'", trial.number, spec_.metric);
    if (known.empty())
      problem.hint("let a step write it: metrics: [metrics.json], or mlo record metric {}=…",
                   spec_.metric);
    else
      problem.hint("it told: {}", join(known, ", "));
    throw problem;
  }

  void tell(const Trial& trial) {
    const auto of = spec_.trials > 0 ? fmt::format(" of {}", spec_.trials) : "";
    const auto outcome = trial.status == "failed" ? fmt::format("failed ({})", trial.problem)
                         : trial.value
                             ? fmt::format("{}={}", spec_.metric, format_figure(*trial.value))
                             : "no value";
    progress_.say(fmt::format("trial {}{}: {}{} ({})", trial.number, of,
                              trial.status == "stopped" ? "stopped at " : "", outcome,
                              text_of(trial.params)));
  }

  [[noreturn]] Searched stop_all() {
    for (const auto& lane : lanes_)
      if (!lane->is_free()) lane->stop("");
    for (const auto& lane : lanes_)
      if (!lane->is_free()) lane->finish();
    throw Error(ErrorKind::interrupted, "interrupted after {} trials of search '{}'",
                trials_.size(), spec_.name)
        .hint("mlo search {} goes on after them", spec_.name);
  }

  workspace::Repository& repository_;
  const workspace::SearchSpec spec_;
  const SearchOptions& options_;
  Progress& progress_;
  std::stop_token stop_;
  Space space_;
  const SamplerKind& kind_;
  std::unique_ptr<Sampler> sampler_;
  std::unique_ptr<StoppingRule> rule_;
  Ground ground_;
  Clock::time_point began_ = Clock::now();
  std::vector<Trial> trials_;             // ended
  std::set<std::int64_t> known_;          // numbers that were begun
  std::set<std::string> tried_;           // params as canonical JSON
  std::map<std::int64_t, Curve> curves_;  // by number
  std::int64_t next_ = 1;
  std::size_t begun_now_ = 0;
  std::string ended_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool news_ = false;
  std::vector<std::unique_ptr<Lane>> lanes_;  // last: their threads use all of the above
};

void remove_workspaces(const workspace::Repository& repository, const std::string& search,
                       int jobs) {
  std::error_code ignored;
  for (int i = 0; i <= jobs; ++i)
    fs::remove_all(repository.folder() / "workspaces" / workspace_of_search(search, i), ignored);
}

}  // namespace

Searched search(workspace::Repository& repository, const SearchOptions& options, Progress& progress,
                const std::stop_token& stop) {
  const auto spec = spec_of(repository, options);
  const auto lock = lock_search(repository, spec.name);
  try {
    auto found = Conductor(repository, spec, options, progress, stop).run();
    remove_workspaces(repository, spec.name, options.jobs);
    return found;
  } catch (...) {
    remove_workspaces(repository, spec.name, options.jobs);
    throw;
  }
}

}  // namespace mlo::run
