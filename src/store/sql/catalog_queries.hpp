#pragma once

#include "store/sql/connection.hpp"

/// The queries of indexes and projects.
namespace packhouse::sql {

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

struct ListIndexes {
  using Arguments = std::tuple<>;
  using Row = std::tuple<Text>;
  static constexpr const char* sql = "SELECT name FROM indexes ORDER BY name";
};

struct FindPolicy {
  using Arguments = std::tuple<Number>;
  using Row = std::tuple<Text>;
  static constexpr const char* sql = "SELECT policy FROM indexes WHERE id = :id";
};

struct SetPolicy {
  using Arguments = std::tuple<Text, Number, Number>;  ///< policy, immutable, index
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "UPDATE indexes SET policy = :policy, immutable = :immutable WHERE id = :id";
};

struct ListProjects {
  using Arguments = std::tuple<Number, Text, Number>;  ///< index, after that name, at most so many
  using Row = std::tuple<Text, Number>;                ///< name, serial
  static constexpr const char* sql =
      "SELECT name, serial FROM projects WHERE index_id = :index_id AND name > :after AND files > 0 "
      "ORDER BY name LIMIT :most";
};

struct FindSummary {
  using Arguments = std::tuple<Number, Text>;
  using Row = std::tuple<Number>;  ///< serial
  static constexpr const char* sql =
      "SELECT serial FROM projects WHERE index_id = :index_id AND name = :name AND files > 0";
};

struct FindProject {
  using Arguments = std::tuple<Number, Text>;
  using Row = std::tuple<Number, Number, Text, Text>;  ///< id, serial, status and its reason
  static constexpr const char* sql =
      "SELECT id, serial, status, status_reason FROM projects WHERE index_id = :index_id AND name = :name";
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

}  // namespace packhouse::sql
