#include "store/sql/index_steps.hpp"

#include <fmt/format.h>

#include "store/sql/catalog_queries.hpp"
#include "store/store_error.hpp"

namespace packhouse::sql {

Result<IndexHandle> find_index(Connection& connection, std::string_view name) {
  const auto row = connection.one<FindIndex>({Text{name}});
  if (!row) return Error{Errc::not_found, "there is no index " + quote(name)};
  const auto& [id, serial, immutable] = *row;
  return IndexHandle{.id = id, .serial = serial, .immutable = immutable != 0};
}

Number raise_serial(Connection& connection, const IndexHandle& index) {
  const auto row = connection.one<RaiseSerial>({index.id});
  if (!row) throw StoreError("the index vanished within a transaction");
  return std::get<0>(*row);
}

void raise_project(Connection& connection, const IndexHandle& index, const ProjectName& project) {
  connection.run<SetProjectSerial>({raise_serial(connection, index), index.id, project.str()});
}

Error no_such_project(std::string_view index, std::string_view project) {
  return {Errc::not_found,
          fmt::format("there is no project {} in the index {}", quote(project), quote(index))};
}

}  // namespace packhouse::sql
