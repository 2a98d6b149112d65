#pragma once

#include "store/sql/connection.hpp"

/// The queries of the room that is taken.
namespace packhouse::sql {

struct ListIndexUsage {
  using Arguments = std::tuple<>;
  /// name; projects with files; files; bytes; open sessions; bytes announced in them; the most files and the
  /// most bytes of a project
  using Row = std::tuple<Text, Number, Number, Number, Number, Number, Number, Number>;
  static constexpr const char* sql =
      "SELECT i.name, "
      "(SELECT count(*) FROM projects p WHERE p.index_id = i.id AND p.files > 0), "
      "CAST((SELECT coalesce(sum(p.files), 0) FROM projects p WHERE p.index_id = i.id) AS BIGINT), i.bytes, "
      "(SELECT count(*) FROM sessions s WHERE s.index_id = i.id AND s.status = 'open'), "
      "CAST((SELECT coalesce(sum(f.size), 0) FROM sessions s "
      "JOIN session_files f ON f.session_id = s.id AND f.status <> 'canceled' AND f.status <> 'error' "
      "WHERE s.index_id = i.id AND s.status = 'open') AS BIGINT), "
      "(SELECT coalesce(max(p.files), 0) FROM projects p WHERE p.index_id = i.id), "
      "(SELECT coalesce(max(p.bytes), 0) FROM projects p WHERE p.index_id = i.id) FROM indexes i ORDER BY "
      "i.name";
};

struct ListLargestProjects {
  using Arguments = std::tuple<Number>;                ///< at most so many
  using Row = std::tuple<Text, Text, Number, Number>;  ///< index, project, files, bytes
  static constexpr const char* sql =
      "SELECT i.name, p.name, p.files, p.bytes FROM projects p JOIN indexes i ON i.id = p.index_id "
      "WHERE p.files > 0 ORDER BY p.bytes DESC, p.name, i.name LIMIT :most";
};

struct ListProjectsBeyond {
  using Arguments = std::tuple<Number, Number, Number, Number>;  ///< index, files, bytes, at most so many
  using Row = std::tuple<Text, Number, Number>;                  ///< project, files, bytes
  static constexpr const char* sql =
      "SELECT name, files, bytes FROM projects WHERE index_id = :index_id AND "
      "(files >= :files OR bytes >= :bytes) ORDER BY name LIMIT :most";
};

struct SumUploadedSince {
  using Arguments = std::tuple<Number>;
  using Row = std::tuple<Number, Number>;  ///< files, bytes
  static constexpr const char* sql =
      "SELECT count(*), CAST(coalesce(sum(size), 0) AS BIGINT) FROM files WHERE uploaded >= :since";
};

/// Of an index: what an upload compares with its limit.
struct FindIndexBytes {
  using Arguments = std::tuple<Number>;
  using Row = std::tuple<Number>;  ///< bytes of its files
  static constexpr const char* sql = "SELECT bytes FROM indexes WHERE id = :id";
};

/// Every step that inserts or deletes a file runs it, beside ChangeTotals.
struct ChangeIndexBytes {
  using Arguments = std::tuple<Number, Number>;  ///< bytes more, index
  using Row = std::tuple<>;
  static constexpr const char* sql = "UPDATE indexes SET bytes = bytes + :bytes WHERE id = :id";
};

}  // namespace packhouse::sql
