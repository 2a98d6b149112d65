#include "store/sql/closings.hpp"

#include <fmt/format.h>

#include <set>
#include <utility>
#include <vector>

#include "pep/filename.hpp"
#include "store/sql/file_queries.hpp"
#include "store/sql/rows.hpp"

namespace packhouse::sql {
namespace {

struct CountWaiting {
  using Arguments = std::tuple<>;
  using Row = std::tuple<Number>;
  static constexpr const char* sql =
      "SELECT (SELECT count(*) FROM releases WHERE closes IS NULL) + "
      "(SELECT count(*) FROM files WHERE identity IS NULL)";
};

struct ListUnclosed {
  using Arguments = std::tuple<>;
  /// id, index, its policy, project, identity, created
  using Row = std::tuple<Number, Number, Text, Text, Text, Number>;
  static constexpr const char* sql =
      "SELECT r.id, i.id, i.policy, p.name, r.identity, r.created FROM releases r "
      "JOIN projects p ON p.id = r.project_id JOIN indexes i ON i.id = r.index_id "
      "WHERE r.closes IS NULL ORDER BY r.id";
};

struct ListRetired {
  using Arguments = std::tuple<>;
  using Row = std::tuple<Number, Text>;  ///< index, filename
  static constexpr const char* sql = "SELECT index_id, filename FROM burned_filenames";
};

struct SetClosing {
  using Arguments = std::tuple<Number, Number>;  ///< closes, release
  using Row = std::tuple<>;
  static constexpr const char* sql = "UPDATE releases SET closes = :closes WHERE id = :id";
};

struct ListNameless {
  using Arguments = std::tuple<>;
  using Row = std::tuple<Number, Number, Text>;  ///< id, index, filename
  static constexpr const char* sql =
      "SELECT id, index_id, filename FROM files WHERE identity IS NULL ORDER BY id";
};

struct SetFileIdentity {
  using Arguments = std::tuple<Text, Number>;  ///< identity, file
  using Row = std::tuple<>;
  static constexpr const char* sql = "UPDATE files SET identity = :identity WHERE id = :id";
};

/// Index, project and the version's identity().
using ReleaseKey = std::tuple<Number, Text, Text>;

std::set<ReleaseKey> list_reduced(Connection& connection) {
  std::set<ReleaseKey> reduced;
  connection.each<ListRetired>({}, [&](const ListRetired::Row& row) {
    const auto& [index, filename] = row;
    if (const auto wheel = WheelFilename::parse(filename); wheel.ok()) {
      reduced.emplace(index, wheel->name.str(), wheel->version.identity());
    } else if (const auto sdist = SdistFilename::parse(filename); sdist.ok()) {
      reduced.emplace(index, sdist->name.str(), sdist->version.identity());
    }
  });
  return reduced;
}

template <typename Query>
std::vector<typename Query::Row> all_rows(Connection& connection) {
  std::vector<typename Query::Row> rows;
  connection.each<Query>({}, [&](const typename Query::Row& row) { rows.push_back(row); });
  return rows;
}

void close_releases(Connection& connection) {
  const auto reduced = list_reduced(connection);
  for (const auto& [id, index, policy, project, identity, created] : all_rows<ListUnclosed>(connection)) {
    const auto end = to_time(created) + to_policy(policy).closing();
    const bool closed = reduced.contains({index, project, identity});
    connection.run<SetClosing>({closed ? 0 : to_number(end), id});
  }
}

void identify_files(Connection& connection) {
  for (const auto& [id, index, filename] : all_rows<ListNameless>(connection)) {
    auto identity = identity_of(filename);
    if (connection.one<FindFileByIdentity>({index, identity})) identity = fmt::format("second {}", filename);
    connection.run<SetFileIdentity>({identity, id});
  }
}

}  // namespace

Status adopt_closings(Transactions& transactions) {
  TRY(const bool waiting, transactions.read([](Connection& connection) -> Result<bool> {
    return std::get<0>(connection.one<CountWaiting>({}).value()) > 0;
  }));
  if (!waiting) return success();
  return transactions.write([](Connection& connection) -> Status {
    close_releases(connection);
    identify_files(connection);
    return success();
  });
}

}  // namespace packhouse::sql
