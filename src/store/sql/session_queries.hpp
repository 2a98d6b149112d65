#pragma once

#include "store/sql/connection.hpp"

/// The queries of sessions and their files.
namespace packhouse::sql {

/// id, project, version, owner's kind and id, status, created, expires, label
using SessionRow = std::tuple<Number, Text, Text, Text, Text, Text, Number, Number, OptionalText>;

struct InsertSession {
  /// index, project, version, the token's hash, owner's kind and id, created, expires, label
  using Arguments = std::tuple<Number, Text, Text, Text, Text, Text, Number, Number, OptionalText>;
  using Row = std::tuple<Number>;
  static constexpr const char* sql =
      "INSERT INTO sessions (index_id, project, version, token_hash, owner_kind, owner_id, status, created, "
      "expires, label) VALUES (:index_id, :project, :version, :token_hash, :owner_kind, :owner_id, 'open', "
      ":created, :expires, :label) RETURNING id";
};

/// A further token of a session.
struct InsertSessionToken {
  using Arguments = std::tuple<Number, Text>;  ///< session, the token's hash
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "INSERT INTO session_tokens (session_id, token_hash) VALUES (:session_id, :token_hash)";
};

/// Of the further tokens of a session, all but the last ones.
struct DropOldSessionTokens {
  using Arguments = std::tuple<Number, Number, Number>;  ///< session, session, how many stay
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "DELETE FROM session_tokens WHERE session_id = :session_id AND id NOT IN (SELECT id FROM "
      "session_tokens "
      "WHERE session_id = :same_session ORDER BY id DESC LIMIT :kept)";
};

struct FindSessionByToken {
  using Arguments = std::tuple<Number, Text, Text>;  ///< index, the token's hash, the same
  using Row = SessionRow;
  static constexpr const char* sql =
      "SELECT id, project, version, owner_kind, owner_id, status, created, expires, label FROM "
      "sessions "
      "WHERE index_id = :index_id AND (token_hash = :token_hash OR id = "
      "(SELECT session_id FROM session_tokens WHERE token_hash = :same_hash))";
};

struct FindSession {
  using Arguments = std::tuple<Number>;
  using Row = SessionRow;
  static constexpr const char* sql =
      "SELECT id, project, version, owner_kind, owner_id, status, created, expires, label FROM "
      "sessions "
      "WHERE id = :id";
};

struct FindIndexOfSession {
  using Arguments = std::tuple<Number>;
  using Row = std::tuple<Text>;  ///< its name
  static constexpr const char* sql =
      "SELECT i.name FROM sessions s JOIN indexes i ON i.id = s.index_id WHERE s.id = :id";
};

struct ListLiveSessions {
  using Arguments = std::tuple<Number, Text, Number>;  ///< index, project, now
  using Row = SessionRow;
  static constexpr const char* sql =
      "SELECT id, project, version, owner_kind, owner_id, status, created, expires, label FROM "
      "sessions "
      "WHERE index_id = :index_id AND project = :project AND status = 'open' AND expires > :now ORDER BY id";
};

/// By an owner who is neither the actor, nor a token that has ended, nor a disabled user.
struct FindReservation {
  using Arguments = std::tuple<Number, Number, Text, Text, Text>;  ///< now, index, project, kind and id
  using Row = std::tuple<Number, Number>;                          ///< the session, when it ends
  static constexpr const char* sql =
      "WITH moment (now) AS (SELECT CAST(:now AS BIGINT)) "
      "SELECT s.id, s.expires FROM sessions s JOIN moment m ON s.expires > m.now "
      "WHERE s.index_id = :index_id AND s.project = :project AND s.status = 'open' "
      "AND NOT (s.owner_kind = :kind AND s.owner_id = :owner) "
      "AND NOT EXISTS (SELECT 1 FROM tokens t LEFT JOIN users u ON u.id = t.user_id "
      "WHERE s.owner_kind = 'token' AND s.owner_id = CAST(t.id AS TEXT) "
      "AND (t.revoked IS NOT NULL OR t.expires <= m.now OR u.disabled IS NOT NULL)) "
      "AND NOT EXISTS (SELECT 1 FROM users u WHERE s.owner_kind = 'user' AND s.owner_id = u.name "
      "AND u.disabled IS NOT NULL) LIMIT 1";
};

struct CountLiveSessions {
  using Arguments = std::tuple<Number>;
  using Row = std::tuple<Number>;
  static constexpr const char* sql =
      "SELECT count(*) FROM sessions WHERE index_id = :index_id AND status = 'open'";
};

struct CountLiveSessionsOfProject {
  using Arguments = std::tuple<Number, Text>;
  using Row = std::tuple<Number>;
  static constexpr const char* sql =
      "SELECT count(*) FROM sessions WHERE index_id = :index_id AND project = :project AND status = 'open'";
};

struct CountLiveSessionsOfOwner {
  using Arguments = std::tuple<Number, Text, Text>;  ///< index, owner's kind and id
  using Row = std::tuple<Number>;
  static constexpr const char* sql =
      "SELECT count(*) FROM sessions WHERE index_id = :index_id AND status = 'open' "
      "AND owner_kind = :kind AND owner_id = :owner";
};

/// The live sessions of an index with what they hold.
struct ListHeld {
  using Arguments = std::tuple<Number, Number>;    ///< index, now
  using Row = std::tuple<Number, Number, Number>;  ///< session, files, bytes
  static constexpr const char* sql =
      "SELECT s.id, count(f.id), CAST(coalesce(sum(f.size), 0) AS BIGINT) FROM sessions s "
      "LEFT JOIN session_files f ON f.session_id = s.id AND f.status <> 'canceled' "
      "WHERE s.index_id = :index_id AND s.status = 'open' AND s.expires > :now GROUP BY s.id ORDER BY s.id";
};

struct ExtendSession {
  using Arguments = std::tuple<Number, Number>;  ///< expires, id
  using Row = std::tuple<>;
  static constexpr const char* sql = "UPDATE sessions SET expires = :expires WHERE id = :id";
};

struct EndSession {
  using Arguments = std::tuple<Text, Number, Number>;  ///< status, ended, id
  using Row = std::tuple<>;
  static constexpr const char* sql = "UPDATE sessions SET status = :status, ended = :ended WHERE id = :id";
};

struct ListExpiredSessions {
  using Arguments = std::tuple<Number>;
  using Row = std::tuple<Number>;
  static constexpr const char* sql =
      "SELECT id FROM sessions WHERE status = 'open' AND expires <= :now ORDER BY id";
};

struct ListForgettableSessions {
  using Arguments = std::tuple<Number>;
  using Row = std::tuple<Number>;
  static constexpr const char* sql = "SELECT id FROM sessions WHERE ended < :before ORDER BY id";
};

struct DeleteSession {
  using Arguments = std::tuple<Number>;
  using Row = std::tuple<>;
  static constexpr const char* sql = "DELETE FROM sessions WHERE id = :id";
};

/// id, filename, size, hashes, status, sha256, blake2b_256, kind, requires_python, metadata_sha256,
/// completed, findings
using StagedRow = std::tuple<Number, Text, Number, Text, Text, OptionalText, OptionalText, OptionalText,
                             OptionalText, OptionalText, OptionalNumber, Text>;

struct InsertStaged {
  using Arguments = std::tuple<Number, Text, Number, Text>;  ///< session, filename, size, hashes
  using Row = std::tuple<Number>;
  static constexpr const char* sql =
      "INSERT INTO session_files (session_id, filename, size, hashes, status) "
      "VALUES (:session_id, :filename, :size, :hashes, 'pending') RETURNING id";
};

struct ListStaged {
  using Arguments = std::tuple<Number>;
  using Row = StagedRow;
  static constexpr const char* sql =
      "SELECT id, filename, size, hashes, status, sha256, blake2b_256, kind, requires_python, "
      "metadata_sha256, completed, findings FROM session_files "
      "WHERE session_id = :session_id AND status <> 'canceled' ORDER BY filename";
};

struct FindStaged {
  using Arguments = std::tuple<Number, Number>;  ///< session, id
  using Row = StagedRow;
  static constexpr const char* sql =
      "SELECT id, filename, size, hashes, status, sha256, blake2b_256, kind, requires_python, "
      "metadata_sha256, completed, findings FROM session_files "
      "WHERE session_id = :session_id AND id = :id";
};

struct FindStagedByName {
  using Arguments = std::tuple<Number, Text>;
  using Row = std::tuple<Text>;  ///< status
  static constexpr const char* sql =
      "SELECT status FROM session_files WHERE session_id = :session_id AND filename = :filename "
      "AND status <> 'canceled'";
};

struct CountStaged {
  using Arguments = std::tuple<Number>;
  using Row = std::tuple<Number>;
  static constexpr const char* sql = "SELECT count(*) FROM session_files WHERE session_id = :session_id";
};

/// What is announced for a project in all its open sessions. The bytes of a file that failed are gone.
struct SumStaged {
  using Arguments = std::tuple<Number, Text>;
  using Row = std::tuple<Number>;  ///< bytes
  static constexpr const char* sql =
      "SELECT CAST(coalesce(sum(f.size), 0) AS BIGINT) FROM sessions s "
      "JOIN session_files f ON f.session_id = s.id AND f.status <> 'canceled' AND f.status <> 'error' "
      "WHERE s.index_id = :index_id AND s.project = :project AND s.status = 'open'";
};

struct ListStagedBlobs {
  using Arguments = std::tuple<Number>;
  using Row = std::tuple<OptionalText, OptionalText>;  ///< sha256, metadata_sha256
  static constexpr const char* sql =
      "SELECT sha256, metadata_sha256 FROM session_files WHERE session_id = :session_id";
};

struct ReceiveStaged {
  using Arguments = std::tuple<Text, Text, Number>;  ///< sha256, blake2b_256, id
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "UPDATE session_files SET sha256 = :sha256, blake2b_256 = :blake2b_256 WHERE id = :id";
};

struct CompleteStaged {
  /// kind, requires_python, metadata_sha256, completed, findings, id
  using Arguments = std::tuple<Text, OptionalText, OptionalText, Number, Text, Number>;
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "UPDATE session_files SET status = 'completed', kind = :kind, requires_python = :requires_python, "
      "metadata_sha256 = :metadata_sha256, completed = :completed, findings = :findings WHERE id = :id";
};

/// Drops its digests too: its blobs are no longer needed.
struct EndStaged {
  using Arguments = std::tuple<Text, Text, Number>;  ///< status, findings, id
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "UPDATE session_files SET status = :status, sha256 = NULL, metadata_sha256 = NULL, "
      "findings = :findings WHERE id = :id";
};

struct FindSpentApproval {
  using Arguments = std::tuple<Number, Text>;  ///< index, nonce
  using Row = std::tuple<Number>;
  static constexpr const char* sql =
      "SELECT spent FROM spent_approvals WHERE index_id = :index_id AND nonce = :nonce";
};

struct SpendApproval {
  using Arguments = std::tuple<Number, Text, Number>;  ///< index, nonce, now
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "INSERT INTO spent_approvals (index_id, nonce, spent) VALUES (:index_id, :nonce, :spent)";
};

struct DeleteStagedOfSession {
  using Arguments = std::tuple<Number>;
  using Row = std::tuple<>;
  static constexpr const char* sql = "DELETE FROM session_files WHERE session_id = :session_id";
};

}  // namespace packhouse::sql
