#pragma once

#include <string_view>

#include "base/result.hpp"
#include "pep/project_name.hpp"
#include "store/sql/connection.hpp"

/// Steps on an index, each on the connection of an open transaction.
namespace packhouse::sql {

struct IndexHandle {
  Number id = 0;
  Number serial = 0;
  bool immutable = false;
};

/// not_found where there is no such index.
Result<IndexHandle> find_index(Connection& connection, std::string_view name);

/// The index's next serial, for what changed.
Number raise_serial(Connection& connection, const IndexHandle& index);

/// Gives the project the next serial: pages, mirrors and caches go by it.
void raise_project(Connection& connection, const IndexHandle& index, const ProjectName& project);

/// not_found, in the words for a project that has no release.
Error no_such_project(std::string_view index, std::string_view project);

}  // namespace packhouse::sql
