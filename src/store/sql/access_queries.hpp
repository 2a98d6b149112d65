#pragma once

#include "store/sql/connection.hpp"

/// The queries of tokens, users and roles.
namespace packhouse::sql {

struct InsertToken {
  /// label, hash, permissions, project, created, expires, index, user, maker
  using Arguments = std::tuple<Text, Text, Text, OptionalText, Number, OptionalNumber, OptionalNumber,
                               OptionalNumber, OptionalNumber>;
  using Row = std::tuple<Number>;
  static constexpr const char* sql =
      "INSERT INTO tokens (label, hash, permissions, project, created, expires, index_id, user_id, made_by) "
      "VALUES (:label, :hash, :permissions, :project, :created, :expires, :index_id, :user_id, :made_by) "
      "RETURNING id";
};

struct FindTokenByHash {
  using Arguments = std::tuple<Text>;
  using Row = std::tuple<Number>;
  static constexpr const char* sql = "SELECT id FROM tokens WHERE hash = :hash";
};

struct ListTokens {
  using Arguments = std::tuple<>;
  /// id, label, hash, permissions, project, created, expires, last_used, revoked, index, user, maker, minted
  using Row = std::tuple<Number, Text, Text, Text, OptionalText, Number, OptionalNumber, OptionalNumber,
                         OptionalNumber, OptionalText, OptionalText, OptionalText, Number>;
  static constexpr const char* sql =
      "SELECT t.id, t.label, t.hash, t.permissions, t.project, t.created, t.expires, t.last_used, t.revoked, "
      "i.name, u.name, m.name, t.minted FROM tokens t LEFT JOIN indexes i ON i.id = t.index_id "
      "LEFT JOIN users u ON u.id = t.user_id LEFT JOIN users m ON m.id = t.made_by ORDER BY t.id";
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

}  // namespace packhouse::sql
