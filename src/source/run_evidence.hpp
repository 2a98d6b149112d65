#pragma once

#include <optional>
#include <string>
#include <vector>

#include "evidence/check.hpp"
#include "forge/forge.hpp"
#include "source/policy.hpp"
#include "source/run_ref.hpp"

namespace packhouse::source {

/// All that is asked of the forge before a byte is downloaded.
struct RunEvidence {
  RunId requested;
  std::string version_tag = {};  ///< tag_of() the version
  forge::RepositoryFacts repository = {};
  forge::WorkflowFacts workflow = {};
  forge::RunFacts latest = {};   ///< as GET run answers: the newest attempt
  forge::RunFacts attempt = {};  ///< the same attempt, asked for by its number: frozen
  forge::JobListing jobs = {};   ///< of that attempt
  /// Of the attempts before it, the first one first. Asked for where attestations are required: a job that
  /// was not repeated signed in the attempt that it ran in.
  std::vector<forge::JobListing> earlier_jobs = {};
  forge::RefFacts branch = {};                           ///< the protected one
  std::optional<forge::RefFacts> shadowing_tag = {};     ///< called like the branch, for a run of a branch
  std::optional<forge::RefFacts> tag = {};               ///< of the version, for a run of a tag
  std::optional<forge::RefFacts> shadowing_branch = {};  ///< called like that tag
  forge::AncestryFacts ancestry = {};
  forge::ArtifactListing listing = {};
  /// What the run has instead, where a name has no artifact; for the explanation alone.
  std::vector<std::string> other_artifacts = {};

  std::vector<Evidence> all() const;
};

/// Reads it. Facts that a missing one leads to (ancestry of a commit that was not stated) stay absent, so
/// that the decision refuses with every reason at once.
Result<RunEvidence> gather(forge::Forge& forge, const Policy& policy, RunId run, const Version& version);

bool is_commit_id(const Field<std::string>& sha);

/// Whether `ancestry` says that the commit is the branch's tip or an ancestor of it.
bool is_ancestor(const Field<std::string>& commit, const forge::AncestryFacts& ancestry);

/// Whether a list has as many items as the forge says that there are.
template <typename Item>
bool is_whole(const std::vector<Item>& items, const Field<std::int64_t>& stated) {
  return stated.ok() && *stated >= 0 && static_cast<std::uint64_t>(*stated) == items.size();
}

}  // namespace packhouse::source
