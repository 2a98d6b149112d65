#pragma once

#include <cstdint>
#include <string>

#include "forge/forge.hpp"
#include "source/policy.hpp"

namespace packhouse::source {

/// What a run is of, as far as the policy takes it: a branch, the tag of the version, or a group of changes
/// that a merge queue tries before it moves the branch to that very commit.
struct RunRef {
  enum class Kind : std::uint8_t { branch, tag, merge_group };

  Kind kind = Kind::branch;
  std::string name;    ///< as a run of it is called: "main", "v1.2.3", "gh-readonly-queue/main/pr-7-…"
  std::string branch;  ///< the protected one that must have the commit; of a tag the first of the policy

  /// "refs/heads/main", "refs/tags/v1.2.3": what an attestation of the run names.
  std::string full() const;
};

/// Of a run that the policy does not take it is the policy's branch, or the tag of a run of a tag, so that
/// the check of the name refuses it. `version_tag`: tag_of(), empty where runs of tags are not taken.
RunRef ref_of(const Policy& policy, const std::string& version_tag, const forge::RunFacts& run);

/// The name that the run states: of its tag, where the forge tells tags from branches, else of either.
const Field<std::string>& stated_name(const RunRef& ref, const forge::RunFacts& run);

/// Whether a run of that event and name can be one of no release: for the listing of a commit's runs, where
/// the version is not known.
bool is_of_another(const Policy& policy, const forge::RunFacts& run);

}  // namespace packhouse::source
