#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "dist/check.hpp"
#include "index/context.hpp"
#include "index/session_request.hpp"
#include "model/session.hpp"

namespace packhouse::index {

struct SessionLimits {
  std::chrono::seconds lifetime{std::chrono::days{7}};  ///< of a session that is not extended
  std::chrono::seconds longest{std::chrono::days{30}};  ///< from its opening, however often it is extended
  std::chrono::seconds kept{std::chrono::days{7}};  ///< how long the status of an ended session can be read
  std::uint64_t max_file_size = 1ULL << 30U;        ///< bytes
};

/// The result of `complete`.
struct Completion {
  StagedFile file;
  std::vector<dist::CheckResult> refusals;  ///< not empty: the file is in state error
};

/// The digests that announced hashes are compared with, of one file's bytes as they arrive.
class AnnouncedDigests {
 public:
  /// What the blob store does not compute itself.
  explicit AnnouncedDigests(const NamedDigests& announced);

  void update(std::string_view bytes);
  /// invalid_input for the first that differs. `received` is of the same bytes. Call once.
  Status compare(const NamedDigests& announced, const HashValues& received);

 private:
  std::map<std::string, NamedHasher> hashers_;
};

/// Uploads that are not visible yet, by PEP 694. A file in a session passes the checks of every other upload.
/// Each change is one transaction with its ledger entry. Thread-safe.
class Sessions {
 public:
  Sessions(const Context& context, SessionLimits limits) : context_(context), limits_(limits) {}

  const SessionLimits& limits() const noexcept { return limits_; }

  /// A new session, or the live one of the same project and version, whatever its label. conflict when
  /// another actor's session reserves the project's name, and when the index, the project or the actor has as
  /// many as it may have, and for a blocked release; forbidden where the index or the project takes no files.
  Result<OpenedSession> open(const SessionRequest& request, const Actor& actor) const;
  /// By its token, with its files. not_found also for one that has expired.
  Result<Session> find(const Secret& token) const;
  Result<StagedFile> file(const Session& session, std::int64_t id) const;

  /// The session as it is then; no longer than limits().longest, and never shorter than it was.
  Result<Session> extend(const Session& session, std::chrono::seconds by, const Actor& actor) const;
  /// Removes what only it needed from the blob store. `reason` is for the ledger and may be empty.
  Status cancel(const Session& session, const Actor& actor, std::string_view reason = {}) const;
  /// The same without removing blobs, for a process beside the server: `packhouse gc` removes them.
  Result<ReleasedBlobs> end(const Session& session, const Actor& actor, std::string_view reason) const;

  /// Cancels it and blocks its release for `reason`: it was tried, and must not be published by another
  /// session or upload until it is unblocked. invalid_input for a reason that is no line of 1 to 1000 bytes;
  /// conflict and too_large as SessionStore::refuse() has them.
  Status refuse_release(const Session& session, std::string_view reason, const Actor& actor) const;

  /// Every open session of the index.
  Result<std::vector<ListedSession>> list() const;
  /// An open session by its number, which is no secret; without its files.
  Result<Session> find(std::int64_t number) const;

  /// Announces a file, or returns the one announced with the same size and hashes. conflict for a filename
  /// that the session has with others, and for a published one ("File already exists"); too_large, also when
  /// the project has no room beside its files and what is announced in its sessions.
  Result<StagedFile> announce(const Session& session, const FileRequest& request, const Actor& actor) const;
  /// `content` has all bytes and is not finished; `digests` has read the same bytes. invalid_input when they
  /// are not those announced: nothing is stored, and they may be sent again.
  Status receive(const Session& session, const StagedFile& file, AnnouncedDigests& digests,
                 std::unique_ptr<BlobWriter> content, const Actor& actor) const;
  /// Runs the checks on the received bytes. Without effect on a completed file. conflict for a file whose
  /// bytes have not arrived, or that failed before.
  Result<Completion> complete(const Session& session, const StagedFile& file, const Actor& actor) const;
  Status remove(const Session& session, const StagedFile& file, const Actor& actor) const;

  /// All files or none. conflict as SessionStore::publish() has it, and when the request's manifest is not
  /// that of the session at that moment.
  Result<PublishedSession> publish(const Session& session, const PublishRequest& request,
                                   const Actor& actor) const;

 private:
  LedgerNote note(std::string_view action, const Session& session, const Actor& actor) const;
  LedgerNote note(std::string_view action, const Session& session, const StagedFile& file,
                  const Actor& actor) const;
  void drop(const ReleasedBlobs& blobs) const;
  Status can_open(const ReleaseName& release, Timestamp now) const;
  Status refuse_published(const Session& session, std::string_view filename) const;
  Status keep(const Session& session, const StagedFile& file, const HashValues& received, BlobWriter& content,
              const Actor& actor) const;
  Result<dist::Report> check(const Session& session, const StagedFile& file) const;
  Result<Completion> accept(const Session& session, const StagedFile& file, const dist::Report& report,
                            const Actor& actor) const;
  Result<Completion> refuse(const Session& session, const StagedFile& file, const dist::Report& report,
                            const Actor& actor) const;

  const Context& context_;
  const SessionLimits limits_;
};

/// "phs_" and 43 characters that stand for 32 random bytes.
Secret make_session_token();

/// Ends the sessions of every index that are past their expiry, and deletes those that ended `kept` ago. The
/// blobs of the expired ones are for drop_unneeded() or for garbage collection.
Result<ExpiredSessions> expire_sessions(SessionStore& sessions, Timestamp now, std::chrono::seconds kept);

}  // namespace packhouse::index
