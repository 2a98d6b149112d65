#include "store/sql/release_labels.hpp"

#include "model/release.hpp"
#include "store/sql/release_state_queries.hpp"
#include "store/sql/rows.hpp"

namespace packhouse::sql {

std::optional<ReleaseLabel> find_label(Connection& connection, const IndexHandle& index,
                                       std::string_view project, std::string_view version) {
  const auto row = connection.one<FindLabel>({index.id, Text{project}, identity_of(version)});
  return row ? to_label(std::get<1>(*row)) : std::nullopt;
}

bool label_release(Connection& connection, const IndexHandle& index, std::string_view project,
                   std::string_view version, ReleaseLabel label) {
  const auto row = connection.one<FindLabel>({index.id, Text{project}, identity_of(version)});
  if (!row) throw StoreError("a release vanished within a transaction");
  const auto& [id, there] = *row;
  if (there) return false;
  connection.run<LabelRelease>({Text{to_string(label)}, id});
  raise_project(connection, index, project);
  return true;
}

}  // namespace packhouse::sql
