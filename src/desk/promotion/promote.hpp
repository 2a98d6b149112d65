#pragma once

#include <optional>

#include "base/json.hpp"
#include "desk/settings.hpp"
#include "evidence/check.hpp"
#include "journal/plan.hpp"
#include "source/ci_source.hpp"
#include "source/release_source.hpp"

namespace packhouse::desk {

struct PromoteOutcome {
  enum class Kind {
    released,
    would_release,  ///< a dry run that found nothing to refuse
    refused,        ///< a named check refused the release
    failed,         ///< `error` kept a step from its end; the same command resumes there
  };
  Kind kind = Kind::failed;
  Checks checks = {};  ///< all of them, in order
  std::optional<Error> error = std::nullopt;
  json::Object document = {};                        ///< for --json
  std::optional<journal::Plan> plan = std::nullopt;  ///< set once the index was examined
};

/// preflight → fetch → verify → index → approvals → stage → smoke → publish → confirm, on an index with
/// publishing sessions (PEP 694). Each step decides on evidence with pure functions and then acts; its intent
/// is in the journal before its effects and its outcome after. Nothing is built. A release is public only
/// after it has passed: a smoke check that fails cancels the session.
///
/// On an index with legacy uploads only, … → publish → confirm → smoke → clients: a file is public as soon as
/// it is uploaded, so the smoke check follows exposure, and the output says so. The sdist goes first, so that
/// no installer that prefers wheels sees half a release.
///
/// Approvals that the policy requires are examined before the first upload, and are used up by that step
/// (`approval.…`, "approvals"); a version that is released already needs none.
///
/// The same call after any failure resumes: what the index serves, and what its open session holds, is read
/// back and compared, and only what is missing is sent.
///
/// Concurrency. The steps run one after another on the caller's thread. That thread alone writes the journal,
/// decides checks, speaks to the forge, and decides what is sent; so the record has one order, and a
/// promotion that is killed anywhere can be understood from its last entry. Most of the wall time, however,
/// is a Python that makes environments and a pip that downloads and installs, and a step needs neither before
/// its end. Four pieces of work therefore run beside the steps, on background threads that start programs,
/// read the index and remove files, and that change nothing on the index and nothing in the journal:
///
/// 1. SmokePreparation, from the beginning until the first upload: the environments are made, and the Pythons
///    and clients of this machine are looked for, while the forge is asked and the files are fetched. Nothing
///    of the release is used, so a refusal costs the work and no more. Its end is awaited before the first
///    upload, since a machine that cannot run the smoke check must not expose a release.
/// 2. The smoke check of a staged release, beside the step "stage" (Staged::background_check). pip reads the
///    stage's page as soon as the session is open, and names the files that this machine installs;
///    client::UploadQueue sends those first, and the rest while pip works. Two rules keep this equal to a
///    smoke check after the upload. No code of the release runs before all of its files are staged
///    (SmokeInput::complete). And nothing is decided beside the upload: the checks are recorded, and the
///    output is shown, by the step "smoke", so a refused or failed "stage" ends the promotion as if the check
///    had never been begun. The queue sends no other file until pip has named some or the check has ended;
///    the check resumes it at its end in any case, so that an upload cannot wait for a check that is gone.
/// 3. ReleaseReadback: every file is downloaded and compared with the manifest, from the stage while the
///    smoke check runs, and from the public address while the clients fetch the release.
/// 4. The removal of the work folder, beside the step "confirm", which needs only the index.
///
/// What makes this safe: an IndexClient is used by one thread, so the background check has a connection of
/// its own (IndexClient::another_at; without one it is not begun), and a readback borrows the caller's while
/// the caller waits for a program. DeskTools are used by all threads: the console serialises lines, and what
/// the background check shows is held back until its step. A background task is stopped and joined by its
/// destructor; it is declared after everything that it refers to, so that a refusal, an error or a signal in
/// any step ends it before its session, queue, environments and folder go. A signal reaches running programs
/// through the ProcessRunner, and every wait of the check for an upload ends with its stop token. The several
/// files that a SessionUploader sends at a time are no background task: the step waits for all of them.
PromoteOutcome promote(const DeskSettings& settings, const source::PromoteRequest& request, DeskTools tools);

/// The same from any source, whose steps take the place of "fetch" and "verify".
PromoteOutcome release_from(source::ReleaseSource& source, const DeskSettings& settings,
                            const ReleaseRequest& request, DeskTools& tools);

}  // namespace packhouse::desk
