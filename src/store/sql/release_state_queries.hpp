#pragma once

#include "store/sql/connection.hpp"

/// The queries of the states of releases and projects.
namespace packhouse::sql {

struct FindReleaseState {
  using Arguments = std::tuple<Number, Text, Text>;  ///< index, project, its version's identity()
  using Row = std::tuple<Number, OptionalText, OptionalText, Text>;  ///< id, yanked, blocked, version
  static constexpr const char* sql =
      "SELECT r.id, r.yanked, r.blocked, r.version FROM releases r JOIN projects p ON p.id = r.project_id "
      "WHERE p.index_id = :index_id AND p.name = :project AND r.identity = :identity";
};

struct FindClosing {
  using Arguments = std::tuple<Number, Text, Text>;  ///< index, project, its version's identity()
  using Row = std::tuple<Text, Number>;              ///< version, closes
  static constexpr const char* sql =
      "SELECT r.version, r.closes FROM releases r JOIN projects p ON p.id = r.project_id "
      "WHERE p.index_id = :index_id AND p.name = :project AND r.identity = :identity";
};

/// At the earliest time that there is: an upload may carry a time from before the closing that it lost to.
struct CloseRelease {
  using Arguments = std::tuple<Text, Number, Text>;  ///< its version's identity(), index, project
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "UPDATE releases SET closes = 0 WHERE identity = :identity AND project_id = "
      "(SELECT id FROM projects WHERE index_id = :index_id AND name = :project)";
};

struct BeginClosing {
  using Arguments = std::tuple<Number, Number>;  ///< closes, release
  using Row = std::tuple<>;
  static constexpr const char* sql = "UPDATE releases SET closes = :closes WHERE id = :id";
};

struct YankRelease {
  using Arguments = std::tuple<OptionalText, Number>;  ///< reason, release
  using Row = std::tuple<>;
  static constexpr const char* sql = "UPDATE releases SET yanked = :reason WHERE id = :id";
};

struct BlockRelease {
  using Arguments = std::tuple<OptionalText, Number>;  ///< reason, release
  using Row = std::tuple<>;
  static constexpr const char* sql = "UPDATE releases SET blocked = :reason WHERE id = :id";
};

struct FindFileState {
  using Arguments = std::tuple<Number>;
  using Row = std::tuple<OptionalText, OptionalText>;  ///< yanked by itself, its release's yanked
  static constexpr const char* sql =
      "SELECT f.yanked, r.yanked FROM files f JOIN releases r ON r.id = f.release_id WHERE f.id = :id";
};

struct YankFile {
  using Arguments = std::tuple<OptionalText, Number>;  ///< reason, file
  using Row = std::tuple<>;
  static constexpr const char* sql = "UPDATE files SET yanked = :reason WHERE id = :id";
};

struct SetProjectState {
  using Arguments = std::tuple<Text, Text, Number>;  ///< status, reason, project
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "UPDATE projects SET status = :status, status_reason = :reason WHERE id = :id";
};

struct FindLabel {
  using Arguments = std::tuple<Number, Text, Text>;  ///< index, project, its version's identity()
  using Row = std::tuple<Number, OptionalText>;      ///< id, label
  static constexpr const char* sql =
      "SELECT r.id, r.label FROM releases r JOIN projects p ON p.id = r.project_id "
      "WHERE p.index_id = :index_id AND p.name = :project AND r.identity = :identity";
};

struct LabelRelease {
  using Arguments = std::tuple<Text, Number>;  ///< label, release
  using Row = std::tuple<>;
  static constexpr const char* sql = "UPDATE releases SET label = :label WHERE id = :id";
};

}  // namespace packhouse::sql
