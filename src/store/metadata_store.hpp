#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/file.hpp"
#include "model/index_policy.hpp"
#include "model/ledger_entry.hpp"
#include "model/quotas.hpp"
#include "model/release.hpp"
#include "model/token.hpp"
#include "model/user.hpp"
#include "store/session_store.hpp"

namespace packhouse {

struct ProjectSummary {
  std::string name;         ///< normalised
  std::int64_t serial = 0;  ///< the index's serial at the project's last change
};

/// All of a project that its page shows, read in one snapshot.
struct ProjectDetail {
  std::string name;
  std::int64_t serial = 0;
  std::vector<File> files;        ///< by version as uploaded, then filename; also those that are withheld
  std::vector<Release> releases;  ///< in the order of their first upload, also one without files
  ProjectStanding standing = {};
};

/// A release that is to be taken over from another index: exactly what was looked at before.
struct ReleaseCopy {
  std::string from;  ///< the other index
  std::string project;
  std::string version;
  std::vector<File> files;          ///< as `from` had them; none of them withheld or yanked
  std::optional<Quotas> room = {};  ///< of the target; unset: no limit
};

/// Called within a transaction, for fail points. Each may be empty.
struct CopyHooks {
  std::function<void()> after_file;     ///< after each file's row
  std::function<void()> before_commit;  ///< all rows and the ledger entry are written
};

/// A file to be recorded. `id` is ignored.
struct NewFile {
  File file;
  /// What the checks warned of; kept in the ledger entry.
  json::Array warnings = {};
  /// What the index has room for; unset: no limit.
  std::optional<Quotas> room = {};
};

/// What is to be otherwise about a user; what is not set stays.
struct UserChange {
  std::optional<Secret> password = {};  ///< Argon2id encoding; empty: no password any more
  std::optional<Permissions> permissions = {};
  std::optional<bool> disabled = {};
};

enum class Recorded {
  added,
  identical,  ///< the same name and bytes were there already: nothing changed
};

/// The index's memory: projects, releases, files, tokens, the ledger. Every change is one transaction that
/// holds its rows, its ledger entry and the project's new serial; when a call returns success it is durable.
/// Input at fault: an Error. A broken database: throws StoreError. Thread-safe; writers take turns.
/// All calls take the index's name first; one that does not exist is not_found.
class MetadataStore {
 public:
  virtual ~MetadataStore() = default;

  /// Makes the index if it is not there. True when it was made now.
  virtual Result<bool> ensure_index(std::string_view index, const LedgerNote& note, Timestamp now) = 0;

  // Reading. Each call sees one consistent snapshot.
  /// By name, at most `limit` of those whose name comes behind `after`.
  virtual Result<std::vector<ProjectSummary>> projects(std::string_view index, std::string_view after,
                                                       std::size_t limit) = 0;
  /// not_found when the project has no release.
  virtual Result<ProjectDetail> project(std::string_view index, std::string_view project) = 0;
  /// By filename, which is unique in an index.
  virtual Result<File> file(std::string_view index, std::string_view filename) = 0;
  /// Zeros for a project that is not there.
  virtual Result<Totals> totals(std::string_view index, std::string_view project) = 0;
  /// The index's serial: grows by one with each change of any project.
  virtual Result<std::int64_t> serial(std::string_view index) = 0;

  /// Adds the project and the release if they are new, and the file. conflict when the filename is there with
  /// other bytes, or was ever used by a file since deleted; the message begins "File already exists" or says
  /// which. conflict also when a session of somebody else reserves the name of a project without a release.
  /// forbidden when the release is blocked, or the project archived or quarantined, also for the same bytes.
  /// too_large when there is no room for it. Of two equal versions (1.0 and 1.0.0, PEP 440) the one that came
  /// first names the release, and the file joins it.
  /// `before_commit` runs inside the transaction, after the rows were written (for fail points).
  virtual Result<Recorded> add_file(std::string_view index, const NewFile& file, const LedgerNote& note,
                                    const std::function<void()>& before_commit) = 0;
  /// Would add_file be refused whatever the bytes? For an answer before they are read; add_file decides.
  virtual Status can_add(std::string_view index, std::string_view project, std::string_view version,
                         std::string_view filename) = 0;
  /// Would add_file be refused to `actor` now because a session of somebody else reserves the project's name?
  /// As can_add(): for an answer before anything is stored.
  virtual Status can_name(std::string_view index, std::string_view project, const Actor& actor,
                          Timestamp now) = 0;
  /// The row goes, the filename is burned. not_found when it is not there, forbidden in an immutable index.
  virtual Result<File> delete_file(std::string_view index, std::string_view filename, const LedgerNote& note,
                                   Timestamp now) = 0;

