#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/digest.hpp"

namespace packhouse::attest {

/// What the attestation must say. Every text is compared as it is, byte for byte: no prefix, no pattern, no
/// case folding; an empty one matches nothing. Everything but the subject and the predicate type is read from
/// the certificate, which the workflow can not write, not from the statement, which it can.
struct Expectation {
  Sha256 subject;
  /// The name that the statement gives that file; not compared if empty.
  std::string subject_name = {};
  std::string predicate_type = "https://slsa.dev/provenance/v1";
  std::string issuer = "https://token.actions.githubusercontent.com";
  std::string source_repository_uri;  ///< "https://github.com/OWNER/REPO"
  std::int64_t source_repository_id;  ///< survives a rename; a re-created repository has another
  std::string source_ref;             ///< "refs/heads/main"
  std::string source_commit;          ///< 40 lower-case hexadecimal digits
  std::string build_config_uri;  ///< "https://github.com/OWNER/REPO/.github/workflows/ci.yml@refs/heads/main"
  /// The workflow file that signed, if it is a reusable one that the build's workflow calls. Empty: the
  /// build's own.
  std::string signer_uri = {};
  std::string event;               ///< "push"
  std::string run_invocation_uri;  ///< "https://github.com/OWNER/REPO/actions/runs/ID/attempts/N"
  /// true: on GitHub's own runner; false: on a self-hosted one; not compared if unset.
  std::optional<bool> hosted_runner = {};
};

}  // namespace packhouse::attest
