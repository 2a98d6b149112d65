#pragma once

#include <string>

namespace packhouse::attest {

/// What a certificate says of the run that it was issued to: Fulcio's extensions 1.3.6.1.4.1.57264.1.x.
struct Signer {
  std::string issuer;                 ///< .8
  std::string signer_uri;             ///< .9, equal to the subject alternative name
  std::string runner;                 ///< .11, "github-hosted" or "self-hosted"
  std::string source_repository_uri;  ///< .12
  std::string source_commit;          ///< .13
  std::string source_ref;             ///< .14
  std::string source_repository_id;   ///< .15
  std::string build_config_uri;       ///< .18
  std::string build_config_commit;    ///< .19
  std::string event;                  ///< .20
  std::string run_invocation_uri;     ///< .21
  bool operator==(const Signer&) const = default;
};

}  // namespace packhouse::attest
