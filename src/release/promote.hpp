#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "attest/trusted_root.hpp"
#include "dist/policy.hpp"
#include "release/candidate.hpp"
#include "release/check.hpp"
#include "release/forge/forge.hpp"
#include "release/index_client.hpp"
#include "release/output.hpp"
#include "release/plan.hpp"
#include "release/policy.hpp"
#include "release/smoke.hpp"
#include "sys/clock.hpp"
#include "sys/file_system.hpp"
#include "sys/process.hpp"

namespace packhouse::release {

/// What one promotion is to do.
struct PromoteRequest {
  RunId run;
  Version version;
  bool dry_run = false;
  Path state;                               ///< the desk's state folder
  std::string actor;                        ///< who runs it, for the journal
  std::optional<Plan> plan = std::nullopt;  ///< just that, or nothing
};

/// What holds for every promotion of a project.
struct DeskSettings {
  Policy policy;
  SmokePolicy smoke;
  dist::Policy files = {};
  std::vector<attest::TrustedRoot> trusted_roots = {};
  std::string server_url = "https://github.com";  ///< $GITHUB_SERVER_URL: what attestations name
  IndexAddress upload;
  IndexAddress simple;
  std::uint64_t max_archive_bytes = 4ULL << 30U;
  std::uint64_t max_file_bytes = 4ULL << 30U;
  std::chrono::seconds index_wait{120};  ///< for an upload to become visible
};

/// The outside world. Everything outlives the promotion.
struct DeskTools {
  Forge& forge;
  IndexClient& index;
  FileSystem& disk;
  ProcessRunner& processes;
  Clock& clock;
  Output& output;
  const Redactor& redactor;
  std::string search_path;  ///< $PATH for the smoke check's programs
};

struct PromoteOutcome {
  enum class Kind {
    released,
    would_release,  ///< a dry run that found nothing to refuse
    refused,        ///< a named check said no
    failed,         ///< `error`: the way could not be gone to its end; the same command goes on from there
  };
  Kind kind = Kind::failed;
  Checks checks;  ///< all of them, in order
  std::optional<Error> error;
  json::Object document;                    ///< for --json
  std::optional<Plan> plan = std::nullopt;  ///< what was found, once nothing refused it before publishing
};

/// preflight → fetch → verify → publish → confirm → smoke. Each step decides on evidence with pure functions
/// and then acts; its intent is in the journal before its effects and its outcome after. Nothing is built.
///
/// The index takes the legacy upload only: a file is public as soon as it was uploaded, so the smoke check
/// follows exposure, and the output says so. Files go sdist first, so that no installer that prefers wheels
/// sees half a release. Running the same again after any failure resumes: what the index serves is read back
/// and compared, and only what is missing is uploaded.
PromoteOutcome promote(const DeskSettings& settings, const PromoteRequest& request, DeskTools tools);

}  // namespace packhouse::release
