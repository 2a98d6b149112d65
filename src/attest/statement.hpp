#pragma once

#include <string>
#include <string_view>

#include "attest/bundle.hpp"
#include "attest/expectation.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

// Private to attest: the in-toto Statement v1 that the envelope holds. Believe it only once the envelope's
// signature is trusted.
namespace packhouse::attest {

struct Statement {
  json::Object object;
  json::Array subjects;
  std::string predicate_type;

  /// Refuses another payload type than in-toto's, another statement version, and no or more than 1024
  /// subjects (the most that GitHub's action writes).
  static Result<Statement> parse(const Bundle& bundle);
};

/// A subject has the expected SHA-256, and the expected name if one is. The value is its name, in quotes.
Result<std::string> find_subject(const Statement& statement, const Expectation& expected);

/// SLSA provenance v1 as GitHub's actions write it: a known build type, no external parameter but the
/// workflow, and workflow and run equal to the certificate's. The workflow wrote this, so it proves
/// nothing that the certificate does not; one that contradicts it was not made by a plain build.
/// Success for another predicate type, which is not looked into.
Status check_build(const Statement& statement, const Expectation& expected);

}  // namespace packhouse::attest
