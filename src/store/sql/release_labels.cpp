#include "store/sql/release_labels.hpp"

#include "store/sql/release_state_queries.hpp"
#include "store/sql/rows.hpp"

namespace packhouse::sql {

std::optional<ReleaseLabel> find_label(Connection& connection, const IndexHandle& index,
                                       const ReleaseName& release) {
  const auto row = connection.one<FindLabel>({index.id, release.project.str(), release.version.identity()});
  return row ? to_label(std::get<1>(*row)) : std::nullopt;
}

bool label_release(Connection& connection, const IndexHandle& index, const ReleaseName& release,
                   ReleaseLabel label) {
  const auto row = connection.one<FindLabel>({index.id, release.project.str(), release.version.identity()});
  if (!row) throw StoreError("a release vanished within a transaction");
  const auto& [id, there] = *row;
  if (there) return false;
  connection.run<LabelRelease>({Text{to_string(label)}, id});
  raise_project(connection, index, release.project);
  return true;
}

}  // namespace packhouse::sql
