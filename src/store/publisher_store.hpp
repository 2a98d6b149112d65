#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/ledger_entry.hpp"
#include "model/publisher.hpp"
#include "model/token.hpp"

namespace packhouse {

/// A token for a run, and the identity token that it is given for.
struct Minting {
  Token token;                           ///< with its end; what it may is what its publishers may
  std::vector<std::int64_t> publishers;  ///< at least one
  std::string issuer;
  std::string token_id;  ///< of the identity token: "jti"
  Timestamp token_id_until;
  std::string repository_id;  ///< what the run's publishers are bound to from now on, where they are not yet
  std::string owner_id;
};

/// Trusted publishers and the tokens of their runs. Errors, durability and threads as in MetadataStore.
class PublisherStore {
 public:
  virtual ~PublisherStore() = default;

  /// not_found for an unknown index; conflict when the project has the same publisher already.
  virtual Result<Publisher> add(const Publisher& publisher, const LedgerNote& note) = 0;
  /// Its tokens are worth nothing from now on. not_found for an unknown or removed one of that index.
  virtual Status remove(std::string_view index, std::int64_t id, const LedgerNote& note, Timestamp now) = 0;
  /// Those that are not removed, in the order in which they were added.
  virtual Result<std::vector<Publisher>> list() = 0;

  /// Takes the identity token and gives the run's token for it, in one transaction: of two calls with one id
  /// one succeeds. conflict for an id that was taken before; refused when a publisher was removed or bound to
  /// another repository meanwhile. Forgets ids and tokens that have ended.
  virtual Result<Token> mint(const Minting& minting, const LedgerNote& note) = 0;
};

}  // namespace packhouse
