#pragma once

#include <string>
#include <vector>

#include "client/index_client.hpp"
#include "evidence/check.hpp"
#include "pep/marker.hpp"
#include "pep/requirement.hpp"
#include "sys/file_system.hpp"
#include "sys/process.hpp"

namespace packhouse::desk {

/// What an index must have beside a release, so that it can be installed from there alone.
struct DependencyExamination {
  client::IndexClient& index;              ///< outlives the examination
  std::vector<Requirement> requirements;   ///< of the project with its extras, and of the smoke check
  std::vector<std::string> extras = {};    ///< that are installed; normalised
  std::vector<MarkerEnvironment> pythons;  ///< of the smoke check
};

/// `index.dependencies`: whether the index offers, of each requirement that holds for one of these Pythons, a
/// file of a version that it takes, for that Python and not yanked. Only the requirements themselves: what
/// those need in their turn is left to pip, and so are the platforms of wheels. At most 200 projects are
/// asked for. No check where there is nothing to ask.
Checks examine_dependencies(const DependencyExamination& examination);

/// What the markers of PEP 508 ask of an interpreter.
Result<MarkerEnvironment> ask_marker_environment(ProcessRunner& processes, const std::string& python,
                                                 const std::string& search_path, const Path& folder);

}  // namespace packhouse::desk
