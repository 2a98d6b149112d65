#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "forge/name_pattern.hpp"
#include "forge/rest_client.hpp"

namespace packhouse::forge {

/// One kind of CI host: all that differs from one forge to another outside its API and its documents. Another
/// forge is another row here and another implementation of Forge.
struct ForgeKind {
  using Connect = Result<std::unique_ptr<Forge>>(ForgeAccess access, const std::string& repository,
                                                 const BuildJobs& build_jobs, http::Client& client,
                                                 Clock& clock);

  std::string_view name;                ///< in a configuration: "github"
  const char* repository_variable;      ///< what a job has its repository's name in
  const char* repository_id_variable;   ///< and its number
  std::string_view repository_example;  ///< "OWNER/NAME"
  Result<std::string> (*parse_repository)(std::string_view text);
  std::string_view usual_workflow;
  /// The folders of workflows, the usual one first; all empty: a project has one, at any place.
  std::array<std::string_view, 2> workflow_folders;
  /// What starts a run of a branch or of a tag here and proves that its commit is in the repository.
  std::array<std::string_view, 3> events;
  std::string_view api_url;  ///< of the public host; empty: there is none
  ForgeDialect dialect;
  Connect* connect;

  /// invalid_input for a path that no workflow of this forge can have.
  Status check_workflow(std::string_view path) const;
};

/// Every kind, GitHub first: it is meant where a configuration names none.
std::span<const ForgeKind> forge_kinds();

/// nullptr for a name that no kind has.
const ForgeKind* find_forge_kind(std::string_view name);

}  // namespace packhouse::forge
