#pragma once

#include <map>
#include <string_view>

#include "base/secret.hpp"
#include "client/index_client.hpp"
#include "client/trusted_publishing.hpp"
#include "forge/kind.hpp"

namespace packhouse::app {

/// Bytes. A shorter secret could not be masked: half of the output would be.
inline constexpr std::size_t min_secret = 6;

/// The secrets, from the environment and nowhere else.
struct DeskSecrets {
  Secret repository_url;                            ///< PRIVATE_INDEX_REPOSITORY_URL
  Secret username;                                  ///< PRIVATE_INDEX_USERNAME
  Secret password;                                  ///< PRIVATE_INDEX_PASSWORD
  Secret pip_index_url;                             ///< PRIVATE_INDEX_PIP_INDEX_URL
  std::map<std::string_view, Secret> forge_tokens;  ///< by the name of the ForgeKind
  client::AmbientIdentity identity = {};            ///< which run this job is of; empty: it cannot prove it

  /// Reads them, then wipes and unsets them: no child and no reader of /proc sees them afterwards. Call it
  /// before any thread is started.
  static DeskSecrets take();
  /// Whether there is neither a user and a password nor a credential in the address of uploads, and the CI
  /// says which run this is.
  bool wants_exchange() const;
  /// As if that token had been given as PRIVATE_INDEX_USERNAME and _PASSWORD, and, unless it has one already,
  /// in a PRIVATE_INDEX_PIP_INDEX_URL of the same origin.
  void take_token(const Secret& token);
  /// Empty where there is none.
  Secret forge_token(const forge::ForgeKind& kind) const;
};

/// invalid_input for one of less than `min_secret` bytes; none at all is another check's.
Status refuse_short(std::string_view variable, const Secret& secret);
/// The address in that variable, whose password is long enough: invalid_input.
Result<client::IndexAddress> parse_address(std::string_view variable, const Secret& text);

/// Where the index is and what opens it.
struct IndexAddresses {
  client::IndexAddress upload;
  client::IndexAddress simple;
};
/// All that is missing is named at once; a secret of less than `min_secret` bytes is invalid_input. The first
/// also wants the forge's token, for a promotion, whose preflight has the check `index.encrypted`. The others
/// refuse plain http to another machine themselves, unless it is allowed: invalid_input.
Result<IndexAddresses> upload_addresses(const DeskSecrets& secrets, const forge::ForgeKind& forge);
Result<IndexAddresses> index_addresses(const DeskSecrets& secrets, bool plain_http_allowed);
Result<client::IndexAddress> simple_address(const DeskSecrets& secrets, bool plain_http_allowed);

}  // namespace packhouse::app