  // The life of a release. True: the state changed. False: it was so already, and nothing was written. The
  // ledger's entry gets "before" and "after" in its detail. not_found where there is no such thing.

  /// Yanks all of a release, also files that come later; unset: takes that back. A file that was yanked by
  /// itself stays so.
  virtual Result<bool> yank_release(std::string_view index, std::string_view project,
                                    std::string_view version, const std::optional<std::string>& reason,
                                    const LedgerNote& note, Timestamp now) = 0;
  /// One file; conflict when it is to be offered again while its whole release is yanked.
  virtual Result<bool> yank_file(std::string_view index, std::string_view filename,
                                 const std::optional<std::string>& reason, const LedgerNote& note,
                                 Timestamp now) = 0;
  /// `reason` is not empty; unset: the release is offered again.
  virtual Result<bool> block_release(std::string_view index, std::string_view project,
                                     std::string_view version, const std::optional<std::string>& reason,
                                     const LedgerNote& note, Timestamp now) = 0;
  virtual Result<bool> set_standing(std::string_view index, std::string_view project,
                                    const ProjectStanding& standing, const LedgerNote& note,
                                    Timestamp now) = 0;

  /// By name.
  virtual Result<std::vector<std::string>> indexes() = 0;
  virtual Result<IndexPolicy> policy(std::string_view index) = 0;
  /// As the four above; only for whoever configures the server.
  virtual Result<bool> set_policy(std::string_view index, const IndexPolicy& policy, const LedgerNote& note,
                                  Timestamp now) = 0;

  /// Takes a release over from another index: the same blobs under the same names, all files or none. The
  /// number of files that are new here; 0: the same release was here already, and nothing was written but a
  /// label that it had not. The source's label comes with it. conflict when the source is no longer what
  /// `copy` says, or when the target has another file in that release, other bytes under one of the names, or
  /// burned one of them; forbidden when the target's release or project takes no files, too_large when there
  /// is no room. not_found for a missing index.
  virtual Result<std::size_t> copy_release(std::string_view index, const ReleaseCopy& copy,
                                           const LedgerNote& note, Timestamp now, const CopyHooks& hooks) = 0;

  // Tokens and users are of the whole server.
  /// not_found when it is bound to an index or a user that does not exist.
  virtual Result<Token> add_token(const Token& token, const LedgerNote& note) = 0;
  virtual Result<std::vector<Token>> tokens() = 0;
  /// not_found for an unknown id, conflict for one already revoked.
  virtual Status revoke_token(std::int64_t id, const LedgerNote& note, Timestamp now) = 0;
  virtual Status touch_token(std::int64_t id, Timestamp used) = 0;

  /// conflict for a name that is taken.
  virtual Result<User> add_user(const User& user, const LedgerNote& note) = 0;
  /// The user as it is now. not_found for an unknown name.
  virtual Result<User> change_user(std::string_view name, const UserChange& change, const LedgerNote& note,
                                   Timestamp now) = 0;
  /// Gives a role, in place of any other on that project; nullopt takes it away. not_found when there is no
  /// such index or user, or nothing to take away.
  virtual Status set_role(std::string_view index, std::string_view project, std::string_view user,
                          std::optional<Role> role, const LedgerNote& note, Timestamp now) = 0;
  /// Tokens, users and roles as of one moment.
  virtual Result<AccessList> access() = 0;

  // The ledger.
  virtual Result<std::vector<LedgerEntry>> ledger(std::int64_t after, std::size_t limit) = 0;

  /// Uploads that are not visible yet. Lives as long as this store.
  virtual SessionStore& sessions() = 0;

  /// Every blob that some row needs: files and metadata, those of open sessions included. For the audit and
  /// for garbage collection.
  virtual Result<std::vector<Sha256>> referenced_blobs() = 0;
  /// Whether that is one of them.
  virtual Result<bool> needs_blob(const Sha256& digest) = 0;
  /// Grows when another process or connection changed the database: caches are then stale.
  virtual std::int64_t change_counter() = 0;
};

/// Hands every project of the index to `visit`, by name, until it says false. They are read a thousand at a
/// time, so that memory does not grow with their number: what changes meanwhile is seen or not.
Status each_project(MetadataStore& store, std::string_view index,
                    const std::function<Result<bool>(const ProjectSummary&)>& visit);

/// SHA-256 over the canonical JSON of everything in `entry` but its hash.
std::string ledger_hash(const LedgerEntry& entry);

/// Walks a chain and names the first broken link; success says how many were sound.
Result<std::int64_t> verify_ledger(MetadataStore& store);

}  // namespace packhouse
