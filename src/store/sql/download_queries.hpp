#pragma once

#include "store/sql/connection.hpp"

/// The queries of who fetched what.
namespace packhouse::sql {

struct AddDownloads {
  /// index, project, version, filename, sha256, the actor's kind, id and address, first, last, count
  using Arguments = std::tuple<Number, Text, Text, Text, Text, Text, Text, Text, Number, Number, Number>;
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "INSERT INTO downloads (index_id, project, version, filename, sha256, actor_kind, actor_id, "
      "actor_address, first, last, count) VALUES (:index_id, :project, :version, :filename, :sha256, :kind, "
      ":id, :address, :first, :last, :count) "
      "ON CONFLICT (index_id, project, filename, sha256, actor_kind, actor_id, actor_address) DO UPDATE SET "
      "last = CASE WHEN excluded.last > last THEN excluded.last ELSE last END, "
      "first = CASE WHEN excluded.first < first THEN excluded.first ELSE first END, "
      "count = count + excluded.count";
};

struct UseUpstreamFile {
  using Arguments = std::tuple<Number, Number, Text, Text>;  ///< used, index, filename, sha256
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "UPDATE upstream_files SET used = :used WHERE index_id = :index_id AND filename = :filename "
      "AND sha256 = :sha256";
};

struct ListDownloads {
  using Arguments = std::tuple<Number, Text>;  ///< index, project
  /// version, filename, sha256, the actor's kind, id and address, first, last, count
  using Row = std::tuple<Text, Text, Text, Text, Text, Text, Number, Number, Number>;
  static constexpr const char* sql =
      "SELECT version, filename, sha256, actor_kind, actor_id, actor_address, first, last, count "
      "FROM downloads WHERE index_id = :index_id AND project = :project ORDER BY filename, last DESC, id";
};

struct ListDownloadedProjects {
  using Arguments = std::tuple<Number>;  ///< index
  using Row = std::tuple<Text>;
  static constexpr const char* sql =
      "SELECT DISTINCT project FROM downloads WHERE index_id = :index_id ORDER BY project";
};

struct PruneDownloads {
  using Arguments = std::tuple<Number>;  ///< last
  using Row = std::tuple<>;
  static constexpr const char* sql = "DELETE FROM downloads WHERE last < :before";
};

struct CapDownloads {
  using Arguments = std::tuple<Number>;  ///< at most so many
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "DELETE FROM downloads WHERE id IN (SELECT id FROM downloads ORDER BY last DESC, id DESC "
      "LIMIT -1 OFFSET :most)";
};

}  // namespace packhouse::sql
