#pragma once

#include <string_view>

#include "forge/forge.hpp"

// What refusals about a run advise, where several say the same.
namespace packhouse::source {

inline constexpr std::string_view wait_or_fix = "wait for the run to succeed, or fix it and push again";
inline constexpr std::string_view wait_for_end =
    "the run is at work: wait for it to end, then give the same command again";
inline constexpr std::string_view correct_build_job =
    "correct `build-job` in the configuration, or promote a run that has such a job";

/// Queued, started or waiting: what it has not stated may still come.
inline bool is_at_work(const forge::RunFacts& run) {
  return run.status.ok() && *run.status != "completed";
}

/// The hint of a check that may pass once the run has ended.
inline std::string_view hint_at(const forge::RunFacts& run, std::string_view hint) {
  return is_at_work(run) ? wait_for_end : hint;
}

}  // namespace packhouse::source
