#pragma once

#include "store/sql/connection.hpp"

/// The queries of frozen moments of indexes.
namespace packhouse::sql {

struct AddFreeze {
  using Arguments = std::tuple<Number, Number, Text, Number>;  ///< index, serial, reason, made
  using Row = std::tuple<Number>;                              ///< id
  static constexpr const char* sql =
      "INSERT INTO freezes (index_id, serial, reason, made) VALUES (:index_id, :serial, :reason, :made) "
      "RETURNING id";
};

struct FindFreeze {
  using Arguments = std::tuple<Number, Number>;  ///< index, serial
  using Row = std::tuple<Number>;                ///< id
  static constexpr const char* sql = "SELECT id FROM freezes WHERE index_id = :index_id AND serial = :serial";
};

struct ListFreezes {
  using Arguments = std::tuple<Number>;                          ///< index
  using Row = std::tuple<Number, Text, Number, Number, Number>;  ///< serial, reason, made, projects, files
  static constexpr const char* sql =
      "SELECT z.serial, z.reason, z.made, "
      "(SELECT count(*) FROM frozen_projects p WHERE p.freeze_id = z.id), "
      "(SELECT count(*) FROM frozen_projects p JOIN frozen_files f ON f.page_id = p.page_id "
      "WHERE p.freeze_id = z.id) FROM freezes z WHERE z.index_id = :index_id ORDER BY z.serial DESC";
};

struct DropFreeze {
  using Arguments = std::tuple<Number>;  ///< freeze
  using Row = std::tuple<>;
  static constexpr const char* sql = "DELETE FROM freezes WHERE id = :id";
};

struct DropUnusedPages {
  using Arguments = std::tuple<>;
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "DELETE FROM frozen_pages WHERE NOT EXISTS "
      "(SELECT 1 FROM frozen_projects p WHERE p.page_id = frozen_pages.id)";
};

struct FindFrozenPage {
  using Arguments = std::tuple<Text>;  ///< of the document
  using Row = std::tuple<Number>;      ///< id
  static constexpr const char* sql = "SELECT id FROM frozen_pages WHERE sha256 = :sha256";
};

struct AddFrozenPage {
  using Arguments = std::tuple<Text, Text>;  ///< sha256, document
  using Row = std::tuple<Number>;            ///< id
  static constexpr const char* sql =
      "INSERT INTO frozen_pages (sha256, document) VALUES (:sha256, :document) RETURNING id";
};

struct AddFrozenFile {
  using Arguments = std::tuple<Number, Text, Text, OptionalText>;  ///< page, filename, sha256, metadata
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "INSERT INTO frozen_files (page_id, filename, sha256, metadata_sha256) "
      "VALUES (:page_id, :filename, :sha256, :metadata)";
};

struct AddFrozenProject {
  using Arguments = std::tuple<Number, Text, Number>;  ///< freeze, project, page
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "INSERT INTO frozen_projects (freeze_id, project, page_id) VALUES (:freeze_id, :project, :page_id)";
};

struct ListFrozenProjects {
  using Arguments = std::tuple<Number>;  ///< freeze
  using Row = std::tuple<Text>;
  static constexpr const char* sql =
      "SELECT project FROM frozen_projects WHERE freeze_id = :freeze_id ORDER BY project";
};

struct FindFrozenDocument {
  using Arguments = std::tuple<Number, Text>;  ///< freeze, project
  using Row = std::tuple<Text>;
  static constexpr const char* sql =
      "SELECT g.document FROM frozen_projects p JOIN frozen_pages g ON g.id = p.page_id "
      "WHERE p.freeze_id = :freeze_id AND p.project = :project";
};

struct FindFrozenFile {
  using Arguments = std::tuple<Text, Text, Number>;  ///< sha256, filename, freeze
  using Row = std::tuple<Text, OptionalText>;        ///< project, metadata
  static constexpr const char* sql =
      "SELECT p.project, f.metadata_sha256 FROM frozen_files f JOIN frozen_projects p "
      "ON p.page_id = f.page_id WHERE f.sha256 = :sha256 AND f.filename = :filename "
      "AND p.freeze_id = :freeze_id";
};

}  // namespace packhouse::sql
