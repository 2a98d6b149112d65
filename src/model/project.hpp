#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/file.hpp"
#include "model/release.hpp"

namespace packhouse {

struct ProjectSummary {
  std::string name;         ///< normalised
  std::int64_t serial = 0;  ///< the index's serial at the project's last change
};

/// Everything a project's page shows, read in one snapshot.
struct ProjectDetail {
  std::string name;
  std::int64_t serial = 0;
  std::vector<File> files;        ///< in the order of `releases`, then by filename; withheld ones included
  std::vector<Release> releases;  ///< in the order of their first upload; those without files included
  ProjectState state = {};

  /// The release of that version in any spelling (PEP 440: 1.0 is 1.0.0); null: there is none.
  const Release* find_release(const Version& version) const;
};

/// A release with its files, both of a ProjectDetail.
struct ReleaseFiles {
  const Release* release = nullptr;  ///< never null in what by_release() returns
  std::span<const File> files;
};

/// Every release of the project with its files, in the project's order, by one pass over both: what shows all
/// releases uses it, so that its time is linear in their number. `project` outlives the result. Throws
/// std::logic_error when its files are not in the order of its releases.
std::vector<ReleaseFiles> by_release(const ProjectDetail& project);

}  // namespace packhouse
