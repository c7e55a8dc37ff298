#pragma once

#include <string>
#include <vector>

#include "mlo/run/search.h"
#include "mlo/workspace/search_spec.h"

namespace mlo::run {

/// The tags that make a run a trial.
Json tags_of_trial(const workspace::SearchSpec& spec, const std::string& key, std::int64_t number);

/// The trials of a search that have ended, by number. One that was killed is none: it is asked for
/// again.
std::vector<Trial> ended_trials(workspace::Repository& repository,
                                const workspace::SearchSpec& spec, const std::string& key);

/// The trial that a run is, also one that was interrupted; nothing when it was never recorded.
std::optional<Trial> trial_of(workspace::Repository& repository, const workspace::SearchSpec& spec,
                              const std::string& run);

/// The key of the newest trial of a search; empty when there is none.
std::string newest_key(workspace::Repository& repository, const std::string& search);

/// The entry of `search:`; an empty name means the only one. Throws not_found.
const workspace::SearchSpec& search_named(const workspace::Project& project,
                                          const std::string& name);

/// What a search makes of its trials.
Searched sum_up(const workspace::SearchSpec& spec, std::vector<Trial> trials);

}  // namespace mlo::run
