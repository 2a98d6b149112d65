#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/quotas.hpp"
#include "model/session.hpp"
#include "store/file_store.hpp"

namespace packhouse {

/// Names a file of a session.
struct StagedKey {
  std::int64_t session = 0;
  std::int64_t file = 0;
};

/// The result of open().
struct OpenedSession {
  Session session;
  bool fresh = false;  ///< false: a session of that release was live already
};

/// An open session in a list.
struct ListedSession {
  Session session;  ///< without its files
  std::size_t files = 0;
  std::uint64_t bytes = 0;  ///< of its files, as announced
};

/// The blobs that an ended session or a removed file held. Other rows may need them.
using ReleasedBlobs = std::vector<Sha256>;

struct ExpiredSessions {
  std::size_t count = 0;
  ReleasedBlobs blobs;
};

/// The ledger notes of a session's publication, and the index's limits.
struct PublicationNotes {
  LedgerNote session;
  FileNote file;                    ///< of each file that becomes visible
  std::optional<Quotas> room = {};  ///< unset: no limit
  /// Looks at the session, and at what its release has already, within the transaction; its error refuses the
  /// publication. Unset: all is taken.
  std::function<Status(const Session&, const ReleaseDigests&)> examine = {};
  /// Of the owners' approvals that the publication uses up.
  std::vector<std::string> approvals = {};
};

/// The end of a session whose release must not be published.
struct SessionRefusal {
  std::string reason;  ///< why; not empty
  LedgerNote session;
  LedgerNote release;
  Quotas room;
};

/// Called within the publishing transaction, for fail points. Each may be empty.
struct PublicationHooks {
  std::function<void()> after_file;     ///< after each file's rows
  std::function<void()> before_commit;  ///< everything is written
};

struct PublishedSession {
  Session session;
  std::vector<File> added;    ///< visible from now on
  std::size_t identical = 0;  ///< existed already, with the same bytes
};

/// Sessions and their files. Every change is one transaction with its ledger entry. A session is live while
/// it is open and `now` is before its expiry; a change to one that is not is a conflict, and not_found once
/// its row is gone. Thread-safe, like the MetadataStore that it belongs to.
class SessionStore {
 public:
  static constexpr std::size_t max_files = 1000;         ///< of one session, canceled ones included
  static constexpr std::size_t max_live = 1000;          ///< sessions of one index
  static constexpr std::size_t max_further_tokens = 16;  ///< of a session that was opened again

  virtual ~SessionStore() = default;

  /// Opens `wanted` (its id and files are ignored), or returns the live session of that release, which gets
  /// the token of `wanted` as a further one: of each token only the hash is kept.
  /// conflict when another's live session reserves the name of a project that has no release yet (it does so
  /// until its owner's token ends or its owner is disabled), when the index has max_live sessions, and when
  /// the project or the owner has as many as `room` allows.
  virtual Result<OpenedSession> open(std::string_view index, const Session& wanted, const Quotas& room,
                                     const LedgerNote& note) = 0;
  /// The live sessions of an index, in the order of their opening.
  virtual Result<std::vector<ListedSession>> list(std::string_view index, Timestamp now) = 0;
  /// By one of its tokens, which the session then has. An expired session is not_found; one that ended
  /// otherwise exists until forget().
  virtual Result<Session> find(std::string_view index, const Secret& token, Timestamp now) = 0;
  /// A file of a session, also a canceled one.
  virtual Result<StagedFile> file(const StagedKey& key) = 0;
  virtual Status extend(std::int64_t session, Timestamp expires, const LedgerNote& note, Timestamp now) = 0;
  /// Its files' rows go.
  virtual Result<ReleasedBlobs> cancel(std::int64_t session, const LedgerNote& note, Timestamp now) = 0;
  /// Cancels it and blocks its release, so that no session or upload takes the version until an unblock.
  /// conflict for a session that received no file, and for a release that has files on the index already,
  /// whose block is another's decision; too_large when the index has no room for a further project.
  virtual Result<ReleasedBlobs> refuse(std::int64_t session, const SessionRefusal& refusal,
                                       Timestamp now) = 0;

  /// Announces a file (its id, state and results are ignored). conflict when the session has a file of that
  /// name, or of the same identity (model/file.hpp), that was not canceled, or max_files; too_large when
  /// `room` has none for it beside the project's files and all that is announced in its open sessions.
  virtual Result<StagedFile> announce(std::int64_t session, const StagedFile& file, const Quotas& room,
                                      const LedgerNote& note, Timestamp now) = 0;
  /// The bytes are in the blob store. conflict for a file that is not pending.
  virtual Status receive(const StagedKey& key, const HashValues& digests, const LedgerNote& note,
                         Timestamp now) = 0;
  /// `file` passed the checks. conflict for one that is not pending or was received again since.
  virtual Status complete(const StagedKey& key, const File& file, const json::Array& findings,
                          const LedgerNote& note) = 0;
  /// The bytes that were received did not pass; the file can only be removed.
  virtual Result<ReleasedBlobs> fail(const StagedKey& key, const Sha256& sha256, const json::Array& findings,
                                     const LedgerNote& note, Timestamp now) = 0;
  /// Its bytes are no longer needed. not_found for a file that was canceled.
  virtual Result<ReleasedBlobs> remove(const StagedKey& key, const LedgerNote& note, Timestamp now) = 0;

  /// Makes all files visible, or none: conflict when the session has no file, when one is not completed, when
  /// a name exists with other bytes, in another spelling, or was retired (the message begins "File already
  /// exists" and names all), or when the release is closed and lacks a file of the session; too_large when
  /// there is no room for all, or when one of `notes.approvals` was used up by an earlier publication of this
  /// index; what `notes.examine` gives. The session's label becomes the release's, which
  /// is closed from then on.
  virtual Result<PublishedSession> publish(std::int64_t session, const PublicationNotes& notes, Timestamp now,
                                           const PublicationHooks& hooks) = 0;

  /// Removes every open session, of any index, that is past its expiry, with all its rows; `note_for` gets
  /// its index's name.
  virtual Result<ExpiredSessions> expire(
      const std::function<LedgerNote(std::string_view index, const Session&)>& note_for, Timestamp now) = 0;
  /// Deletes the rows of sessions that ended before `before`; the ledger keeps their entries. Returns their
  /// number.
  virtual Result<std::size_t> forget(Timestamp before) = 0;
};

}  // namespace packhouse
