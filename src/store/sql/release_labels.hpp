#pragma once

#include <optional>
#include <string_view>

#include "model/release_label.hpp"
#include "pep/release_name.hpp"
#include "store/sql/connection.hpp"
#include "store/sql/index_steps.hpp"

/// Steps on a release's label, each on the connection of an open transaction.
namespace packhouse::sql {

/// nullopt also where there is no such release.
std::optional<ReleaseLabel> find_label(Connection& connection, const IndexHandle& index,
                                       const ReleaseName& release);
/// Labels a release that exists, permanently. True when it had no label: then the project took a new serial.
bool label_release(Connection& connection, const IndexHandle& index, const ReleaseName& release,
                   ReleaseLabel label);

}  // namespace packhouse::sql
