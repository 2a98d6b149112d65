#pragma once

#include "store/sql/connection.hpp"

/// The queries of trusted publishers.
namespace packhouse::sql {

struct InsertPublisher {
  /// index, project, kind, issuer, conditions, permissions, reads_index, created
  using Arguments = std::tuple<Number, Text, Text, Text, Text, Text, Number, Number>;
  using Row = std::tuple<Number>;
  static constexpr const char* sql =
      "INSERT INTO publishers "
      "(index_id, project, kind, issuer, conditions, permissions, reads_index, created) "
      "VALUES (:index_id, :project, :kind, :issuer, :conditions, :permissions, :reads_index, :created) "
      "RETURNING id";
};

struct ListPublishers {
  using Arguments = std::tuple<>;
  /// id, index, project, kind, issuer, conditions, permissions, reads_index, created
  using Row = std::tuple<Number, Text, Text, Text, Text, Text, Text, Number, Number>;
  static constexpr const char* sql =
      "SELECT p.id, i.name, p.project, p.kind, p.issuer, p.conditions, p.permissions, p.reads_index, "
      "p.created "
      "FROM publishers p JOIN indexes i ON i.id = p.index_id WHERE p.removed IS NULL ORDER BY p.id";
};

struct RemovePublisher {
  using Arguments = std::tuple<Number, Number, Number>;  ///< removed, id, index
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "UPDATE publishers SET removed = :removed WHERE id = :id AND index_id = :index_id AND removed IS NULL";
};

struct FindPublisherConditions {
  using Arguments = std::tuple<Number>;
  using Row = std::tuple<Text>;
  static constexpr const char* sql = "SELECT conditions FROM publishers WHERE id = :id AND removed IS NULL";
};

struct BindPublisher {
  using Arguments = std::tuple<Text, Number>;  ///< conditions, id
  using Row = std::tuple<>;
  static constexpr const char* sql = "UPDATE publishers SET conditions = :conditions WHERE id = :id";
};

struct FindExchangedToken {
  using Arguments = std::tuple<Text, Text>;  ///< issuer, id
  using Row = std::tuple<Number>;
  static constexpr const char* sql =
      "SELECT until FROM exchanged_tokens WHERE issuer = :issuer AND token_id = :token_id";
};

struct InsertExchangedToken {
  using Arguments = std::tuple<Text, Text, Number>;  ///< issuer, id, until
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "INSERT INTO exchanged_tokens (issuer, token_id, until) VALUES (:issuer, :token_id, :until)";
};

struct ForgetExchangedTokens {
  using Arguments = std::tuple<Number>;  ///< now
  using Row = std::tuple<>;
  static constexpr const char* sql = "DELETE FROM exchanged_tokens WHERE until < :now";
};

struct InsertMintedToken {
  /// label, hash, permissions, created, expires
  using Arguments = std::tuple<Text, Text, Text, Number, OptionalNumber>;
  using Row = std::tuple<Number>;
  static constexpr const char* sql =
      "INSERT INTO tokens (label, hash, permissions, created, expires, minted) "
      "VALUES (:label, :hash, :permissions, :created, :expires, 1) RETURNING id";
};

struct InsertTokenPublisher {
  using Arguments = std::tuple<Number, Number>;  ///< token, publisher
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "INSERT INTO token_publishers (token_id, publisher_id) VALUES (:token_id, :publisher_id)";
};

struct ForgetMintedTokens {
  using Arguments = std::tuple<Number>;  ///< those that ended before
  using Row = std::tuple<>;
  static constexpr const char* sql = "DELETE FROM tokens WHERE minted = 1 AND expires < :before";
};

struct ListGrants {
  using Arguments = std::tuple<>;
  using Row =
      std::tuple<Number, Text, Text, Text, Number>;  ///< token, index, project, permissions, reads_index
  static constexpr const char* sql =
      "SELECT t.token_id, i.name, p.project, p.permissions, p.reads_index FROM token_publishers t "
      "JOIN publishers p ON p.id = t.publisher_id JOIN indexes i ON i.id = p.index_id "
      "WHERE p.removed IS NULL ORDER BY t.token_id, p.id";
};

}  // namespace packhouse::sql
