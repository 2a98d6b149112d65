#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "model/permission.hpp"

namespace packhouse {

/// What gives the jobs of a CI their identity tokens: it decides which claims say what.
enum class IssuerKind : std::uint8_t { github, gitlab, forgejo, other };

std::string_view to_string(IssuerKind kind) noexcept;
Result<IssuerKind> parse_issuer_kind(std::string_view text);

/// What an identity token must say. An empty text: any value.
struct PublisherConditions {
  std::string repository = {};     ///< "lab/nqctl"
  std::string repository_id = {};  ///< its number; empty: that of the first token that is taken
  std::string owner_id = {};       ///< likewise, of the owner or namespace
  std::string workflow = {};       ///< the path in the repository: ".github/workflows/publish-private.yml"
  std::string ref = {};            ///< "refs/heads/main"
  std::string environment = {};
  std::string event = {};  ///< "workflow_dispatch"; of GitLab the pipeline's source
  /// Further claims and their values.
  std::map<std::string, std::string> claims = {};

  json::Object to_json() const;  ///< without what is empty
  /// invalid_input for another key or another type.
  static Result<PublisherConditions> from_json(const json::Object& object);
  bool operator==(const PublisherConditions&) const = default;
};

/// A CI job that may ask for short-lived tokens of one project. A trusted publisher, as the public index
/// calls it.
struct Publisher {
  std::int64_t id = 0;
  std::string index = {};
  std::string project = {};  ///< normalised; need not exist yet
  IssuerKind kind = IssuerKind::github;
  std::string issuer = {};  ///< as the claim `iss` has it: "https://token.actions.githubusercontent.com"
  PublisherConditions conditions = {};
  Permissions permissions = {};
  /// Its runs may read all of the index: a smoke check installs what the project needs.
  bool reads_index = false;
  Timestamp created = {};
};

/// The issuer that a kind has unless another is named; empty for those that every installation has of its
/// own.
std::string_view default_issuer(IssuerKind kind) noexcept;

/// What makes a publisher one of its kind: a repository and the exact path of a workflow, or at least one
/// claim. invalid_input, naming what lacks.
Status check_publisher(const Publisher& publisher);

}  // namespace packhouse
