#pragma once

#include "store/sql/connection.hpp"

/// The queries of files, and of the projects and releases that a file creates.
namespace packhouse::sql {

struct CountProjects {
  using Arguments = std::tuple<Number>;
  using Row = std::tuple<Number>;
  static constexpr const char* sql = "SELECT count(*) FROM projects WHERE index_id = :index_id";
};

struct FindTotals {
  using Arguments = std::tuple<Number, Text>;
  using Row = std::tuple<Number, Number>;  ///< files, bytes
  static constexpr const char* sql =
      "SELECT files, bytes FROM projects WHERE index_id = :index_id AND name = :name";
};

/// Every step that inserts or deletes a file runs it.
struct ChangeTotals {
  using Arguments = std::tuple<Number, Number, Number, Text>;  ///< files and bytes more, index, project
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "UPDATE projects SET files = files + :files, bytes = bytes + :bytes "
      "WHERE index_id = :index_id AND name = :name";
};

struct InsertProject {
  using Arguments = std::tuple<Number, Text, Number, Number>;  ///< index, name, serial, created
  using Row = std::tuple<Number>;
  static constexpr const char* sql =
      "INSERT INTO projects (index_id, name, serial, created) VALUES (:index_id, :name, :serial, :created) "
      "RETURNING id";
};

struct FindRelease {
  using Arguments = std::tuple<Number, Text>;  ///< project, its version's identity()
  using Row = std::tuple<Number>;
  static constexpr const char* sql =
      "SELECT id FROM releases WHERE project_id = :project_id AND identity = :identity";
};

/// Not while the migrations run, which give old releases their closing.
struct FindReleaseWithClosing {
  using Arguments = std::tuple<Number, Text>;  ///< project, its version's identity()
  using Row = std::tuple<Number, Number>;      ///< id, closes
  static constexpr const char* sql =
      "SELECT id, closes FROM releases WHERE project_id = :project_id AND identity = :identity";
};

struct CountFilesOfRelease {
  using Arguments = std::tuple<Number>;
  using Row = std::tuple<Number>;
  static constexpr const char* sql = "SELECT count(*) FROM files WHERE release_id = :release_id";
};

struct InsertRelease {
  /// index, project, version, identity, created, closes
  using Arguments = std::tuple<Number, Number, Text, Text, Number, Number>;
  using Row = std::tuple<Number>;
  static constexpr const char* sql =
      "INSERT INTO releases (index_id, project_id, version, identity, created, closes) "
      "VALUES (:index_id, :project_id, :version, :identity, :created, :closes) RETURNING id";
};

/// id, project, version, filename, kind, sha256, blake2b_256, size, requires_python, metadata_sha256,
/// provenance_sha256, uploaded, yanked, then what may withhold it: the release's block, the project's status
/// and its reason; the release's label
using FileRow = std::tuple<Number, Text, Text, Text, Text, Text, Text, Number, OptionalText, OptionalText,
                           OptionalText, Number, OptionalText, OptionalText, Text, Text, OptionalText>;

struct ListFiles {
  /// The project's name, status and status reason, which the rows repeat, and its id.
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

struct ListReleaseFiles {
  using Arguments = std::tuple<Number, Text, Text>;  ///< index, project, the version's identity()
  using Row = FileRow;
  static constexpr const char* sql =
      "SELECT f.id, p.name, r.version, f.filename, f.kind, f.sha256, f.blake2b_256, f.size, "
      "f.requires_python, f.metadata_sha256, f.provenance_sha256, f.uploaded, coalesce(f.yanked, r.yanked), "
      "r.blocked, "
      "p.status, p.status_reason, r.label FROM projects p "
      "JOIN releases r ON r.project_id = p.id JOIN files f ON f.release_id = r.id "
      "WHERE p.index_id = :index_id AND p.name = :name AND r.identity = :identity ORDER BY f.filename";
};

struct ListReleaseDigests {
  using Arguments = std::tuple<Number, Text, Text>;  ///< as ListReleaseFiles
  using Row = std::tuple<Text>;
  static constexpr const char* sql =
      "SELECT f.sha256 FROM projects p JOIN releases r ON r.project_id = p.id "
      "JOIN files f ON f.release_id = r.id "
      "WHERE p.index_id = :index_id AND p.name = :name AND r.identity = :identity ORDER BY f.sha256";
};

struct FindFileByIdentity {
  using Arguments = std::tuple<Number, Text>;
  using Row = std::tuple<Text>;  ///< its filename
  static constexpr const char* sql =
      "SELECT filename FROM files WHERE index_id = :index_id AND identity = :identity";
};

struct InsertFile {
  /// index, release, then as in FileRow from filename on; identity
  using Arguments = std::tuple<Number, Number, Text, Text, Text, Text, Number, OptionalText, OptionalText,
                               OptionalText, Number, OptionalText, Text>;
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "INSERT INTO files (index_id, release_id, filename, kind, sha256, blake2b_256, size, requires_python, "
      "metadata_sha256, provenance_sha256, uploaded, yanked, identity) VALUES (:index_id, :release_id, "
      ":filename, :kind, :sha256, :blake2b_256, :size, :requires_python, :metadata_sha256, "
      ":provenance_sha256, :uploaded, :yanked, :identity)";
};

struct DeleteFile {
  using Arguments = std::tuple<Number>;
  using Row = std::tuple<>;
  static constexpr const char* sql = "DELETE FROM files WHERE id = :id";
};

struct RetireFilename {
  using Arguments = std::tuple<Number, Text, Text, Number>;  ///< index, filename, sha256, deleted
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "INSERT INTO burned_filenames (index_id, filename, sha256, deleted) "
      "VALUES (:index_id, :filename, :sha256, :deleted)";
};

struct FindRetired {
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
      "WHERE s.status = 'open' AND f.metadata_sha256 IS NOT NULL "
      "UNION SELECT sha256 FROM upstream_files WHERE size IS NOT NULL "
      "UNION SELECT metadata_sha256 FROM upstream_files WHERE metadata_sha256 IS NOT NULL "
      "UNION SELECT sha256 FROM frozen_files "
      "UNION SELECT metadata_sha256 FROM frozen_files WHERE metadata_sha256 IS NOT NULL";
};

struct NeedsBlob {
  using Arguments = std::tuple<Text>;
  using Row = std::tuple<Number>;
  static constexpr const char* sql =
      "WITH wanted (digest) AS (SELECT :digest) SELECT "
      "EXISTS (SELECT 1 FROM wanted w JOIN files f ON f.sha256 = w.digest) "
      "OR EXISTS (SELECT 1 FROM wanted w JOIN files f ON f.metadata_sha256 = w.digest) "
      "OR EXISTS (SELECT 1 FROM wanted w JOIN files f ON f.provenance_sha256 = w.digest) "
      "OR EXISTS (SELECT 1 FROM wanted w JOIN session_files f ON f.sha256 = w.digest "
      "JOIN sessions s ON s.id = f.session_id AND s.status = 'open') "
      "OR EXISTS (SELECT 1 FROM wanted w JOIN session_files f ON f.metadata_sha256 = w.digest "
      "JOIN sessions s ON s.id = f.session_id AND s.status = 'open') "
      "OR EXISTS (SELECT 1 FROM wanted w JOIN upstream_files f ON f.sha256 = w.digest AND f.size IS NOT "
      "NULL) "
      "OR EXISTS (SELECT 1 FROM wanted w JOIN upstream_files f ON f.metadata_sha256 = w.digest) "
      "OR EXISTS (SELECT 1 FROM wanted w JOIN frozen_files f ON f.sha256 = w.digest) "
      "OR EXISTS (SELECT 1 FROM wanted w JOIN frozen_files f ON f.metadata_sha256 = w.digest)";
};

}  // namespace packhouse::sql
