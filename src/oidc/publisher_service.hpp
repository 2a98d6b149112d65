#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "auth/authenticator.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "store/access_store.hpp"
#include "store/publisher_store.hpp"
#include "sys/clock.hpp"

namespace packhouse::oidc {

/// A valid request for a new publisher. Made by parse() only.
struct PublisherRequest {
  std::string index = {};
  std::string project = {};  ///< normalised
  IssuerKind kind = IssuerKind::github;
  std::string issuer = {};
  PublisherConditions conditions = {};
  Permissions permissions = {};
  bool reads_index = false;

  /// `issuer` empty: that of the kind. `permissions`: names separated by commas; a run never administers.
  /// invalid_input, naming what is wrong.
  static Result<PublisherRequest> parse(std::string_view index, std::string_view project,
                                        std::string_view kind, std::string_view issuer,
                                        const PublisherConditions& conditions, std::string_view permissions);
};

/// Adds, lists and removes the trusted publishers of projects, each change in one transaction with its ledger
/// entry, and keeps an Authenticator up to date. Thread-safe.
class PublisherService {
 public:
  PublisherService(PublisherStore& publishers, AccessStore& access, const Clock& clock,
                   auth::Authenticator& authenticator)
      : publishers_(publishers), access_(access), clock_(clock), authenticator_(authenticator) {}

  Result<Publisher> add(const PublisherRequest& request, const Actor& actor);
  /// Of one project, or of all where it is empty.
  Result<std::vector<Publisher>> list(std::string_view index, std::string_view project);
  /// The tokens of its runs are worth nothing from now on. not_found for one of another project.
  Result<Publisher> remove(std::string_view index, std::string_view project, std::int64_t id,
                           std::string_view reason, const Actor& actor);

 private:
  PublisherStore& publishers_;
  AccessStore& access_;
  const Clock& clock_;
  auth::Authenticator& authenticator_;
};

/// What a desk needs: it stages, looks, publishes, and reads what it has published.
inline constexpr std::string_view usual_permissions = "read,upload,stage,publish";

/// As the API shows it.
json::Object to_json(const Publisher& publisher);

}  // namespace packhouse::oidc
