#pragma once

#include <string>

#include "base/json.hpp"
#include "base/result.hpp"
#include "model/publisher.hpp"

namespace packhouse::oidc {

/// The run that a token speaks for, as its claims describe it. What an issuer does not state is empty.
struct Run {
  std::string repository;
  std::string repository_id;
  std::string owner_id;
  std::string workflow;  ///< as the claim has it, with its ref
  std::string ref;
  std::string commit;
  std::string environment;
  std::string event;
  std::string id;
  std::string attempt;
  std::string subject;

  json::Object to_json() const;  ///< without what is empty
  /// "run 42, attempt 1, of lab/nqctl"; for issuers without runs their subject.
  std::string str() const;
};

/// Reads the claims by the names that they have with that kind of issuer. Claims of another type are as
/// absent.
Run run_of(IssuerKind kind, const json::Object& claims);

/// Whether verified claims of the publisher's issuer are those of the publisher. refused, naming the claim
/// that is another. An event that runs code of a pull request is refused whatever the publisher says.
Status check_conditions(const Publisher& publisher, const json::Object& claims);

}  // namespace packhouse::oidc
