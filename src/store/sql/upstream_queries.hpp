#pragma once

#include "store/sql/connection.hpp"

/// The queries of what was read from upstreams.
namespace packhouse::sql {

struct FindClaim {
  using Arguments = std::tuple<Text, Number>;      ///< project, now
  using Row = std::tuple<Number, Number, Number>;  ///< is a project, has a live session, is reserved
  static constexpr const char* sql =
      "WITH wanted (name, moment) AS (SELECT :name, :moment) SELECT "
      "EXISTS (SELECT 1 FROM wanted w JOIN projects p ON p.name = w.name), "
      "EXISTS (SELECT 1 FROM wanted w JOIN sessions s ON s.project = w.name AND s.status = 'open' "
      "AND s.expires > w.moment), "
      "EXISTS (SELECT 1 FROM wanted w JOIN reserved_names r ON r.name = w.name "
      "OR (r.prefix = 1 AND substr(w.name, 1, length(r.name) + 1) = r.name || '-'))";
};

/// The upstream whose page is stored of a name that no project of the server has and that is not reserved.
struct FindUpstreamOfNewName {
  using Arguments = std::tuple<Text>;  ///< project
  using Row = std::tuple<Text>;        ///< upstream
  static constexpr const char* sql =
      "WITH wanted (name) AS (SELECT :name) SELECT u.upstream FROM wanted w JOIN indexes i "
      "JOIN upstream_pages u ON u.index_id = i.id AND u.project = w.name "
      "WHERE NOT EXISTS (SELECT 1 FROM projects p WHERE p.name = w.name) "
      "AND NOT EXISTS (SELECT 1 FROM reserved_names r WHERE r.name = w.name "
      "OR (r.prefix = 1 AND substr(w.name, 1, length(r.name) + 1) = r.name || '-')) LIMIT 1";
};

struct ReserveName {
  using Arguments = std::tuple<Text, Number, Text, Number>;  ///< name, is a prefix, reason, made
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "INSERT INTO reserved_names (name, prefix, reason, made) VALUES (:name, :prefix, :reason, :made) "
      "ON CONFLICT (name, prefix) DO NOTHING";
};

struct LiftName {
  using Arguments = std::tuple<Text, Number>;
  using Row = std::tuple<>;
  static constexpr const char* sql = "DELETE FROM reserved_names WHERE name = :name AND prefix = :prefix";
};

struct ListReservedNames {
  using Arguments = std::tuple<>;
  using Row = std::tuple<Text, Number, Text, Number>;  ///< name, is a prefix, reason, made
  static constexpr const char* sql =
      "SELECT name, prefix, reason, made FROM reserved_names ORDER BY name, prefix";
};

struct PutException {
  using Arguments = std::tuple<Number, Text, Text, Number, Text, Number>;
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "INSERT INTO upstream_exceptions (index_id, project, version, until, reason, made) "
      "VALUES (:index_id, :project, :version, :until, :reason, :made) "
      "ON CONFLICT (index_id, project, version) DO UPDATE SET until = excluded.until, "
      "reason = excluded.reason, made = excluded.made";
};

struct DropException {
  using Arguments = std::tuple<Number, Text, Text>;  ///< index, project, version
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "DELETE FROM upstream_exceptions "
      "WHERE index_id = :index_id AND project = :project AND version = :version";
};

struct ListExceptions {
  using Arguments = std::tuple<Number>;                      ///< index
  using Row = std::tuple<Text, Text, Number, Text, Number>;  ///< as in AgeException
  static constexpr const char* sql =
      "SELECT project, version, until, reason, made FROM upstream_exceptions "
      "WHERE index_id = :index_id ORDER BY project, version";
};

struct FindUpstreamPage {
  using Arguments = std::tuple<Number, Text>;              ///< index, project
  using Row = std::tuple<Text, Text, Text, Text, Number>;  ///< as in UpstreamPage
  static constexpr const char* sql =
      "SELECT upstream, document, etag, last_modified, read FROM upstream_pages "
      "WHERE index_id = :index_id AND project = :project";
};

struct PutUpstreamPage {
  using Arguments = std::tuple<Number, Text, Text, Text, Text, Text, Number>;
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "INSERT INTO upstream_pages (index_id, project, upstream, document, etag, last_modified, read) "
      "VALUES (:index_id, :project, :upstream, :document, :etag, :last_modified, :read) "
      "ON CONFLICT (index_id, project) DO UPDATE SET upstream = excluded.upstream, "
      "document = excluded.document, etag = excluded.etag, last_modified = excluded.last_modified, "
      "read = excluded.read";
};

struct DropUpstreamPage {
  using Arguments = std::tuple<Number, Text>;
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "DELETE FROM upstream_pages WHERE index_id = :index_id AND project = :project";
};

/// project, filename, sha256, size, metadata_sha256, url, fetched, findings, evicted
using UpstreamFileRow =
    std::tuple<Text, Text, Text, OptionalNumber, OptionalText, Text, Number, Text, OptionalNumber>;

struct ListUpstreamFiles {
  using Arguments = std::tuple<Number, Text>;  ///< index, project
  using Row = UpstreamFileRow;
  static constexpr const char* sql =
      "SELECT project, filename, sha256, size, metadata_sha256, url, fetched, findings, evicted "
      "FROM upstream_files WHERE index_id = :index_id AND project = :project ORDER BY id";
};

struct ListAllUpstreamFiles {
  using Arguments = std::tuple<Number>;  ///< index
  using Row = UpstreamFileRow;
  static constexpr const char* sql =
      "SELECT project, filename, sha256, size, metadata_sha256, url, fetched, findings, evicted "
      "FROM upstream_files WHERE index_id = :index_id ORDER BY id";
};

struct PutUpstreamFile {
  using Arguments = std::tuple<Number, Text, Text, Text, OptionalNumber, OptionalText, Text, Number, Text>;
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "INSERT INTO upstream_files (index_id, project, filename, sha256, size, metadata_sha256, url, fetched, "
      "findings) "
      "VALUES (:index_id, :project, :filename, :sha256, :size, :metadata, :url, :fetched, :findings) "
      "ON CONFLICT (index_id, filename, sha256) DO UPDATE SET size = coalesce(size, excluded.size), "
      "evicted = CASE WHEN excluded.size IS NULL THEN evicted END, "
      "metadata_sha256 = coalesce(metadata_sha256, excluded.metadata_sha256), "
      "findings = CASE findings WHEN '[]' THEN excluded.findings ELSE findings END";
};

struct ListRecalls {
  using Arguments = std::tuple<Number, Text>;                    ///< index, project or ''
  using Row = std::tuple<Text, Text, Text, Text, Text, Number>;  ///< as in UpstreamRecall
  static constexpr const char* sql =
      "WITH wanted (index_id, project) AS (SELECT :index_id, :project) "
      "SELECT r.project, r.filename, r.sha256, r.cause, r.reason, r.seen FROM wanted w "
      "JOIN upstream_recalls r ON r.index_id = w.index_id AND (w.project = '' OR r.project = w.project) "
      "ORDER BY r.project, r.filename, r.sha256";
};

struct PutRecall {
  using Arguments =
      std::tuple<Number, Text, Text, Text, Text, Text, Number>;  ///< index, as in UpstreamRecall
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "INSERT INTO upstream_recalls (index_id, project, filename, sha256, cause, reason, seen) "
      "VALUES (:index_id, :project, :filename, :sha256, :cause, :reason, :seen) "
      "ON CONFLICT (index_id, project, filename, sha256) DO UPDATE SET cause = excluded.cause, "
      "reason = excluded.reason, seen = excluded.seen";
};

struct DropRecall {
  using Arguments = std::tuple<Number, Text, Text, Text>;  ///< index, project, filename, sha256
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "DELETE FROM upstream_recalls WHERE index_id = :index_id AND project = :project "
      "AND filename = :filename AND sha256 = :sha256";
};

struct SumStoredUpstreamFiles {
  using Arguments = std::tuple<>;
  using Row = std::tuple<Number>;
  static constexpr const char* sql =
      "SELECT coalesce(sum(size), 0) FROM (SELECT max(size) AS size FROM upstream_files "
      "WHERE size IS NOT NULL GROUP BY sha256) AS stored";
};

/// Without those that something else needs; the one used longest ago first.
struct ListLeastUsed {
  using Arguments = std::tuple<>;
  using Row = std::tuple<Text, Text, Number>;  ///< project, sha256, size
  static constexpr const char* sql =
      "SELECT min(project), sha256, max(size) FROM upstream_files u WHERE size IS NOT NULL "
      "AND NOT EXISTS (SELECT 1 FROM frozen_files f WHERE f.sha256 = u.sha256) "
      "AND NOT EXISTS (SELECT 1 FROM locked_files l WHERE l.sha256 = u.sha256) "
      "AND NOT EXISTS (SELECT 1 FROM files f WHERE f.sha256 = u.sha256) "
      "GROUP BY sha256 ORDER BY max(CASE WHEN used > fetched THEN used ELSE fetched END), sha256";
};

struct NeedsBesideUpstream {
  using Arguments = std::tuple<Text>;  ///< sha256
  using Row = std::tuple<Number>;
  static constexpr const char* sql =
      "WITH wanted (digest) AS (SELECT :digest) SELECT "
      "EXISTS (SELECT 1 FROM wanted w JOIN frozen_files f ON f.sha256 = w.digest) "
      "OR EXISTS (SELECT 1 FROM wanted w JOIN locked_files l ON l.sha256 = w.digest) "
      "OR EXISTS (SELECT 1 FROM wanted w JOIN files f ON f.sha256 = w.digest)";
};

struct FindLockFile {
  using Arguments = std::tuple<Text>;  ///< name
  using Row = std::tuple<Text>;        ///< sha256
  static constexpr const char* sql = "SELECT sha256 FROM lock_files WHERE name = :name";
};

struct AddLockFile {
  using Arguments = std::tuple<Text, Text, Text, Number>;  ///< as in LockFile
  using Row = std::tuple<Number>;                          ///< id
  static constexpr const char* sql =
      "INSERT INTO lock_files (name, sha256, reason, made) VALUES (:name, :sha256, :reason, :made) "
      "RETURNING id";
};

struct AddLockedFile {
  using Arguments = std::tuple<Number, Text>;  ///< lock, sha256
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "INSERT INTO locked_files (lock_id, sha256) VALUES (:lock_id, :sha256) "
      "ON CONFLICT (lock_id, sha256) DO NOTHING";
};

struct DropLockFile {
  using Arguments = std::tuple<Text>;  ///< name
  using Row = std::tuple<>;
  static constexpr const char* sql = "DELETE FROM lock_files WHERE name = :name";
};

struct ListLockFiles {
  using Arguments = std::tuple<>;
  /// name, sha256, reason, made, pinned, stored, bytes
  using Row = std::tuple<Text, Text, Text, Number, Number, Number, Number>;
  static constexpr const char* sql =
      "SELECT l.name, l.sha256, l.reason, l.made, count(p.sha256), count(s.size), coalesce(sum(s.size), 0) "
      "FROM lock_files l LEFT JOIN locked_files p ON p.lock_id = l.id "
      "LEFT JOIN (SELECT sha256, max(size) AS size FROM upstream_files WHERE size IS NOT NULL "
      "GROUP BY sha256) AS s ON s.sha256 = p.sha256 "
      "GROUP BY l.id, l.name, l.sha256, l.reason, l.made ORDER BY l.name";
};

struct EvictUpstreamFiles {
  using Arguments = std::tuple<Number, Text>;  ///< evicted, sha256
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "UPDATE upstream_files SET size = NULL, evicted = :evicted WHERE sha256 = :sha256 AND size IS NOT NULL";
};

}  // namespace packhouse::sql
