#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "attest/trusted_root.hpp"
#include "base/result.hpp"
#include "model/file.hpp"

namespace packhouse::index {

/// A workflow whose attestations of a project's files are accepted.
struct TrustedPublisher {
  std::string repository;  ///< "owner/name" on github.com
  std::string workflow;    ///< ".github/workflows/ci.yml"

  /// "owner/name/.github/workflows/ci.yml".
  static Result<TrustedPublisher> parse(std::string_view text);
  bool operator==(const TrustedPublisher&) const = default;
};

/// The trusted roots and publishers of a server.
struct AttestationPolicy {
  std::vector<attest::TrustedRoot> roots = {};
  std::map<std::string, std::vector<TrustedPublisher>, std::less<>> publishers =
      {};  ///< by normalised project

  bool accepts_any() const noexcept { return !roots.empty(); }
};

/// The provenance object (PEP 740, version 1) of what an upload's field `attestations` holds: each entry is
/// verified, names this very file and was made by a publisher of its project. At most two, of different
/// predicates (SLSA provenance v1, or a publish attestation v1). Else invalid_input, worded as the public
/// index does it.
Result<std::string> provenance_of(const AttestationPolicy& policy, const File& file,
                                  std::string_view attestations);

}  // namespace packhouse::index
