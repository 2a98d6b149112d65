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
      "DELETE FROM session_tokens WHERE session_id = :session_id AND id NOT IN (SELECT id FROM session_tokens "
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

struct FindReservation {
  using Arguments = std::tuple<Number, Text, Number, Text, Text>;  ///< index, project, now, kind and id
  using Row = std::tuple<Number>;                                  ///< when it ends
  static constexpr const char* sql =
      "SELECT expires FROM sessions WHERE index_id = :index_id AND project = :project AND status = 'open' "
      "AND expires > :now AND NOT (owner_kind = :kind AND owner_id = :owner) LIMIT 1";
};

struct CountLiveSessions {
  using Arguments = std::tuple<Number>;
  using Row = std::tuple<Number>;
  static constexpr const char* sql =
      "SELECT count(*) FROM sessions WHERE index_id = :index_id AND status = 'open'";
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
