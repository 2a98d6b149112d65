#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

/// Every query of the store, in words that each of its databases understands.
namespace packhouse::sql {

using Number = std::int64_t;
using Text = std::string;
using OptionalNumber = std::optional<Number>;
using OptionalText = std::optional<Text>;

// Indexes.

struct InsertIndex {
  using Arguments = std::tuple<Text, Number>;
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "INSERT INTO indexes (name, serial, created) VALUES (:name, 0, :created)";
};

struct FindIndex {
  using Arguments = std::tuple<Text>;
  using Row = std::tuple<Number, Number, Number>;  ///< id, serial, immutable
  static constexpr const char* sql = "SELECT id, serial, immutable FROM indexes WHERE name = :name";
};

struct RaiseSerial {
  using Arguments = std::tuple<Number>;
  using Row = std::tuple<Number>;
  static constexpr const char* sql = "UPDATE indexes SET serial = serial + 1 WHERE id = :id RETURNING serial";
};

// Projects and releases.

struct ListProjects {
  using Arguments = std::tuple<Number, Text, Number>;  ///< index, after that name, at most so many
  using Row = std::tuple<Text, Number>;                ///< name, serial
  static constexpr const char* sql =
      "SELECT name, serial FROM projects WHERE index_id = :index_id AND name > :after ORDER BY name "
      "LIMIT :most";
};

struct FindProject {
  using Arguments = std::tuple<Number, Text>;
  using Row = std::tuple<Number, Number, Text, Text>;  ///< id, serial, status and its reason
  static constexpr const char* sql =
      "SELECT id, serial, status, status_reason FROM projects WHERE index_id = :index_id AND name = :name";
};

struct CountProjects {
  using Arguments = std::tuple<Number>;
  using Row = std::tuple<Number>;
  static constexpr const char* sql = "SELECT count(*) FROM projects WHERE index_id = :index_id";
};

struct SumFiles {
  using Arguments = std::tuple<Number, Text>;
  using Row = std::tuple<Number, Number>;  ///< files, bytes
  static constexpr const char* sql =
      "SELECT count(f.id), CAST(coalesce(sum(f.size), 0) AS BIGINT) FROM projects p "
      "JOIN releases r ON r.project_id = p.id JOIN files f ON f.release_id = r.id "
      "WHERE p.index_id = :index_id AND p.name = :name";
};

struct InsertProject {
  using Arguments = std::tuple<Number, Text, Number, Number>;  ///< index, name, serial, created
  using Row = std::tuple<Number>;
  static constexpr const char* sql =
      "INSERT INTO projects (index_id, name, serial, created) VALUES (:index_id, :name, :serial, :created) "
      "RETURNING id";
};

struct SetProjectSerial {
  using Arguments = std::tuple<Number, Number, Text>;  ///< serial, index, name
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "UPDATE projects SET serial = :serial WHERE index_id = :index_id AND name = :name";
};

struct ListReleases {
  using Arguments = std::tuple<Number>;
  using Row =
      std::tuple<Text, OptionalText, OptionalText, OptionalText>;  ///< version, yanked, blocked, label
  static constexpr const char* sql =
      "SELECT version, yanked, blocked, label FROM releases WHERE project_id = :project_id ORDER BY id";
};

struct FindRelease {
  using Arguments = std::tuple<Number, Text>;  ///< project, identity_of() its version
  using Row = std::tuple<Number>;
  static constexpr const char* sql =
      "SELECT id FROM releases WHERE project_id = :project_id AND identity = :identity";
};

struct InsertRelease {
  using Arguments =
      std::tuple<Number, Number, Text, Text, Number>;  ///< index, project, version, identity, created
  using Row = std::tuple<Number>;
  static constexpr const char* sql =
      "INSERT INTO releases (index_id, project_id, version, identity, created) "
      "VALUES (:index_id, :project_id, :version, :identity, :created) RETURNING id";
};

struct FindLabel {
  using Arguments = std::tuple<Number, Text, Text>;  ///< index, project, identity_of() its version
  using Row = std::tuple<Number, OptionalText>;      ///< id, label
  static constexpr const char* sql =
      "SELECT r.id, r.label FROM releases r JOIN projects p ON p.id = r.project_id "
      "WHERE p.index_id = :index_id AND p.name = :project AND r.identity = :identity";
};

struct LabelRelease {
  using Arguments = std::tuple<Text, Number>;  ///< label, release
  using Row = std::tuple<>;
  static constexpr const char* sql = "UPDATE releases SET label = :label WHERE id = :id";
};

// Files.

/// id, project, version, filename, kind, sha256, blake2b_256, size, requires_python, metadata_sha256,
/// provenance_sha256, uploaded, yanked, then what may withhold it: the release's block, the project's status
/// and its reason; the release's label
using FileRow = std::tuple<Number, Text, Text, Text, Text, Text, Text, Number, OptionalText, OptionalText,
                           OptionalText, Number, OptionalText, OptionalText, Text, Text, OptionalText>;

struct ListFiles {
  /// What it hands back of the project, its name, status and the reason of that, and the project's id.
  using Arguments = std::tuple<Text, Text, Text, Number>;
  using Row = FileRow;
  static constexpr const char* sql =
      "SELECT f.id, CAST(:project AS TEXT), r.version, f.filename, f.kind, f.sha256, f.blake2b_256, f.size, "
      "f.requires_python, f.metadata_sha256, f.provenance_sha256, f.uploaded, coalesce(f.yanked, r.yanked), "
      "r.blocked, "
      "CAST(:status AS TEXT), CAST(:reason AS TEXT), r.label FROM releases r "
      "JOIN files f ON f.release_id = r.id WHERE r.project_id = :project_id ORDER BY r.id, f.filename";
};

struct FindFile {
  using Arguments = std::tuple<Number, Text>;
  using Row = FileRow;
  static constexpr const char* sql =
      "SELECT f.id, p.name, r.version, f.filename, f.kind, f.sha256, f.blake2b_256, f.size, "
      "f.requires_python, f.metadata_sha256, f.provenance_sha256, f.uploaded, coalesce(f.yanked, r.yanked), "
      "r.blocked, "
      "p.status, p.status_reason, r.label FROM files f "
      "JOIN releases r ON r.id = f.release_id JOIN projects p ON p.id = r.project_id "
      "WHERE f.index_id = :index_id AND f.filename = :filename";
};

struct InsertFile {
  /// index, release, then as in FileRow from filename on
  using Arguments = std::tuple<Number, Number, Text, Text, Text, Text, Number, OptionalText, OptionalText,
                               OptionalText, Number, OptionalText>;
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "INSERT INTO files (index_id, release_id, filename, kind, sha256, blake2b_256, size, requires_python, "
      "metadata_sha256, provenance_sha256, uploaded, yanked) VALUES (:index_id, :release_id, :filename, "
      ":kind, :sha256, :blake2b_256, :size, :requires_python, :metadata_sha256, :provenance_sha256, "
      ":uploaded, :yanked)";
};

struct DeleteFile {
  using Arguments = std::tuple<Number>;
  using Row = std::tuple<>;
  static constexpr const char* sql = "DELETE FROM files WHERE id = :id";
};

struct BurnFilename {
  using Arguments = std::tuple<Number, Text, Text, Number>;  ///< index, filename, sha256, deleted
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "INSERT INTO burned_filenames (index_id, filename, sha256, deleted) "
      "VALUES (:index_id, :filename, :sha256, :deleted)";
};

struct FindBurned {
  using Arguments = std::tuple<Number, Text>;
  using Row = std::tuple<Number>;
  static constexpr const char* sql =
      "SELECT deleted FROM burned_filenames WHERE index_id = :index_id AND filename = :filename";
};

struct ListReferencedBlobs {
  using Arguments = std::tuple<>;
  using Row = std::tuple<Text>;
  static constexpr const char* sql =
      "SELECT sha256 FROM files UNION SELECT metadata_sha256 FROM files WHERE metadata_sha256 IS NOT NULL "
      "UNION SELECT provenance_sha256 FROM files WHERE provenance_sha256 IS NOT NULL "
      "UNION SELECT f.sha256 FROM session_files f JOIN sessions s ON s.id = f.session_id "
      "WHERE s.status = 'open' AND f.sha256 IS NOT NULL "
      "UNION SELECT f.metadata_sha256 FROM session_files f JOIN sessions s ON s.id = f.session_id "
      "WHERE s.status = 'open' AND f.metadata_sha256 IS NOT NULL";
};

struct NeedsBlob {
  using Arguments = std::tuple<Text>;
  using Row = std::tuple<Number>;
  static constexpr const char* sql =
      "WITH wanted (digest) AS (SELECT :digest) SELECT "
      "EXISTS (SELECT 1 FROM files f JOIN wanted w "
      "ON w.digest IN (f.sha256, f.metadata_sha256, f.provenance_sha256)) "
      "OR EXISTS (SELECT 1 FROM session_files f JOIN sessions s ON s.id = f.session_id AND s.status = 'open' "
      "JOIN wanted w ON w.digest IN (f.sha256, f.metadata_sha256))";
};

// Tokens.

struct InsertToken {
  /// label, hash, permissions, project, created, expires, index, user
  using Arguments =
      std::tuple<Text, Text, Text, OptionalText, Number, OptionalNumber, OptionalNumber, OptionalNumber>;
  using Row = std::tuple<Number>;
  static constexpr const char* sql =
      "INSERT INTO tokens (label, hash, permissions, project, created, expires, index_id, user_id) "
      "VALUES (:label, :hash, :permissions, :project, :created, :expires, :index_id, :user_id) RETURNING id";
};

struct FindTokenByHash {
  using Arguments = std::tuple<Text>;
  using Row = std::tuple<Number>;
  static constexpr const char* sql = "SELECT id FROM tokens WHERE hash = :hash";
};

struct ListTokens {
  using Arguments = std::tuple<>;
  /// id, label, hash, permissions, project, created, expires, last_used, revoked, index, user
  using Row = std::tuple<Number, Text, Text, Text, OptionalText, Number, OptionalNumber, OptionalNumber,
                         OptionalNumber, OptionalText, OptionalText>;
  static constexpr const char* sql =
      "SELECT t.id, t.label, t.hash, t.permissions, t.project, t.created, t.expires, t.last_used, t.revoked, "
      "i.name, u.name FROM tokens t LEFT JOIN indexes i ON i.id = t.index_id "
      "LEFT JOIN users u ON u.id = t.user_id ORDER BY t.id";
};

struct FindRevocation {
  using Arguments = std::tuple<Number>;
  using Row = std::tuple<OptionalNumber>;
  static constexpr const char* sql = "SELECT revoked FROM tokens WHERE id = :id";
};

struct RevokeToken {
  using Arguments = std::tuple<Number, Number>;  ///< revoked, id
  using Row = std::tuple<>;
  static constexpr const char* sql = "UPDATE tokens SET revoked = :revoked WHERE id = :id";
};

struct FindLastUse {
  using Arguments = std::tuple<Number>;
  using Row = std::tuple<OptionalNumber>;
  static constexpr const char* sql = "SELECT last_used FROM tokens WHERE id = :id";
};

struct TouchToken {
  using Arguments = std::tuple<Number, Number>;  ///< last_used, id
  using Row = std::tuple<>;
  static constexpr const char* sql = "UPDATE tokens SET last_used = :last_used WHERE id = :id";
};

// Users and roles.

/// id, name, password, permissions, created, disabled
using UserRow = std::tuple<Number, Text, OptionalText, Text, Number, OptionalNumber>;

struct InsertUser {
  using Arguments = std::tuple<Text, OptionalText, Text, Number>;  ///< name, password, permissions, created
  using Row = std::tuple<Number>;
  static constexpr const char* sql =
      "INSERT INTO users (name, password, permissions, created) "
      "VALUES (:name, :password, :permissions, :created) RETURNING id";
};

struct FindUser {
  using Arguments = std::tuple<Text>;
  using Row = UserRow;
  static constexpr const char* sql =
      "SELECT id, name, password, permissions, created, disabled FROM users WHERE name = :name";
};

struct ListUsers {
  using Arguments = std::tuple<>;
  using Row = UserRow;
  static constexpr const char* sql =
      "SELECT id, name, password, permissions, created, disabled FROM users ORDER BY name";
};

struct UpdateUser {
  using Arguments = std::tuple<OptionalText, Text, OptionalNumber, Number>;  ///< …, disabled, id
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "UPDATE users SET password = :password, permissions = :permissions, disabled = :disabled "
      "WHERE id = :id";
};

struct PutRole {
  using Arguments = std::tuple<Number, Text, Number, Text, Number>;  ///< index, project, user, role, granted
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "INSERT INTO roles (index_id, project, user_id, role, granted) "
      "VALUES (:index_id, :project, :user_id, :role, :granted) "
      "ON CONFLICT (index_id, project, user_id) DO UPDATE SET role = excluded.role, "
      "granted = excluded.granted";
};

struct DeleteRole {
  using Arguments = std::tuple<Number, Text, Number>;  ///< index, project, user
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "DELETE FROM roles WHERE index_id = :index_id AND project = :project AND user_id = :user_id";
};

struct ListRoles {
  using Arguments = std::tuple<>;
  using Row = std::tuple<Text, Text, Text, Text>;  ///< index, project, user, role
  static constexpr const char* sql =
      "SELECT i.name, r.project, u.name, r.role FROM roles r JOIN indexes i ON i.id = r.index_id "
      "JOIN users u ON u.id = r.user_id ORDER BY i.name, r.project, u.name";
};

// The ledger.

struct FindLastEntry {
  using Arguments = std::tuple<>;
  using Row = std::tuple<Number, Text>;  ///< sequence, hash
  static constexpr const char* sql = "SELECT sequence, hash FROM ledger ORDER BY sequence DESC LIMIT 1";
};

/// sequence, time, actor's kind, id and address, action, subject, reason, detail, previous, hash
using LedgerRow = std::tuple<Number, Number, Text, Text, Text, Text, Text, Text, Text, Text, Text>;

struct InsertEntry {
  using Arguments = LedgerRow;
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "INSERT INTO ledger (sequence, time, actor_kind, actor_id, actor_address, action, subject, reason, "
      "detail, previous, hash) VALUES (:sequence, :time, :actor_kind, :actor_id, :actor_address, :action, "
      ":subject, :reason, :detail, :previous, :hash)";
};

struct ListEntries {
  using Arguments = std::tuple<Number, Number>;  ///< after, limit
  using Row = LedgerRow;
  static constexpr const char* sql =
      "SELECT sequence, time, actor_kind, actor_id, actor_address, action, subject, reason, detail, "
      "previous, "
      "hash FROM ledger WHERE sequence > :after ORDER BY sequence LIMIT :most";
};

}  // namespace packhouse::sql
