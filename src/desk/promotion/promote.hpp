#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "client/index_client.hpp"
#include "client/session_client.hpp"
#include "console/console.hpp"
#include "evidence/check.hpp"
#include "forge/forge.hpp"
#include "journal/approval.hpp"
#include "journal/plan.hpp"
#include "smoke/smoke_check.hpp"
#include "source/candidate.hpp"
#include "source/ci_source.hpp"
#include "source/release_source.hpp"
#include "source/source_settings.hpp"
#include "sys/clock.hpp"
#include "sys/file_system.hpp"
#include "sys/process.hpp"

namespace packhouse::desk {

/// What is to be done for one release, whatever its source.
struct ReleaseRequest {
  Version version;
  bool dry_run = false;
  Path state;
  std::string actor;
  std::vector<journal::Approval> approvals = {};
};

/// Whether a release is staged where nobody sees it, and published once its smoke check has passed.
enum class Staging : std::uint8_t {
  automatic,  ///< where the index can and the credential may
  required,   ///< or not at all
  off,        ///< legacy uploads
};

/// What holds for every promotion of a project.
struct DeskSettings {
  source::SourceSettings source;
  smoke::SmokePolicy smoke;
  client::IndexAddress upload;
  client::IndexAddress simple;
  std::uint64_t max_file_bytes = 4ULL << 30U;
  std::chrono::seconds index_wait{120};  ///< for an upload to become visible
  Staging staging = Staging::automatic;
};

/// The outside world. Everything outlives the promotion.
struct DeskTools {
  forge::Forge& forge;
  client::IndexClient& index;
  client::SessionClient& sessions;
  FileSystem& disk;
  ProcessRunner& processes;
  Clock& clock;
  console::Console& console;
  const Redactor& redactor;
  std::string search_path;  ///< $PATH for the smoke check's programs
  /// Has a secret that the index gave masked from here on, wherever it could be shown.
  std::function<void(const Secret&)> learn;
  smoke::PipNetwork network = {};

  source::SourceTools source() const {
    return {.forge = forge, .disk = disk, .processes = processes, .clock = clock, .console = console};
  }
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
  json::Object document;  ///< for --json
  std::optional<journal::Plan> plan =
      std::nullopt;  ///< what was found, once nothing refused it before publishing
};

/// preflight → fetch → verify → stage → smoke → publish → confirm, on an index with publishing sessions (PEP
/// 694). Each step decides on evidence with pure functions and then acts; its intent is in the journal before
/// its effects and its outcome after. Nothing is built. Nobody sees a release that did not pass: a smoke
/// check that fails cancels the session. What is slow and needs nothing of a step is done beside it, on
/// threads that only read the index, start programs and clean up: the tools are used by them too.
///
/// Where an index takes the legacy upload only, … → publish → confirm → smoke: a file is public as soon as it
/// was uploaded, so the smoke check follows exposure, and the output says so. Files go sdist first, so that
/// no installer that prefers wheels sees half a release.
///
/// Where the policy asks for approvals, they are examined before anything is sent, and used up with it
/// (`approval.…`, the step "approvals"); what is released already needs none.
///
/// Running the same again after any failure resumes: what the index serves, and what its open session holds,
/// is read back and compared, and only what is missing is sent.
PromoteOutcome promote(const DeskSettings& settings, const source::PromoteRequest& request, DeskTools tools);

/// The same way from any source, whose steps take the place of "fetch" and "verify".
PromoteOutcome release_from(source::ReleaseSource& source, const DeskSettings& settings,
                            const ReleaseRequest& order, DeskTools& tools);

}  // namespace packhouse::desk
