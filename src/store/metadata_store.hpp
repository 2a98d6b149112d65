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
#include "model/ledger_entry.hpp"
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
  std::vector<File> files;            ///< by version as uploaded, then filename
  std::vector<std::string> versions;  ///< every release, also one without files
};

/// A file to be recorded. `id` is ignored.
struct NewFile {
  File file;
  /// What the checks warned of; kept in the ledger entry.
  json::Array warnings = {};
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
  virtual Result<std::vector<ProjectSummary>> projects(std::string_view index) = 0;
  /// not_found when the project has no release.
  virtual Result<ProjectDetail> project(std::string_view index, std::string_view project) = 0;
  /// By filename, which is unique in an index.
  virtual Result<File> file(std::string_view index, std::string_view filename) = 0;
  /// The index's serial: grows by one with each change of any project.
  virtual Result<std::int64_t> serial(std::string_view index) = 0;

  /// Adds the project and the release if they are new, and the file. conflict when the filename is there with
  /// other bytes, or was ever used by a file since deleted; the message begins "File already exists" or says
  /// which. conflict also when a session of somebody else reserves the name of a project without a release. `before_commit` runs inside the transaction, after the rows were written (for fail points).
  virtual Result<Recorded> add_file(std::string_view index, const NewFile& file, const LedgerNote& note,
                                    const std::function<void()>& before_commit) = 0;
  /// Would add_file be refused? For an answer before the bytes are read; add_file decides.
  virtual Status can_add(std::string_view index, std::string_view filename) = 0;
  /// The row goes, the filename is burned. not_found when it is not there.
  virtual Result<File> delete_file(std::string_view index, std::string_view filename, const LedgerNote& note,
                                   Timestamp now) = 0;

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

  /// Every blob that some row needs: files and metadata, those of open sessions included. For the audit and for garbage collection.
  virtual Result<std::vector<Sha256>> referenced_blobs() = 0;
  /// Grows when another process or connection changed the database: caches are then stale.
  virtual std::int64_t change_counter() = 0;
};

/// SHA-256 over the canonical JSON of everything in `entry` but its hash.
std::string ledger_hash(const LedgerEntry& entry);

/// Walks a chain and names the first broken link; success says how many were sound.
Result<std::int64_t> verify_ledger(MetadataStore& store);

}  // namespace packhouse
