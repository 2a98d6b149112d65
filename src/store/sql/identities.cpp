#include "store/sql/identities.hpp"

#include <fmt/format.h>

#include <vector>

#include "store/sql/file_queries.hpp"
#include "store/sql/index_steps.hpp"
#include "store/sql/ledger.hpp"
#include "store/sql/release_state_queries.hpp"
#include "store/sql/rows.hpp"

namespace packhouse::sql {
namespace {

struct ListUnidentified {
  using Arguments = std::tuple<>;
  /// id, version, yanked, blocked; the project's id and name, the index's id and name
  using Row = std::tuple<Number, Text, OptionalText, OptionalText, Number, Text, Number, Text>;
  static constexpr const char* sql =
      "SELECT r.id, r.version, r.yanked, r.blocked, p.id, p.name, i.id, i.name FROM releases r "
      "JOIN projects p ON p.id = r.project_id JOIN indexes i ON i.id = r.index_id "
      "WHERE r.identity IS NULL ORDER BY r.id";
};

struct SetIdentity {
  using Arguments = std::tuple<Text, Number>;  ///< identity, release
  using Row = std::tuple<>;
  static constexpr const char* sql = "UPDATE releases SET identity = :identity WHERE id = :id";
};

/// Moves a yank of the whole release to each of its files.
struct YankFilesOf {
  using Arguments = std::tuple<OptionalText, Number>;  ///< the release's reason, the release
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "UPDATE files SET yanked = coalesce(yanked, :reason) WHERE release_id = :release_id";
};

struct MoveFiles {
  using Arguments = std::tuple<Number, Number>;  ///< to, from
  using Row = std::tuple<>;
  static constexpr const char* sql = "UPDATE files SET release_id = :kept WHERE release_id = :joined";
};

struct DeleteRelease {
  using Arguments = std::tuple<Number>;
  using Row = std::tuple<>;
  static constexpr const char* sql = "DELETE FROM releases WHERE id = :id";
};

struct Unidentified {
  Number id;
  ReleaseName name;
  OptionalText yanked;
  OptionalText blocked;
  Number project_id;
  IndexHandle index;
  Text index_name;
};

std::vector<Unidentified> list_unidentified(Connection& connection) {
  std::vector<Unidentified> all;
  connection.each<ListUnidentified>({}, [&](const ListUnidentified::Row& row) {
    const auto& [id, version, yanked, blocked, project_id, project, index_id, index] = row;
    all.push_back(
        {id, to_release_name(project, version), yanked, blocked, project_id, {.id = index_id}, index});
  });
  return all;
}

LedgerNote note_of(const Unidentified& joined, const Text& kept) {
  return {.actor = {.kind = "system", .id = "upgrade", .address = {}},
          .action = "release.join",
          .subject = fmt::format("{}/{}/{}", joined.index_name, joined.name.project.str(),
                                 joined.name.version.str()),
          .reason = "two spellings of one version are one release",
          .detail = {{"into", kept}}};
}

Status join(Connection& connection, const Unidentified& joined, Number kept, Timestamp now) {
  const auto row = connection.one<FindReleaseState>(
      {joined.index.id, joined.name.project.str(), joined.name.version.identity()});
  const auto& [id, yanked, blocked, version] = row.value();
  connection.run<YankFilesOf>({joined.yanked, joined.id});
  if (yanked && !joined.yanked) {
    connection.run<YankFilesOf>({yanked, kept});
    connection.run<YankRelease>({std::nullopt, kept});
  }
  if (!blocked && joined.blocked) connection.run<BlockRelease>({joined.blocked, kept});
  connection.run<MoveFiles>({kept, joined.id});
  connection.run<DeleteRelease>({joined.id});
  raise_project(connection, joined.index, joined.name.project);
  return append_to_ledger(connection, note_of(joined, version), now);
}

}  // namespace

Status adopt_identities(Transactions& transactions, Timestamp now) {
  const auto waiting = transactions.read(
      [](Connection& connection) -> Result<bool> { return !list_unidentified(connection).empty(); });
  if (!waiting.ok() || !*waiting) return success();
  return transactions.write([&](Connection& connection) -> Status {
    for (const auto& release : list_unidentified(connection)) {
      const auto identity = release.name.version.identity();
      const auto there = connection.one<FindRelease>({release.project_id, identity});
      if (there) {
        CHECK_OK(join(connection, release, std::get<0>(*there), now));
      } else {
        connection.run<SetIdentity>({identity, release.id});
      }
    }
    return success();
  });
}

}  // namespace packhouse::sql
