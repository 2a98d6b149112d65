#include "index/sessions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <shared_mutex>
#include <stdexcept>

#include "archive/byte_source.hpp"
#include "base/reason.hpp"
#include "base/text.hpp"
#include "dist/manifest.hpp"
#include "index/accepted_file.hpp"
#include "index/release_agreement.hpp"
#include "index/unneeded_blobs.hpp"
#include "pep/filename.hpp"
#include "sys/fail_point.hpp"

namespace packhouse::index {
namespace {

constexpr std::size_t token_size = 32;  // random bytes
constexpr std::string_view blake2b = "blake2b";
constexpr std::size_t blake2b_256_digits = 64;

/// PEP 694 has whole seconds.
Timestamp whole_seconds(Timestamp time) {
  return std::chrono::floor<std::chrono::seconds>(time);
}

std::string subject_of(std::string_view index, const Session& session) {
  return index::subject_of(index, session.release);
}

StagedKey key_of(const Session& session, const StagedFile& file) {
  return {.session = session.id, .file = file.id};
}

json::Object to_object(const NamedDigests& hashes) {
  json::Object object;
  for (const auto& [name, hex] : hashes)
    object[name] = hex;
  return object;
}

/// The announcement stands for the form of a legacy upload, so that the same checks compare it with the file.
dist::FormClaims claims_of(const Session& session, const StagedFile& file) {
  dist::FormClaims claims;
  claims.name = session.release.project.str();
  claims.version = session.release.version.str();
  claims.sha256 = file.received->sha256.hex();
  claims.received = file.received;
  if (!file.filename.ends_with(".whl")) {
    claims.filetype = "sdist";
    return claims;
  }
  claims.filetype = "bdist_wheel";
  const auto wheel = WheelFilename::parse(file.filename);
  if (wheel.ok()) claims.pyversion = wheel->raw_tags.substr(0, wheel->raw_tags.find('-'));
  return claims;
}

bool is_announced_as(const StagedFile& file, const FileRequest& request) {
  return file.size == request.size && file.hashes == request.hashes;
}

/// The rows to be published.
std::vector<File> files_of(const Session& session) {
  std::vector<File> files;
  for (const auto& staged : session.files) {
    if (staged.file) files.push_back(*staged.file);
  }
  return files;
}

/// What PEP 658 serves of a wheel, before a row names it.
Status store_metadata(BlobStore& blobs, const File& file, const dist::Inspection& inspection) {
  if (!file.metadata_sha256) return success();
  TRY(const auto stored, blobs.put(inspection.metadata_bytes));
  if (stored != *file.metadata_sha256) throw std::logic_error("a blob was stored under another digest");
  return success();
}

/// The session may have changed since its client looked at it.
Status compare_manifest(const Sha256& expected, const Session& session) {
  std::vector<dist::ManifestEntry> entries;
  for (const auto& file : session.files) {
    if (file.received) entries.push_back({file.filename, file.size, file.received->sha256});
  }
  TRY(const auto found, dist::Manifest::make(std::move(entries)));
  if (found.digest() == expected) return success();
  std::vector<std::string> files;
  for (const auto& entry : found.entries())
    files.push_back(fmt::format("{} ({})", entry.filename, entry.sha256.hex()));
  return Error{Errc::conflict,
               fmt::format("expected the files of manifest {} in the session, found manifest {}: {}",
                           expected.hex(), found.digest().hex(), join(files, ", ")),
               "the session changed after it was examined: look at its files before you publish them"};
}

}  // namespace

AnnouncedDigests::AnnouncedDigests(const NamedDigests& announced) {
  for (const auto& [name, hex] : announced) {
    const bool known = name == "sha256" || (name == blake2b && hex.size() == blake2b_256_digits);
    if (known) continue;
    if (auto hasher = NamedHasher::make(name)) hashers_.emplace(name, *std::move(hasher));
  }
}

void AnnouncedDigests::update(std::string_view bytes) {
  for (auto& [name, hasher] : hashers_)
    hasher.update(bytes);
}

Status AnnouncedDigests::compare(const NamedDigests& announced, const HashValues& received) {
  for (const auto& [name, expected] : announced) {
    const auto own = hashers_.find(name);
    const auto found = own != hashers_.end() ? own->second.finish()
                       : name == "sha256"    ? received.sha256.hex()
                                             : received.blake2b_256;
    if (found == expected) continue;
    return Error{Errc::invalid_input,
                 fmt::format("The digest supplied does not match the file: {} {} was announced, {} arrived.",
                             name, expected, found),
                 "send the file again: it changed on its way or after its digest was taken"};
  }
  return success();
}

Secret make_session_token() {
  return Secret{"phs_" + to_base64url(random_bytes(token_size))};
}

Result<ExpiredSessions> expire_sessions(SessionStore& sessions, Timestamp now, std::chrono::seconds kept) {
  auto expired = sessions.expire(
      [](std::string_view index, const Session& session) {
        return LedgerNote{.actor = {.kind = "system", .id = "expiry", .address = {}},
                          .action = "session.expire",
                          .subject = subject_of(index, session),
                          .reason = {},
                          .detail = {}};
      },
      now);
  if (!expired.ok()) return expired;
  TRY(const auto forgotten, sessions.forget(now - kept));
  static_cast<void>(forgotten);  // the ledger has their end
  return expired;
}

LedgerNote Sessions::note(std::string_view action, const Session& session, const Actor& actor) const {
  LedgerNote made{.actor = actor,
                  .action = std::string(action),
                  .subject = subject_of(context_.index, session),
                  .reason = {},
                  .detail = {}};
  if (session.label) made.detail["label"] = to_string(*session.label);
  return made;
}

LedgerNote Sessions::note(std::string_view action, const Session& session, const StagedFile& file,
                          const Actor& actor) const {
  auto made = note(action, session, actor);
  made.subject += "/" + file.filename;
  return made;
}

/// Of a blocked release it is the version that stands against it, whoever asks: a conflict, and no lack of a
/// permission, which has clients look for another way in.
Status Sessions::can_open(const ReleaseName& release, Timestamp now) const {
  auto open = context_.store.files().can_add(context_.index, release, {}, now);
  if (open.ok() || open.error().code != Errc::forbidden) return open;
  const auto project = context_.store.catalog().project(context_.index, release.project.str());
  const auto* there = project.ok() ? project->find_release(release.version) : nullptr;
  if (there != nullptr && there->blocked) open.error().code = Errc::conflict;
  return open;
}

Result<OpenedSession> Sessions::open(const SessionRequest& request, const Actor& actor) const {
  CHECK_OK(refuse_closed_index(context_));
  const auto now = context_.clock.now();
  // A closed project or release is refused before the first byte.
  CHECK_OK(can_open(request.release, now));
  // An expired session must not reserve the release.
  TRY(const auto expired, expire_sessions(context_.store.sessions(), now, limits_.kept));
  drop(expired.blobs);
  const Session wanted{.id = 0,
                       .release = request.release,
                       .token = make_session_token(),
                       .owner = {.kind = actor.kind, .id = actor.id, .address = {}},
                       .status = SessionStatus::open,
                       .created = now,
                       .expires = whole_seconds(now + limits_.lifetime),
                       .label = request.label,
                       .files = {}};
  auto entry = note("session.create", wanted, actor);
  entry.detail["expires"] = to_iso8601(wanted.expires);
  auto opened = context_.store.sessions().open(context_.index, wanted, context_.quotas, entry);
  // The session takes the name, which an upstream may have had until now.
  if (opened.ok() && opened->fresh) context_.changes.project_changed(request.release.project.str());
  return opened;
}

Result<Session> Sessions::find(const Secret& token) const {
  return context_.store.sessions().find(context_.index, token, context_.clock.now());
}

Result<StagedFile> Sessions::file(const Session& session, std::int64_t id) const {
  return context_.store.sessions().file({.session = session.id, .file = id});
}

Result<Session> Sessions::extend(const Session& session, std::chrono::seconds by, const Actor& actor) const {
  const auto latest = whole_seconds(session.created + limits_.longest);
  const auto room = std::chrono::floor<std::chrono::seconds>(latest - session.expires);
  // Cut before it is added: the client's number may be any.
  constexpr std::chrono::seconds none{0};
  const auto expires = session.expires + std::clamp(by, none, std::max(room, none));
  auto entry = note("session.extend", session, actor);
  entry.detail = {{"before", to_iso8601(session.expires)}, {"after", to_iso8601(expires)}};
  CHECK_OK(context_.store.sessions().extend(session.id, expires, entry, context_.clock.now()));
  return find(session.token);
}

Status Sessions::cancel(const Session& session, const Actor& actor, std::string_view reason) const {
  TRY(const auto blobs, end(session, actor, reason));
  drop(blobs);
  return success();
}

Result<ReleasedBlobs> Sessions::end(const Session& session, const Actor& actor,
                                    std::string_view reason) const {
  auto entry = note("session.cancel", session, actor);
  if (!reason.empty()) {
    TRY(entry.reason, parse_reason(reason, "say why the session has to go: the ledger keeps it"));
  }
  return context_.store.sessions().cancel(session.id, entry, context_.clock.now());
}

Status Sessions::refuse_release(const Session& session, std::string_view reason, const Actor& actor) const {
  TRY(const auto why, parse_reason(reason, "say why the release must not be published: the index keeps it"));
  SessionRefusal refusal{.reason = why,
                         .session = note("session.refuse", session, actor),
                         .release = note("release.block", session, actor),
                         .room = context_.quotas};
  refusal.session.reason = why;
  refusal.release.reason = why;
  TRY(const auto blobs, context_.store.sessions().refuse(session.id, refusal, context_.clock.now()));
  drop(blobs);
  context_.changes.project_changed(session.release.project.str());
  return success();
}

/// The rows are gone. Garbage collection removes what cannot be removed now.
void Sessions::drop(const ReleasedBlobs& blobs) const {
  static_cast<void>(drop_unneeded(context_.store.files(), context_.blobs, blobs));
}

Result<std::vector<ListedSession>> Sessions::list() const {
  return context_.store.sessions().list(context_.index, context_.clock.now());
}

Result<Session> Sessions::find(std::int64_t number) const {
  TRY(const auto open, list());
  const auto found = std::ranges::find(open, number, [](const ListedSession& one) { return one.session.id; });
  if (found != open.end()) return found->session;
  return Error{Errc::not_found, fmt::format("there is no open session {}", number),
               "packhouse session list shows them"};
}

Status Sessions::refuse_published(const Session& session, std::string_view filename) const {
  const auto there = context_.store.files().find(context_.index, filename);
  if (!there.ok()) {
    return context_.store.files().can_add(context_.index, session.release, filename, context_.clock.now());
  }
  return Error{Errc::conflict,
               fmt::format("File already exists: {} is published with SHA-256 {}.", quote(filename),
                           there->sha256.hex()),
               "a published file never changes: leave it out, or give the release a new version"};
}

Result<StagedFile> Sessions::announce(const Session& session, const FileRequest& request,
                                      const Actor& actor) const {
  if (request.size > limits_.max_file_size) {
    return Error{Errc::too_large,
                 fmt::format("File too large. The limit of this index is {} bytes.", limits_.max_file_size),
                 "an administrator can raise limits.file-size"};
  }
  // A client that lost the answer announces the file again.
  const auto* there = session.find(request.filename);
  if (there != nullptr && is_announced_as(*there, request)) return *there;
  CHECK_OK(refuse_published(session, request.filename));
  StagedFile file;
  file.filename = request.filename;
  file.size = request.size;
  file.hashes = request.hashes;
  auto entry = note("session.file.create", session, file, actor);
  entry.detail = {{"size", file.size}, {"hashes", to_object(file.hashes)}};
  return context_.store.sessions().announce(session.id, file, context_.quotas, entry, context_.clock.now());
}

Status Sessions::receive(const Session& session, const StagedFile& file, AnnouncedDigests& digests,
                         std::unique_ptr<BlobWriter> content, const Actor& actor) const {
  if (content->size() != file.size) {
    return Error{Errc::invalid_input,
                 fmt::format("expected the {} bytes that were announced for {}, found {}", file.size,
                             quote(file.filename), content->size()),
                 "send the whole file, and nothing else, as the body"};
  }
  TRY(const auto received, content->finish());
  CHECK_OK(digests.compare(file.hashes, received));
  auto kept = keep(session, file, received, *content, actor);
  if (!kept.ok()) drop({received.sha256});  // the session may have ended meanwhile
  return kept;
}

Status Sessions::keep(const Session& session, const StagedFile& file, const HashValues& received,
                      BlobWriter& content, const Actor& actor) const {
  const std::shared_lock no_gc(context_.blobs.gc_lock());
  CHECK_OK(content.commit());
  reach(FailPoint::session_bytes_stored);
  auto entry = note("session.file.receive", session, file, actor);
  entry.detail = {{"sha256", received.sha256.hex()}};
  return context_.store.sessions().receive(key_of(session, file), received, entry, context_.clock.now());
}

Result<dist::Report> Sessions::check(const Session& session, const StagedFile& file) const {
  TRY(const auto blob, context_.blobs.open(file.received->sha256));
  const auto source = archive::FileSource::borrow(blob.fd(), blob.size());
  auto report = dist::check_file(source, file.filename, context_.policy, claims_of(session, file));
  return report;
}

Result<Completion> Sessions::complete(const Session& session, const StagedFile& file,
                                      const Actor& actor) const {
  if (file.status == StagedStatus::completed) return Completion{.file = file, .refusals = {}};
  if (file.status == StagedStatus::pending && !file.received) {
    return Error{Errc::conflict, fmt::format("the bytes of {} did not arrive yet", quote(file.filename)),
                 "send them to file_url first"};
  }
  if (file.status != StagedStatus::pending) {
    return Error{Errc::conflict,
                 fmt::format("the upload of {} is {}", quote(file.filename), to_string(file.status)),
                 "delete the file from the session, then announce it again"};
  }
  TRY(const auto report, check(session, file));
  return report.accepted() ? accept(session, file, report, actor) : refuse(session, file, report, actor);
}

Result<Completion> Sessions::accept(const Session& session, const StagedFile& file,
                                    const dist::Report& report, const Actor& actor) const {
  const File row = describe(*report.inspection, *file.received, context_.clock.now());
  reach(FailPoint::session_file_checked);
  const auto warnings = to_notes(results_of(report, dist::Outcome::warned));
  auto entry = note("session.file.complete", session, file, actor);
  entry.detail = detail_of(row);
  if (!warnings.empty()) entry.detail["warnings"] = warnings;
  const auto completed = [&]() -> Status {
    const std::shared_lock no_gc(context_.blobs.gc_lock());
    CHECK_OK(store_metadata(context_.blobs, row, *report.inspection));
    return context_.store.sessions().complete(key_of(session, file), row, warnings, entry);
  }();
  if (!completed.ok()) {
    if (row.metadata_sha256) drop({*row.metadata_sha256});
    return completed.error();
  }
  TRY(auto now, this->file(session, file.id));
  return Completion{.file = std::move(now), .refusals = {}};
}

Result<Completion> Sessions::refuse(const Session& session, const StagedFile& file,
                                    const dist::Report& report, const Actor& actor) const {
  auto refusals = results_of(report, dist::Outcome::refused);
  const auto findings = to_notes(refusals);
  auto entry = note("session.file.refuse", session, file, actor);
  entry.detail = {{"sha256", file.received->sha256.hex()}, {"refusals", findings}};
  TRY(const auto blobs, context_.store.sessions().fail(key_of(session, file), file.received->sha256, findings,
                                                       entry, context_.clock.now()));
  drop(blobs);
  TRY(auto now, this->file(session, file.id));
  return Completion{.file = std::move(now), .refusals = std::move(refusals)};
}

Status Sessions::remove(const Session& session, const StagedFile& file, const Actor& actor) const {
  TRY(const auto blobs,
      context_.store.sessions().remove(
          key_of(session, file), note("session.file.delete", session, file, actor), context_.clock.now()));
  drop(blobs);
  return success();
}

Result<PublishedSession> Sessions::publish(const Session& session, const PublishRequest& request,
                                           const Actor& actor) const {
  std::vector<File> files = files_of(session);
  std::optional<Comparison> comparison;
  const PublicationNotes notes{.session = note("session.publish", session, actor),
                               .file =
                                   [&](const File& file) {
                                     return LedgerNote{.actor = actor,
                                                       .action = "file.upload",
                                                       .subject = index::subject_of(context_.index, file),
                                                       .reason = {},
                                                       .detail = detail_of(file)};
                                   },
                               .room = context_.quotas,
                               .examine = [&](const Session& now, const ReleaseDigests& there) -> Status {
                                 if (request.manifest) CHECK_OK(compare_manifest(*request.manifest, now));
                                 files = files_of(now);
                                 return comparison->still_holds(there, digests_of(files));
                               },
                               .approvals = request.approvals};
  const PublicationHooks hooks{.after_file = [] { reach(FailPoint::session_publish_half); },
                               .before_commit = [] { reach(FailPoint::session_publish_in_transaction); }};
  const auto publish_compared = [&]() -> Result<PublishedSession> {
    TRY(auto there, check_joins(context_, session.release, files));
    comparison.emplace(std::move(there), digests_of(files));
    reach(FailPoint::session_publish_begun);
    return context_.store.sessions().publish(session.id, notes, context_.clock.now(), hooks);
  };
  auto published = publish_compared();
  for (int again = 0; comparison && comparison->overtaken() && again < Comparison::most; ++again)
    published = publish_compared();
  if (!published.ok()) return published;
  published->session.token = session.token;
  reach(FailPoint::session_publish_committed);
  context_.changes.project_changed(session.release.project.str());
  return published;
}

}  // namespace packhouse::index
