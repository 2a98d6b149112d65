#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/index_policy.hpp"
#include "model/ledger_entry.hpp"
#include "model/project.hpp"

namespace packhouse {

/// The indexes of a server and the projects in each. Errors, durability and threads as in MetadataStore. A
/// read sees one snapshot; `index` is a name, and one that does not exist is not_found.
class CatalogStore {
 public:
  virtual ~CatalogStore() = default;

  /// Creates the index unless it exists. True when it was created.
  virtual Result<bool> ensure_index(std::string_view index, const LedgerNote& note, Timestamp now) = 0;
  /// The names of all indexes, sorted.
  virtual Result<std::vector<std::string>> indexes() = 0;
  virtual Result<IndexPolicy> policy(std::string_view index) = 0;
  /// True when the policy changed. For the server's configuration only. The ledger entry gets "before" and
  /// "after" in its detail.
  virtual Result<bool> set_policy(std::string_view index, const IndexPolicy& policy, const LedgerNote& note,
                                  Timestamp now) = 0;
  /// The index's serial: each change of any of its projects increments it.
  virtual Result<std::int64_t> serial(std::string_view index) = 0;

  /// At most `limit` projects with a file, those whose name sorts after `after`, by name.
  virtual Result<std::vector<ProjectSummary>> projects(std::string_view index, std::string_view after,
                                                       std::size_t limit) = 0;
  /// not_found when the project has no file.
  virtual Result<ProjectSummary> summary(std::string_view index, std::string_view project) = 0;
  /// not_found when the project has no release.
  virtual Result<ProjectDetail> project(std::string_view index, std::string_view project) = 0;
};

/// Passes every project with a file to `visit`, by name, until it returns false. Reads a thousand at a time,
/// so memory does not grow with their number; a change in between is seen or not.
Status each_project(CatalogStore& catalog, std::string_view index,
                    const std::function<Result<bool>(const ProjectSummary&)>& visit);

}  // namespace packhouse
