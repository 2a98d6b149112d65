#pragma once

#include <cstdint>
#include <string_view>

#include "evidence/check.hpp"
#include "pep/project_name.hpp"
#include "sys/process.hpp"

namespace packhouse::smoke {

/// What to do about a smoke check that failed by the release.
inline constexpr std::string_view see_smoke_log =
    "see the log of the smoke check; where the release is public, stop the rollout (docs/runbook.md, "
    "rollback)";

/// What a failure is put down to, and what to do about it.
struct Cause {
  RefusalKind refusal = RefusalKind::smoke;
  std::string_view hint = see_smoke_log;
};

/// A Python of this machine that makes no environment.
inline constexpr Cause no_environment{RefusalKind::missing,
                                      "correct this machine's Python (Debian: python3-venv), or `pythons` in "
                                      "[smoke], and give the same command "
                                      "again"};

enum class PipTask : std::uint8_t {
  read_index,  ///< finds and downloads: nothing of the release runs
  install,     ///< of what was downloaded, without the index; builds the release's sdist
};

/// Why pip failed, by what it printed. RefusalKind::missing for a dependency that the index lacks, or that
/// cannot be built; unavailable for an index or network that did not answer, or a full disk; smoke for all
/// else. Pip says nothing of an index that answers 500 or 401: of a release that it does not find, though the
/// index serves it, the cause is never the release, but for the Python that the release excludes.
Cause cause_of_pip_failure(const ProcessResult& result, const ProjectName& project, PipTask task);

}  // namespace packhouse::smoke
